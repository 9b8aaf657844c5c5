// A long timeline: what is drawn stays small, nothing is missing or doubled, and the reader stays where the reader is.
import type { Locator } from "@playwright/test";
import { enter, pair } from "../support/pair";
import { fresh, type Person } from "../support/person";
import { expect, test } from "../support/test";

/** What every line of these rooms looks like. */
const LINE = /^line (\d+)\.$/;

test("a long room is drawn in part, whole and in order wherever one goes", async ({ arrive }) => {
  const ana = await arrive();
  await ana.goto(await ana.createRoom({ name: fresh("Long") }));
  await ana.post(lines(1, 420));
  await ana.reload();
  await expect(ana.room.message("line 420.")).toBeInViewport();

  await ana.room.log.focus();
  await scrollUntil(ana, -3_000, ana.room.message("line 1.").first());
  await expectStretch(ana);
  await expect(ana.room.message("line 420.")).toHaveCount(0);

  await scrollUntil(ana, 3_000, ana.room.message("line 420."));
  await expectStretch(ana);
  await expect(ana.room.message("line 1.").filter({ hasText: /line 1\.$/ })).toHaveCount(0);
});

test("much that is unread is read from its beginning on", async ({ arrive }) => {
  const [ana, bob, name] = await pair(arrive);
  await ana.goto("/rooms/general");
  await bob.post(lines(1, 80));
  await expect(ana.sidebar.unread(name)).toContainText("80");

  await ana.sidebar.room(name).click();
  await expect(ana.room.log.getByText("New", { exact: true })).toBeInViewport();
  await expect(ana.room.message("line 1.").first()).toBeInViewport();
  await expect(ana.room.message("line 80.")).not.toBeInViewport();
  await expect(ana.room.toTheEnd).toHaveAccessibleName(/unread/);

  await ana.room.log.focus();
  await ana.page.keyboard.press("End");
  await expect(ana.room.message("line 80.")).toBeInViewport();
  await expect(ana.sidebar.unread(name)).toHaveCount(0);
  await expectStretch(ana);
});

test("what one left out is a click away", async ({ arrive }) => {
  const [ana, bob, name] = await pair(arrive);
  await ana.goto("/rooms/general");
  await bob.post(lines(1, 150));
  await ana.sidebar.room(name).click();
  await expect(ana.room.message("line 1.").first()).toBeInViewport();
  const above = ana.page.getByRole("button", { name: /^99\+ new since \d/ });
  await expect(above).toHaveCount(0);
  await ana.room.toTheEnd.click();
  await expect(ana.room.message("line 150.")).toBeInViewport();
  await above.click();
  await expect(ana.room.message("line 30.")).toBeInViewport();
});

test("Esc reads everything", async ({ arrive }) => {
  const [ana, bob, name] = await pair(arrive);
  await ana.goto("/rooms/general");
  await bob.post(lines(1, 60));
  await ana.sidebar.room(name).click();
  await expect(ana.room.message("line 1.").first()).toBeInViewport();
  await ana.page.keyboard.press("Escape");
  await expect(ana.room.message("line 60.")).toBeInViewport();
  await expect(ana.sidebar.unread(name)).toHaveCount(0);
});

test("in the room that one reads no number flickers", async ({ arrive }) => {
  const [ana, bob, name] = await pair(arrive);
  await ana.room.composer.focus();
  await ana.page.evaluate(() => {
    const titles: string[] = [];
    Object.assign(window, { titles });
    const title = document.querySelector("title");
    if (title) new MutationObserver(() => titles.push(document.title)).observe(title, { childList: true });
  });
  await bob.post(lines(1, 5));
  await expect(ana.room.message("line 5.")).toBeVisible();
  await expect(ana.sidebar.unread(name)).toHaveCount(0);
  const titles = await ana.page.evaluate(() => (window as unknown as { titles: string[] }).titles);
  expect(titles.filter((title) => title.startsWith("("))).toEqual([]);
});

test("a reader further up is not moved by a flood", async ({ arrive }) => {
  const [ana, bob] = await pair(arrive);
  await bob.post(lines(1, 60));
  await ana.reload();
  const line = ana.room.message("line 30.");
  await line.scrollIntoViewIfNeeded();
  const before = await line.boundingBox();
  await bob.post(lines(61, 320));
  await expect(ana.room.toTheEnd).toHaveAccessibleName(/unread/);
  const after = await line.boundingBox();
  expect(Math.abs((after?.y ?? 0) - (before?.y ?? 999))).toBeLessThan(2);
  await ana.room.toTheEnd.click();
  await expect(ana.room.message("line 320.")).toBeInViewport();
  await expectStretch(ana);
});

test("one writes from further up, and is at the end", async ({ arrive }) => {
  const [ana, bob] = await pair(arrive);
  await bob.post(lines(1, 150));
  await ana.reload();
  await ana.page.keyboard.press("Escape");
  await ana.room.log.focus();
  await scrollUntil(ana, -3_000, ana.room.message("line 2.").first());
  await ana.room.send("from above");
  await expect(ana.room.message("from above")).toBeInViewport();
  await enter(await arrive("Carla"), ana);
});

test("a room stands at the click, and one just left is there with its messages", async ({ arrive }) => {
  const ana = await arrive();
  const [one, two] = [fresh("One"), fresh("Two")];
  const second = await ana.createRoom({ name: two });
  await ana.goto(second);
  await ana.post(["said in two"]);
  await ana.goto(await ana.createRoom({ name: one }));
  await ana.post(["said in one"]);
  await expect(ana.room.message("said in one")).toBeVisible();

  let release = () => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  await ana.page.route("**/fn/room?*", async (route) => {
    await gate;
    await route.continue();
  });
  await ana.sidebar.room(two).click();
  await expect(ana.room.heading).toContainText(two);
  await expect(ana.room.composer).toBeFocused();
  await expect(ana.room.message("said in two")).toHaveCount(0);
  await ana.page.keyboard.type("begun before it came");
  release();
  await expect(ana.room.message("said in two")).toBeVisible();
  await expect(ana.room.composer).toHaveValue("begun before it came");

  await ana.page.route("**/fn/room?*", (route) => route.abort());
  await ana.sidebar.room(one).click();
  await expect(ana.room.message("said in one")).toBeVisible();
  await ana.sidebar.room(two).click();
  await expect(ana.room.message("said in two")).toBeVisible();
  await expect(ana.room.composer).toHaveValue("begun before it came");
});

test("without a socket's help the same pages are links", async ({ arrive }) => {
  const ana = await arrive();
  const path = await ana.createRoom({ name: fresh("Links") });
  await ana.goto(path);
  await ana.post(lines(1, 120));
  const html = async (query: string) => (await ana.context.request.get(path + query)).text();
  const middle = await html("?before=60");
  expect(middle).toContain("?before=");
  const [, after] = /\?after=(\d+)/.exec(middle) ?? [];
  expect(await html(`?after=${after}`)).toContain("line 60.");
  expect(await html("?at=40")).toContain("line 35.");
});

function lines(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, at) => `line ${from + at}.`);
}

/** Turns the wheel until something stands in the page. */
async function scrollUntil(person: Person, by: number, wanted: Locator): Promise<void> {
  await person.room.log.hover();
  await expect(async () => {
    await person.page.mouse.wheel(0, by);
    await expect(wanted).toBeInViewport({ timeout: 200 });
  }).toPass({ timeout: 30_000 });
}

/** The lines that are drawn follow each other, and are not too many. */
async function expectStretch(person: Person): Promise<void> {
  const texts = await person.room.log.locator(".message-text").allTextContents();
  const numbers = texts.flatMap((text) => LINE.exec(text)?.[1] ?? []).map(Number);
  const [first = 0] = numbers;
  expect(numbers).toEqual(numbers.map((_, at) => first + at));
  expect(numbers.length).toBeLessThanOrEqual(200);
}
