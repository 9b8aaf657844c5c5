import type { Locator, Page } from "@playwright/test";

export class Sidebar {
  constructor(readonly page: Page) {}

  get rooms(): Locator {
    return this.page.getByRole("navigation", { name: "Rooms" });
  }

  room(name: string): Locator {
    return this.rooms.getByRole("link").filter({ hasText: name });
  }

  get findPeople(): Locator {
    return this.page.getByLabel("Find people", { exact: true });
  }

  /** The number of unread messages of a room. */
  unread(name: string): Locator {
    return this.room(name).getByText(/unread/i);
  }

  /** The people found while typing. */
  get people(): Locator {
    return this.page.getByRole("option");
  }

  person(name: string): Locator {
    return this.people.filter({ hasText: name });
  }

  get newRoom(): Locator {
    const name = "New room";
    return this.page.getByRole("link", { name }).or(this.page.getByRole("button", { name })).first();
  }

  get signOut(): Locator {
    return this.page.getByRole("button", { name: "Sign out" });
  }
}
