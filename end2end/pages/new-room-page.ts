import type { Locator, Page } from "@playwright/test";

export class NewRoomPage {
  constructor(readonly page: Page) {}

  get name(): Locator {
    return this.page.getByLabel("Room name", { exact: true });
  }

  get topic(): Locator {
    return this.page.getByLabel("Topic", { exact: true });
  }

  get password(): Locator {
    return this.page.getByLabel("Room password", { exact: true });
  }

  get submit(): Locator {
    return this.page.getByRole("button", { name: "Create room" });
  }
}
