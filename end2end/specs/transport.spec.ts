import { blockEvents, blockSockets, bufferEvents, polls, usesEvents } from "../support/line";
import { pair } from "../support/pair";
import type { Person } from "../support/person";
import { LINE_CUT } from "../support/quiet";
import { expect, test } from "../support/test";

/** Both write, and both see it. */
async function talk(ana: Person, bob: Person): Promise<void> {
  await bob.room.send("Hello Ana");
  await expect(ana.room.message("Hello Ana")).toBeVisible();
  await ana.room.send("Hello Bob");
  await expect(bob.room.message("Hello Bob")).toBeVisible();
  await expect(bob.room.waiting("Hello Ana")).toHaveCount(0);
  await expect(bob.room.connectionTrouble).toHaveCount(0);
  for (const person of [ana, bob]) await expect(person.room.messages.filter({ hasText: "Hello" })).toHaveCount(2);
}

test("where WebSockets are blocked, server-sent events and posts carry the talk", async ({ arrive, quiet }) => {
  quiet.allow(LINE_CUT);
  const [ana, bob] = await pair(arrive);
  await blockSockets(bob.page);
  await Promise.all([usesEvents(bob.page), bob.reload()]);
  await talk(ana, bob);
});

test("where streams are blocked, too, polling carries the talk", async ({ arrive, quiet }) => {
  quiet.allow(LINE_CUT);
  const [ana, bob] = await pair(arrive);
  await blockSockets(bob.page);
  await blockEvents(bob.page);
  await Promise.all([polls(bob.page), bob.reload()]);
  await talk(ana, bob);
});

test("a proxy that buffers streams leads to polling", async ({ arrive, quiet }) => {
  quiet.allow(LINE_CUT);
  const [ana, bob] = await pair(arrive);
  await blockSockets(bob.page);
  await bufferEvents(bob.page);
  await Promise.all([polls(bob.page), bob.reload()]);
  await talk(ana, bob);
});
