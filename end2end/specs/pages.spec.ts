import { hydrated } from "../support/person";
import { status } from "../support/quiet";
import { expect, test } from "../support/test";

for (const path of ["/no-such-page", "/rooms/no-such-room", "/dm/no-such-user"]) {
  test(`${path} is a page that says so, with status 404`, async ({ arrive, quiet }) => {
    quiet.allow(status(404));
    const ana = await arrive();
    const answer = await ana.page.goto(path);
    expect(answer?.status()).toBe(404);
    await ana.settled();
    await expect(ana.page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(ana.page.getByRole("main").getByRole("link").first()).toBeVisible();
  });
}

test("titles name the page", async ({ page, arrive }) => {
  await page.goto("/login");
  await expect(page).toHaveTitle("Welcome back · Papo");
  await page.goto("/register");
  await expect(page).toHaveTitle("Create your account · Papo");
  const ana = await arrive();
  await ana.goto("/rooms/general");
  await expect(ana.page).toHaveTitle(/general · Papo$/);
  await ana.goto("/rooms");
  await expect(ana.page).toHaveTitle(/Rooms · Papo$/);
});

test.describe("a Brazilian browser", () => {
  test.use({ locale: "pt-BR" });

  test("reads Portuguese from the first HTML on", async ({ page }) => {
    await page.goto("/login");
    await expect(page.locator("html")).toHaveAttribute("lang", "pt-BR");
    await expect(page.getByRole("button", { name: "Entrar" })).toBeVisible();
    await hydrated(page);
    await expect(page.getByRole("button", { name: "Entrar" })).toBeVisible();
  });
});

test("the language is switched and stays", async ({ arrive }) => {
  const ana = await arrive();
  await ana.goto("/settings");
  await ana.preferences.chooseLanguage("Português");
  await expect(ana.page.locator("html")).toHaveAttribute("lang", "pt-BR");
  await ana.reload();
  await expect(ana.page.getByRole("button", { name: "Sair da conta" }).first()).toBeVisible();
  await ana.preferences.chooseLanguage("English");
  await expect(ana.page.locator("html")).toHaveAttribute("lang", "en");
});

test("the theme follows the system until it is chosen, and then stays", async ({ arrive }) => {
  const ana = await arrive();
  await ana.goto("/settings");
  const background = () =>
    ana.page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor + getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await ana.page.emulateMedia({ colorScheme: "dark" });
  await expect.poll(background).not.toBe(light);
  await ana.preferences.chooseTheme("Light");
  await expect.poll(background).toBe(light);
  await ana.reload();
  expect(await background()).toBe(light);
});

test("times are those of the reader's zone", async ({ arrive }) => {
  const ana = await arrive();
  await ana.goto("/rooms/general");
  await ana.room.send("what time is it");
  const time = ana.room.message("what time is it").locator("time");
  const sent = new Date((await time.first().getAttribute("datetime")) ?? "");
  const clock = sent.toLocaleTimeString("en-GB", { timeZone: "America/Sao_Paulo", hour: "2-digit", minute: "2-digit" });
  await expect(time.first()).toContainText(clock);
});
