import { RegisterPage, type RegisterLabel } from "../pages/register-page";
import { Sidebar } from "../pages/sidebar";
import { SignInPage } from "../pages/sign-in-page";
import { account, hydrated } from "../support/person";
import { status } from "../support/quiet";
import { expect, test } from "../support/test";

test("registering signs in and opens a room", async ({ page }) => {
  const register = new RegisterPage(page);
  await register.goto();
  await hydrated(page);
  await register.fill(account());
  await register.field("Birth date (optional)").fill("1990-02-28");
  await register.submit.click();
  await expect(new Sidebar(page).signOut).toBeVisible();
  await expect(new Sidebar(page).room("general")).toBeVisible();
});

const refusals: [field: RegisterLabel, value: string, reason: RegExp][] = [
  ["Username", "", /fill this in/],
  ["Username", "ab", /at least 3/],
  ["Username", "x".repeat(33), /at most 32/],
  ["Username", "ana maria", /^Use letters \(a to z\)/],
  ["Display name", "  ", /fill this in/],
  ["Display name", "x".repeat(101), /too long/],
  ["Email", "", /fill this in/],
  ["Email", "ana", /email address/],
  ["Birth date (optional)", "2999-01-01", /cannot be right/],
  ["Password", "1234567", /^Use at least 8/],
  ["Confirm password", "another horse", /differ/],
];

for (const [label, value, reason] of refusals) {
  test(`registering refuses ${label} "${value.slice(0, 12)}" beside its field`, async ({ page, quiet }) => {
    quiet.allow(status(422));
    const register = new RegisterPage(page);
    await register.goto();
    await hydrated(page);
    const typed = account();
    await register.fill(typed);
    await register.field(label).fill(value);
    await register.submit.click();
    await expect(register.field(label)).toHaveAccessibleDescription(reason);
    await expect(register.field(label)).toHaveAttribute("aria-invalid", "true");
    if (!label.includes("assword")) await expect(register.field(label)).toHaveValue(value);
    if (label !== "Email") await expect(register.field("Email")).toHaveValue(typed.email);
  });
}

test("a taken user name or e-mail is refused whatever its case", async ({ page, quiet, arrive }) => {
  quiet.allow(status(422));
  const { account: taken } = await arrive();
  const register = new RegisterPage(page);
  await register.goto();
  await hydrated(page);
  await register.fill({ ...account(), username: taken.username.toUpperCase(), email: taken.email.toUpperCase() });
  await register.submit.click();
  await expect(register.field("Username")).toHaveAccessibleDescription(/taken/i);
  await expect(register.field("Email")).toHaveAccessibleDescription(/already an account/i);
});

test("one signs in by user name or by e-mail, in any case", async ({ page, arrive }) => {
  const { account: ana } = await arrive();
  const signIn = new SignInPage(page);
  const sidebar = new Sidebar(page);
  for (const login of [ana.username, ana.email.toUpperCase()]) {
    await signIn.goto();
    await hydrated(page);
    await signIn.signIn(login, ana.password);
    await expect(sidebar.signOut).toBeVisible();
    await hydrated(page);
    await sidebar.signOut.click();
    await expect(signIn.submit).toBeVisible();
  }
});

test("a wrong password and an unknown user are refused alike, and the login is kept", async ({
  page,
  quiet,
  arrive,
}) => {
  quiet.allow(status(422));
  const { account: ana } = await arrive();
  const signIn = new SignInPage(page);
  for (const login of [ana.username, "nobody-at-all"]) {
    await signIn.goto();
    await hydrated(page);
    await signIn.signIn(login, "not the password");
    await expect(signIn.login).toHaveAccessibleDescription("The username, email or password is wrong.");
    await expect(signIn.login).toHaveValue(login);
  }
});

test("signing in leads back to the page asked for", async ({ page, arrive }) => {
  const { account: ana } = await arrive();
  await page.goto("/rooms/general?before=999");
  await expect(page).toHaveURL(/\/login\?redirect=/);
  await hydrated(page);
  await new SignInPage(page).signIn(ana.username, ana.password);
  await expect(page).toHaveURL(/\/rooms\/general\?before=999$/);
});

for (const foreign of ["https://example.org/", "//example.org/", "/\\example.org", "javascript:alert(1)"]) {
  test(`a redirect to ${foreign} is ignored`, async ({ page, baseURL, arrive }) => {
    const { account: ana } = await arrive();
    const signIn = new SignInPage(page);
    await signIn.goto(`?redirect=${encodeURIComponent(foreign)}`);
    await hydrated(page);
    await signIn.signIn(ana.username, ana.password);
    await expect(new Sidebar(page).signOut).toBeVisible();
    expect(new URL(page.url()).origin).toBe(baseURL);
  });
}

test("after signing out the pages are closed", async ({ arrive }) => {
  const ana = await arrive();
  await ana.goto("/rooms/general");
  await ana.sidebar.signOut.click();
  await expect(new SignInPage(ana.page).submit).toBeVisible();
  await ana.page.goto("/rooms/general");
  await expect(ana.page).toHaveURL(/\/login/);
});
