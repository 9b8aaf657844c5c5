import type { Locator, Page } from "@playwright/test";

export class DirectoryPage {
  constructor(readonly page: Page) {}

  /** A channel's entry: its name, topic, members and door. */
  channel(name: string): Locator {
    return this.page.getByRole("main").getByRole("listitem").filter({ hasText: name });
  }
}
