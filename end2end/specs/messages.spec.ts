import type { Locator } from "@playwright/test";
import { fresh } from "../support/person";
import { expect, test } from "../support/test";

test("Enter sends, Shift+Enter breaks the line", async ({ arrive }) => {
  const ana = await arrive();
  await ana.goto(await ana.createRoom({ name: fresh("Lines") }));
  await ana.room.composer.pressSequentially("first");
  await ana.room.composer.press("Shift+Enter");
  await ana.room.composer.pressSequentially("second");
  await expect(ana.room.messages.filter({ hasText: "first" })).toHaveCount(0);
  await ana.room.composer.press("Enter");
  const message = ana.room.message("first");
  await expect(message).toBeVisible();
  expect(await message.innerText()).toMatch(/first\nsecond/);
  await ana.reload();
  await expect(ana.room.message("second")).toHaveCount(1);
});

test("the button sends too, and nothing is sent of nothing", async ({ arrive }) => {
  const ana = await arrive();
  await ana.goto(await ana.createRoom({ name: fresh("Button") }));
  await ana.room.composer.fill("  \n ");
  await ana.room.composer.press("Enter");
  await ana.room.composer.fill("by the button");
  await ana.room.sendButton.click();
  await expect(ana.room.message("by the button")).toHaveCount(1);
  await expect(ana.room.messages).toHaveCount(1);
});

test("5,001 characters are refused and the draft is kept; 5,000 are sent", async ({ arrive }) => {
  const ana = await arrive();
  await ana.goto(await ana.createRoom({ name: fresh("Long") }));
  await ana.room.composer.fill("é".repeat(5_001));
  await ana.room.composer.press("Enter");
  await expect(ana.room.composer).toHaveAccessibleDescription(/too many/);
  await expect(ana.room.composer).toHaveValue("é".repeat(5_001));
  await expect(ana.room.message("ééé")).toHaveCount(0);
  await ana.room.composer.fill("é".repeat(5_000));
  await ana.room.composer.press("Enter");
  await expect(ana.room.message("ééé")).toHaveCount(1);
});

test("text is shown as text", async ({ arrive }) => {
  const ana = await arrive();
  await ana.goto(await ana.createRoom({ name: fresh("Markup") }));
  const hostile = `<script>window.pwned = 1</script><img src=x onerror="window.pwned = 1"> &amp; </textarea>`;
  await ana.room.send(hostile);
  await expect(ana.room.message(hostile)).toBeVisible();
  await ana.reload();
  await expect(ana.room.message(hostile)).toBeVisible();
  expect(await ana.page.evaluate("window.pwned")).toBeUndefined();
});

test("bare links are clickable, without the full stop after them", async ({ arrive }) => {
  const ana = await arrive();
  await ana.goto(await ana.createRoom({ name: fresh("Links") }));
  await ana.room.send("see https://example.org/a?b=c&d. or javascript:alert(1)");
  const link = ana.room.message("see ").getByRole("link");
  await expect(link).toHaveCount(1);
  await expect(link).toHaveAttribute("href", "https://example.org/a?b=c&d");
  await expect(link).toHaveAttribute("rel", /noopener/);
});

test("each room keeps its own draft across a reload", async ({ arrive }) => {
  const ana = await arrive();
  const [one, two] = [fresh("Draft one"), fresh("Draft two")];
  const first = await ana.createRoom({ name: one });
  await ana.createRoom({ name: two });
  await ana.goto(first);
  await ana.room.composer.fill("half a thought");
  await ana.sidebar.room(two).click();
  await expect(ana.room.heading).toContainText(two);
  await expect(ana.room.composer).toHaveValue("");
  await ana.sidebar.room(one).click();
  await expect(ana.room.composer).toHaveValue("half a thought");
  await ana.reload();
  await expect(ana.room.composer).toHaveValue("half a thought");
});

test("what is older comes before one is there, without a jump", async ({ arrive }) => {
  const ana = await arrive();
  await ana.goto(await ana.createRoom({ name: fresh("History") }));
  await ana.post(Array.from({ length: 120 }, (_, i) => `line ${i + 1}.`));

  // The page before is held back until the place of a line has been measured.
  let release = () => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  const asked = ana.page.waitForRequest("**/fn/history*");
  await ana.page.route("**/fn/history*", async (route) => {
    await gate;
    await route.continue();
  });
  await ana.reload();
  await expect(ana.room.message("line 120.")).toBeInViewport();
  await expect(ana.room.message("line 71.")).toHaveCount(1);
  await expect(ana.room.message("line 70.")).toHaveCount(0);
  await ana.room.message("line 80.").scrollIntoViewIfNeeded();
  await asked;
  const before = await bottom(ana.room.message("line 80."));
  release();
  await expect(ana.room.message("line 70.")).toHaveCount(1);
  expect(Math.abs((await bottom(ana.room.message("line 80."))) - before)).toBeLessThan(2);

  await ana.room.message("line 30.").scrollIntoViewIfNeeded();
  await expect(ana.room.message("line 1.")).toHaveCount(1);
  await expect(ana.room.messages.filter({ hasText: /line \d+\./ })).toHaveCount(120);
});

test("new messages do not move what one reads further up", async ({ arrive }) => {
  const ana = await arrive();
  await ana.goto(await ana.createRoom({ name: fresh("Reading") }));
  await ana.post(Array.from({ length: 50 }, (_, i) => `line ${i + 1}.`));
  await ana.reload();
  await ana.room.message("line 20.").scrollIntoViewIfNeeded();
  const before = await bottom(ana.room.message("line 20."));
  await ana.post(["something new", "something newer"]);
  await expect(ana.room.message("something newer")).toHaveCount(1);
  expect(Math.abs((await bottom(ana.room.message("line 20."))) - before)).toBeLessThan(2);
});

test("a day is announced before its first message", async ({ arrive }) => {
  const ana = await arrive();
  await ana.goto(await ana.createRoom({ name: fresh("Days") }));
  await ana.room.send("what day is it");
  await expect(ana.room.log.getByRole("heading", { name: "Today" })).toHaveCount(1);
});

test("the first HTML of a room holds its messages", async ({ arrive }) => {
  const ana = await arrive();
  const address = await ana.createRoom({ name: fresh("First paint") });
  await ana.goto(address);
  await ana.post(["already in the HTML"]);
  const html = await (await ana.context.request.get(address)).text();
  expect(html).toContain("already in the HTML");
  expect(html).toContain("</html>");
});

/** Where a message ends; its head goes when an earlier one of the same person comes above it. */
async function bottom(locator: Locator): Promise<number> {
  const box = await locator.boundingBox();
  if (!box) throw new Error("the line is not laid out");
  return box.y + box.height;
}
