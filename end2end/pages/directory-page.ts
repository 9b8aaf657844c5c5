import type { Locator, Page } from "@playwright/test";

export class DirectoryPage {
  constructor(readonly page: Page) {}

  private get main(): Locator {
    return this.page.getByRole("main");
  }

  get channels(): Locator {
    return this.main.getByRole("list").getByRole("listitem");
  }

  /** A channel's entry: its name, topic, members and door. */
  channel(name: string): Locator {
    return this.channels.filter({ hasText: name });
  }

  /** The field that finds channels by their name. */
  get filter(): Locator {
    return this.main.getByRole("searchbox", { name: "Filter rooms by name" });
  }

  /** The way to the next page. */
  get showMore(): Locator {
    return this.main.getByRole("link", { name: "Show more" });
  }

  /** Opens the directory with the channels that have this in their name. */
  async find(name: string): Promise<void> {
    await this.filter.fill(name);
    await this.filter.press("Enter");
    await this.page.waitForURL((url) => url.searchParams.get("q") === name);
  }
}
