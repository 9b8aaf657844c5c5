import type { Locator, Page } from "@playwright/test";

/** What acts for the account: its sessions and its access tokens. */
export class SettingsPage {
  constructor(readonly page: Page) {}

  get sessions(): Locator {
    return this.page.getByRole("region", { name: "Sessions" });
  }

  get tokens(): Locator {
    return this.page.getByRole("region", { name: "Access tokens" });
  }

  /** The row of a session or token. */
  row(section: Locator, text: string): Locator {
    return section.getByRole("listitem").filter({ hasText: text });
  }

  get tokenName(): Locator {
    return this.tokens.getByLabel("Token name");
  }

  get createToken(): Locator {
    return this.tokens.getByRole("button", { name: "Create token" });
  }

  /** The text of a token that was just made. */
  get newToken(): Locator {
    return this.tokens.getByLabel("New access token");
  }
}
