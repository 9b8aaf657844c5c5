import { Line } from "../support/line";
import { pair } from "../support/pair";
import { LINE_CUT, SERVER_AWAY } from "../support/quiet";
import { expect, test } from "../support/test";

test("two people talk, both ways", async ({ arrive }) => {
  const [ana, bob] = await pair(arrive);
  await ana.room.send("Hello Bob");
  await expect(bob.room.message("Hello Bob")).toBeVisible();
  await bob.room.send("Hello Ana");
  await expect(ana.room.message("Hello Ana")).toBeVisible();
  for (const person of [ana, bob]) {
    await expect(person.room.messages.filter({ hasText: "Hello" })).toHaveCount(2);
  }
});

test("a hundred quick messages arrive in order, each once", async ({ arrive }) => {
  // Half a minute on a quiet machine of two cores, which two browsers and the server share.
  test.slow();
  const [ana, bob] = await pair(arrive);
  const sent = Array.from({ length: 100 }, (_, i) => `number ${i + 1}.`);
  for (const text of sent) {
    await ana.room.composer.fill(text);
    await ana.room.composer.press("Enter");
  }
  await expect(bob.room.message("number 100.")).toBeVisible();
  const seen = (await bob.room.messages.allInnerTexts()).flatMap((text) => text.match(/number \d+\./g) ?? []);
  expect(seen).toEqual(sent);
});

test("one sees that somebody types, until the message is there", async ({ arrive }) => {
  const [ana, bob] = await pair(arrive);
  const typing = bob.page.getByText(/is typing/);
  await ana.room.composer.pressSequentially("Well");
  await expect(typing).toContainText(ana.name);
  await ana.room.composer.press("Enter");
  await expect(bob.room.message("Well")).toBeVisible();
  await expect(typing).toHaveCount(0);
});

test("the list of members shows who is online", async ({ arrive }) => {
  const [ana, bob] = await pair(arrive);
  await expect(ana.room.online(bob.name)).toBeVisible();
  await bob.page.close();
  await expect(ana.room.member(bob.name)).toBeVisible();
  await expect(ana.room.online(bob.name)).toHaveCount(0);
});

test("a message in another room counts as unread until that room is opened", async ({ arrive }) => {
  const [ana, bob, name] = await pair(arrive);
  await bob.sidebar.room("general").click();
  await expect(bob.room.heading).toContainText("general");
  await ana.room.send("one");
  await ana.room.send("two");
  await expect(bob.sidebar.unread(name)).toHaveText(/2/);
  await expect(bob.page).toHaveTitle(/^\(2\)/);
  await bob.sidebar.room(name).click();
  await expect(bob.room.message("two")).toBeVisible();
  await expect(bob.sidebar.unread(name)).toHaveCount(0);
});

test("a conversation survives kill -9: nothing is lost, nothing doubled", async ({ arrive, startPapo, quiet }) => {
  test.slow();
  quiet.allow(SERVER_AWAY);
  const server = await startPapo();
  const [ana, bob] = await pair(arrive, server);
  await ana.room.send("before the fall");
  await expect(bob.room.message("before the fall")).toBeVisible();

  await server.kill();
  await expect(ana.room.connectionTrouble).toBeVisible();
  await ana.room.send("said into the silence");
  await expect(ana.room.waiting("said into the silence")).toBeVisible();

  await server.restart();
  await expect(bob.room.message("said into the silence")).toBeVisible({ timeout: 45_000 });
  await expect(ana.room.waiting("said into the silence")).toHaveCount(0);
  await bob.room.send("and back again");
  await expect(ana.room.message("and back again")).toBeVisible();

  for (const person of [ana, bob]) {
    await person.reload();
    for (const text of ["before the fall", "said into the silence", "and back again"]) {
      await expect(person.room.message(text)).toHaveCount(1);
    }
    await expect(person.room.connectionTrouble).toHaveCount(0);
  }
});

test("what was said while one was away is there when one is back", async ({ arrive, quiet }) => {
  quiet.allow(LINE_CUT);
  const [ana, bob] = await pair(arrive);
  const line = await Line.of(bob.page);
  await bob.reload();
  line.cut();
  await expect(bob.room.connectionTrouble).toBeVisible();
  for (const text of ["missed one", "missed two", "missed three"]) await ana.room.send(text);
  await expect(ana.room.message("missed three")).toBeVisible();
  await expect(bob.room.message("missed one")).toHaveCount(0);
  line.mend();
  await expect(bob.room.message("missed three")).toBeVisible({ timeout: 35_000 });
  const seen = (await bob.room.messages.allInnerTexts()).flatMap((text) => text.match(/missed \w+/) ?? []);
  expect(seen).toEqual(["missed one", "missed two", "missed three"]);
});
