import type { Page } from "@playwright/test";

/** The choices of language and theme on the settings page. */
export class Preferences {
  constructor(readonly page: Page) {}

  async chooseLanguage(name: "English" | "Português"): Promise<void> {
    await this.page.getByRole("main").getByRole("button", { name }).click();
  }

  async chooseTheme(name: "System" | "Light" | "Dark"): Promise<void> {
    await this.page.getByRole("main").getByRole("button", { name, exact: true }).click();
  }
}
