// Pages beside the rooms come as parts of their own, when they are first opened.
import { hydrated } from "../support/person";
import { status } from "../support/quiet";
import { expect, test } from "../support/test";

const PART = /\/pkg\/.*_part.*\.wasm/;

for (const path of ["/rooms", "/rooms/new", "/search?q=an", "/settings"]) {
  test(`${path} works after a hard refresh, and when one comes to it`, async ({ arrive }) => {
    const ana = await arrive();
    await ana.goto(path);
    await expect(ana.page.getByRole("heading", { level: 1 })).toBeVisible();
    await ana.reload();
    await expect(ana.page.getByRole("heading", { level: 1 })).toBeVisible();
    await ana.goto("/rooms/general");
    await expect(ana.room.composer).toBeVisible();
  });
}

for (const path of ["/login", "/register"]) {
  test(`${path} works after a hard refresh`, async ({ page }) => {
    await page.goto(path);
    await hydrated(page);
    await page.reload();
    await hydrated(page);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  });
}

test("one goes from page to page without a reload", async ({ arrive }) => {
  const ana = await arrive();
  await ana.goto("/rooms/general");
  await ana.page.evaluate(() => Object.assign(window, { stays: true }));
  await ana.sidebar.newRoom.click();
  await expect(ana.page.getByLabel("Name")).toBeVisible();
  await ana.page.goBack();
  await expect(ana.room.composer).toBeVisible();
  expect(await ana.page.evaluate(() => "stays" in window)).toBe(true);
});

test("a part that does not come can be asked for again", async ({ arrive, quiet }) => {
  quiet.allow(/request failed|Failed to (load|fetch)|error/i);
  const ana = await arrive();
  await ana.goto("/rooms/general");
  await ana.page.route(PART, (route) => route.abort());
  await ana.sidebar.newRoom.click();
  const again = ana.page.getByRole("link", { name: "Try again" });
  await expect(again).toBeVisible();
  await ana.page.unroute(PART);
  await again.click();
  await ana.settled();
  await expect(ana.page.getByLabel("Name")).toBeVisible();
});

test("a page whose part is late works meanwhile as without a script", async ({ arrive, quiet }) => {
  quiet.allow(/request failed|Failed to (load|fetch)|error/i, status(404));
  const ana = await arrive();
  let isCut = true;
  await ana.page.route(PART, (route) => (isCut ? route.abort() : route.continue()));
  await ana.page.goto("/rooms/new");
  await expect(ana.page.getByLabel("Name")).toBeVisible();
  await expect(ana.page.locator("html[data-hydrated]")).toHaveCount(0);
  isCut = false;
  await hydrated(ana.page);
});
