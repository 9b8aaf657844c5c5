import { SettingsPage } from "../pages/settings-page";
import type { Person } from "../support/person";
import { status } from "../support/quiet";
import { expect, test } from "../support/test";

/** Asks the API as a program does, with a token alone. */
async function ask(person: Person, token: string): Promise<number> {
  const answer = await person.context.request.get("/api/me", { headers: { Authorization: `Bearer ${token}` } });
  return answer.status();
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with script" : "without script", () => {
    test.use({ javaScriptEnabled });

    test("a token is shown once, opens the API, and is revoked", async ({ arrive }) => {
      const ana = await arrive("Ana");
      await ana.goto("/settings");
      const settings = new SettingsPage(ana.page);
      await settings.tokenName.fill("Weather bot");
      await settings.tokens.getByLabel("What it may do").selectOption("Read only");
      await settings.tokens.getByLabel("Expires").selectOption("In 30 days");
      await settings.createToken.click();
      await expect(settings.newToken).toHaveValue(/^papo_[\w-]{43}$/);
      const token = await settings.newToken.inputValue();
      await expect(settings.row(settings.tokens, "Weather bot")).toContainText("Read only");
      await expect(settings.row(settings.tokens, "Weather bot")).toContainText("Never used");
      expect(await ask(ana, token)).toBe(200);

      await ana.goto("/settings");
      await expect(settings.newToken).toHaveCount(0);
      await expect(settings.row(settings.tokens, "Weather bot")).not.toContainText("Never used");
      await settings.row(settings.tokens, "Weather bot").getByRole("button", { name: "Revoke" }).click();
      await expect(settings.tokens).toContainText("You have no access tokens.");
      expect(await ask(ana, token)).toBe(401);
    });

    test("a token needs a name, and the choices stay as they were", async ({ arrive, quiet }) => {
      quiet.allow(status(422));
      const ana = await arrive("Ana");
      await ana.goto("/settings");
      const settings = new SettingsPage(ana.page);
      await settings.tokens.getByLabel("What it may do").selectOption("Read only");
      await settings.createToken.click();
      await expect(settings.tokenName).toHaveAccessibleDescription(/fill this in/);
      await expect(settings.tokens.getByLabel("What it may do")).toHaveValue("read");
      await expect(settings.newToken).toHaveCount(0);
    });

    test("all other sessions end, and this one stays", async ({ arrive, browser, baseURL }) => {
      const ana = await arrive("Ana");
      const context = await browser.newContext({ baseURL });
      const answer = await context.request.post("/fn/sign_in", {
        form: { login: ana.account.username, password: ana.account.password },
        headers: { Origin: baseURL ?? "" },
      });
      expect(answer.ok()).toBe(true);
      await ana.goto("/settings");
      const settings = new SettingsPage(ana.page);
      await expect(settings.sessions.getByRole("listitem")).toHaveCount(2);
      await expect(settings.row(settings.sessions, "This session")).toHaveCount(1);
      await settings.sessions.getByRole("button", { name: "End all other sessions" }).click();
      await expect(settings.sessions.getByRole("listitem")).toHaveCount(1);
      expect((await context.request.get("/fn/overview")).status()).toBe(401);
      await context.close();
    });
  });
}

test("the session in use is marked and is not ended here", async ({ arrive }) => {
  const ana = await arrive("Ana");
  await ana.goto("/settings");
  const settings = new SettingsPage(ana.page);
  await expect(settings.sessions.getByRole("listitem")).toHaveCount(1);
  await expect(settings.row(settings.sessions, "This session").getByRole("button")).toHaveCount(0);
});

test("administrators alone give their rights to a token", async ({ arrive }) => {
  const ana = await arrive("Ana");
  await ana.goto("/settings");
  const scope = new SettingsPage(ana.page).tokens.getByLabel("What it may do");
  await expect(scope.getByRole("option")).toHaveText(["Read only", "Read and write"]);
});
