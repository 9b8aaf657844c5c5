import type { Locator, Page } from "@playwright/test";

export class Sidebar {
  constructor(readonly page: Page) {}

  get rooms(): Locator {
    return this.page.getByRole("navigation", { name: "Rooms" });
  }

  /** The row of a room; other rows may name it in their last line. */
  room(name: string): Locator {
    const row = this.page.locator(".row-name").filter({ hasText: name });
    return this.rooms.getByRole("link").filter({ has: row });
  }

  /** The rooms that somebody asks the reader to enter; nothing without one. */
  get invitations(): Locator {
    return this.page.getByRole("region", { name: "Invitations" });
  }

  invitation(room: string): Locator {
    return this.invitations.getByRole("listitem").filter({ hasText: room });
  }

  answer(room: string, how: "Accept" | "Decline" | "Block"): Locator {
    return this.invitation(room).getByRole("button", { name: how, exact: true });
  }

  get findPeople(): Locator {
    return this.page.getByRole("searchbox", { name: "Find people" });
  }

  /** The number of unread messages of a room. */
  unread(name: string): Locator {
    return this.room(name).getByText(/unread message/);
  }

  /** The people found while typing. */
  get people(): Locator {
    return this.page.getByRole("list", { name: "People found" }).getByRole("link");
  }

  person(name: string): Locator {
    return this.people.filter({ hasText: name });
  }

  /** The way to the rooms that are not among the newest. */
  get showMore(): Locator {
    return this.rooms.getByRole("link", { name: "Show more" });
  }

  get newRoom(): Locator {
    return this.page.getByRole("link", { name: "New room" });
  }

  get signOut(): Locator {
    return this.page.getByRole("button", { name: "Sign out" });
  }
}
