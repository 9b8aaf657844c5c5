import type { Page } from "@playwright/test";

/** The switches of language and theme, wherever they stand. */
export class Preferences {
  constructor(readonly page: Page) {}

  async chooseLanguage(name: "English" | "Português"): Promise<void> {
    await this.page.getByRole("button", { name }).first().click();
  }

  async chooseTheme(name: "Light" | "Dark"): Promise<void> {
    await this.page.getByRole("button", { name, exact: true }).first().click();
  }
}
