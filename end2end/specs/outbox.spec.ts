import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { chromium, type BrowserContext } from "@playwright/test";
import { Line } from "../support/line";
import { enter, pair } from "../support/pair";
import { account, Person } from "../support/person";
import { LINE_CUT } from "../support/quiet";
import { expect, test } from "../support/test";

test("a message that waits survives a reload and goes out once", async ({ arrive, quiet }) => {
  quiet.allow(LINE_CUT);
  const [ana, bob] = await pair(arrive);
  const line = await Line.of(bob.page, true);
  await bob.reload();
  await bob.room.send("patience");
  await expect(bob.room.waiting("patience")).toBeVisible();
  await bob.reload();
  await expect(bob.room.waiting("patience")).toBeVisible();
  line.mend();
  await expect(ana.room.message("patience")).toBeVisible({ timeout: 35_000 });
  await expect(bob.room.waiting("patience")).toHaveCount(0);
  await bob.reload();
  await expect(bob.room.message("patience")).toHaveCount(1);
});

test("messages that wait survive a restart of the browser, in their order", async ({ arrive, papo, quiet }, info) => {
  test.slow();
  quiet.allow(LINE_CUT);
  const profile = await mkdtemp(path.join(tmpdir(), "papo-profile-"));
  const launch = async (): Promise<BrowserContext> => {
    const { executablePath, args } = info.project.use.launchOptions ?? {};
    const context = await chromium.launchPersistentContext(profile, {
      executablePath,
      args,
      baseURL: papo.url,
      locale: "en-US",
    });
    quiet.watch(context);
    return context;
  };

  const ana = await arrive("Ana");
  await ana.goto("/rooms/general");
  const context = await launch();
  const bob = await Person.register(context, papo.url, account("Bob"));
  await bob.goto("/rooms/general");
  await Line.of(bob.page, true);
  await bob.reload();
  for (const text of ["kept one", "kept two", "kept three"]) await bob.room.send(text);
  await expect(bob.room.waiting("kept three")).toBeVisible();
  await context.close();

  const later = await launch();
  const again = await Person.signIn(later, papo.url, bob.account);
  const line = await Line.of(again.page, true);
  await again.goto("/rooms/general");
  await expect(again.room.waiting("kept one")).toBeVisible();
  line.mend();
  await expect(ana.room.message("kept three")).toBeVisible({ timeout: 35_000 });
  const seen = (await ana.room.messages.allInnerTexts()).flatMap((text) => text.match(/kept \w+/) ?? []);
  expect(seen).toEqual(["kept one", "kept two", "kept three"]);
  await later.close();
  await rm(profile, { recursive: true, force: true });
});

test("two tabs do not undo each other's waiting messages", async ({ arrive, quiet }) => {
  quiet.allow(LINE_CUT);
  const [ana, bob] = await pair(arrive);
  const other = await bob.anotherTab();
  const address = new URL(bob.page.url()).pathname;
  const lines = [await Line.of(bob.page, true), await Line.of(other.page, true)];
  await bob.goto(address);
  await other.goto(address);
  await bob.room.send("from the first");
  await other.room.send("from the second");
  await expect(other.room.waiting("from the second")).toBeVisible();
  await other.page.close();
  await bob.reload();
  for (const text of ["from the first", "from the second"]) {
    await expect(bob.room.waiting(text)).toBeVisible();
  }
  lines.forEach((line) => line.mend());
  for (const text of ["from the first", "from the second"]) {
    await expect(ana.room.message(text)).toHaveCount(1, { timeout: 35_000 });
  }
});

test("where nothing can be kept, one is told so once", async ({ arrive }) => {
  const ana = await arrive("Ana");
  await ana.page.addInitScript(() => {
    Object.defineProperty(window, "indexedDB", { get: () => null });
  });
  await ana.goto("/rooms/general");
  const warning = ana.page.getByText(/cannot keep unsent messages/);
  await ana.room.send("ephemeral one");
  await expect(warning).toHaveCount(1);
  await ana.room.send("ephemeral two");
  await expect(ana.room.mark("ephemeral two", "Sent")).toBeVisible();
  await expect(warning).toHaveCount(1);
});

test("one's own message is sent, then delivered, then read", async ({ arrive }) => {
  const [ana, bob, name] = await pair(arrive);
  await bob.page.close();
  await ana.room.send("for later");
  await expect(ana.room.mark("for later", "Sent")).toBeVisible();

  const elsewhere = await bob.anotherTab();
  await elsewhere.goto("/rooms/general");
  await ana.room.send("on its way");
  await expect(ana.room.mark("on its way", "Delivered")).toBeVisible();

  await elsewhere.sidebar.room(name).click();
  await expect(elsewhere.room.message("on its way")).toBeVisible();
  const read = `Read by ${bob.name}`;
  await expect(ana.room.mark("on its way", read)).toBeVisible();
  // Told once, where both are the same.
  await expect(ana.room.message("for later").getByRole("button")).toHaveCount(0);

  await ana.reload();
  await ana.room.mark("on its way", read).click();
  await expect(ana.page.getByRole("status").getByText(read)).toBeVisible();
});

test("among several, the mark tells who has read", async ({ arrive }) => {
  const [ana, bob] = await pair(arrive);
  const carla = await arrive("Carla");
  await enter(carla, ana);
  await ana.room.send("all of you");
  for (const person of [bob, carla]) await expect(person.room.message("all of you")).toBeVisible();
  const [first, second] = [bob.name, carla.name];
  const read = new RegExp(`Read by (${first}, ${second}|${second}, ${first})`);
  await expect(ana.room.message("all of you").getByRole("button", { name: read })).toBeVisible();
});
