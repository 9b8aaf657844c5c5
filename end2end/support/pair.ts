// Two people in a new room.
import type { Papo } from "./papo";
import { fresh, type Person } from "./person";
import { expect } from "./test";

type Arrive = (who?: string, server?: Papo) => Promise<Person>;

/** Ana and Bob, both in a new room, and its name. */
export async function pair(arrive: Arrive, server?: Papo): Promise<[Person, Person, string]> {
  const [ana, bob] = [await arrive("Ana", server), await arrive("Bob", server)];
  const name = fresh("Talk");
  await ana.goto(await ana.createRoom({ name }));
  await enter(bob, ana);
  return [ana, bob, name];
}

/** Brings somebody into the room that `member` has open. */
export async function enter(person: Person, member: Person): Promise<void> {
  await person.goto(new URL(member.page.url()).pathname);
  await person.room.joinButton.click();
  await expect(person.room.composer).toBeVisible();
}
