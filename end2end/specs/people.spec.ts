import { pair } from "../support/pair";
import { expect, test } from "../support/test";

test("people are found while typing, accents and case ignored, oneself left out", async ({ arrive }) => {
  const [zelia, wagner] = [await arrive("Zélia Prado"), await arrive("Wagner Zelia")];
  await wagner.goto("/");
  await wagner.sidebar.findPeople.pressSequentially("Z");
  await expect(wagner.sidebar.people).toHaveCount(0);
  await wagner.sidebar.findPeople.pressSequentially("eLIA");
  await expect(wagner.sidebar.person(zelia.name)).toBeVisible();
  await expect(wagner.sidebar.person(wagner.name)).toHaveCount(0);
});

test("opening a person opens the one direct room of the pair, on both sides", async ({ arrive }) => {
  const [caio, dora] = [await arrive("Caio Neves"), await arrive("Dora Lima")];
  await dora.goto("/");
  await caio.goto("/");
  await caio.sidebar.findPeople.pressSequentially(dora.account.username);
  await caio.sidebar.person(dora.name).click();
  await expect(caio.page).toHaveURL(new RegExp(`/dm/${dora.account.username}$`));
  await caio.room.send("just between us");

  await dora.sidebar.room(caio.name).click();
  await expect(dora.room.message("just between us")).toBeVisible();
  await dora.room.send("so it is");
  await expect(caio.room.message("so it is")).toBeVisible();
  await expect(caio.sidebar.room(dora.name)).toHaveCount(1);
});

test("a third person cannot see a direct room", async ({ arrive }) => {
  const [caio, dora, eve] = [await arrive("Caio Neves"), await arrive("Dora Lima"), await arrive("Eve")];
  await caio.goto(`/dm/${dora.account.username}`);
  await caio.room.send("just between us");
  await caio.reload();
  const { room } = await caio.room.formFields();
  const answer = await eve.context.request.get(`/rooms/${room}`);
  expect(answer.status()).toBe(404);
  expect(await answer.text()).not.toContain("just between us");
});

test("another name stands at once wherever the old one stood", async ({ arrive }) => {
  const [ana, bob] = await pair(arrive);
  await bob.room.send("Hello Ana");
  await expect(ana.room.message("Hello Ana")).toContainText(bob.name);
  const answer = await bob.context.request.patch("/api/me", {
    headers: { origin: bob.origin },
    data: { name: "Roberto Lima" },
  });
  expect(answer.status()).toBe(200);
  for (const person of [ana, bob]) {
    await expect(person.room.message("Hello Ana")).toContainText("Roberto Lima");
    await expect(person.room.message("Hello Ana")).not.toContainText(bob.name);
    await expect(person.room.member("Roberto Lima")).toBeVisible();
  }
  await expect(bob.page.getByRole("contentinfo")).toContainText("Roberto Lima");
  await expect(ana.room.message("Hello Ana").locator(".avatar")).toHaveText("RL");
  await ana.reload();
  await expect(ana.room.message("Hello Ana")).toContainText("Roberto Lima");
});
