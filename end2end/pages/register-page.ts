import type { Locator, Page } from "@playwright/test";
import type { Account } from "../support/person";

export type RegisterLabel =
  | "Username"
  | "Display name"
  | "Email"
  | "Birth date (optional)"
  | "Password"
  | "Confirm password";

export class RegisterPage {
  constructor(readonly page: Page) {}

  async goto(query = ""): Promise<void> {
    await this.page.goto(`/register${query}`);
  }

  field(label: RegisterLabel): Locator {
    return this.page.getByLabel(label, { exact: true });
  }

  get submit(): Locator {
    return this.page.getByRole("button", { name: "Create account" });
  }

  async fill(account: Account): Promise<void> {
    await this.field("Username").fill(account.username);
    await this.field("Display name").fill(account.name);
    await this.field("Email").fill(account.email);
    await this.field("Password").fill(account.password);
    await this.field("Confirm password").fill(account.password);
  }
}
