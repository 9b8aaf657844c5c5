import { fresh } from "../support/person";
import { expect, test } from "../support/test";

test("one column at a time, with real back navigation", async ({ arrive }) => {
  const ana = await arrive();
  await ana.goto("/");
  await expect(ana.sidebar.rooms).toBeVisible();
  await ana.sidebar.room("general").tap();
  await expect(ana.room.composer).toBeInViewport();
  await expect(ana.sidebar.rooms).not.toBeInViewport();
  await ana.page.goBack();
  await expect(ana.sidebar.rooms).toBeInViewport();
  await expect(ana.room.composer).not.toBeInViewport();
});

test("nothing is wider than the screen", async ({ arrive }) => {
  const ana = await arrive();
  await ana.goto(await ana.createRoom({ name: fresh("A room with quite a long name that does not fit") }));
  await ana.room.send(`${"w".repeat(300)} and https://example.org/${"path/".repeat(40)}`);
  const room = new URL(ana.page.url()).pathname;
  for (const path of [room, "/", "/rooms", "/rooms/new", "/settings"]) {
    await ana.goto(path);
    expect(await ana.page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(390);
  }
});

test("the members are one tap away", async ({ arrive }) => {
  const ana = await arrive();
  await ana.goto("/rooms/general");
  await expect(ana.room.member(ana.name)).not.toBeInViewport();
  await ana.room.showMembers.tap();
  await expect(ana.room.member(ana.name)).toBeInViewport();
});
