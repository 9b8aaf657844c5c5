import { expect, type Locator, type Page } from "@playwright/test";

export class RoomPage {
  constructor(readonly page: Page) {}

  get heading(): Locator {
    return this.page.getByRole("heading", { level: 1 });
  }

  get log(): Locator {
    return this.page.getByRole("log", { name: "Messages" });
  }

  get messages(): Locator {
    return this.log.getByRole("article");
  }

  get composer(): Locator {
    return this.page.getByRole("textbox", { name: "Message", exact: true });
  }

  get sendButton(): Locator {
    return this.page.getByRole("button", { name: "Send", exact: true });
  }

  get joinButton(): Locator {
    return this.page.getByRole("button", { name: "Join room" });
  }

  /** Leaves by the room's menu; where one cannot simply come back, this is asked first. */
  async leave(): Promise<void> {
    await this.page.getByRole("button", { name: "Room menu" }).click();
    const ask = this.page.getByText("Leave the room…");
    if (await ask.isVisible()) await ask.click();
    await this.page.getByRole("button", { name: "Leave room" }).click();
  }

  get members(): Locator {
    return this.page.getByRole("list", { name: "Members" });
  }

  member(name: string): Locator {
    return this.members.getByRole("listitem").filter({ hasText: name });
  }

  /** The mark of a member who is online. */
  online(name: string): Locator {
    return this.member(name).getByRole("img", { name: "online", exact: true });
  }

  /** Somebody who is asked to enter. */
  invited(name: string): Locator {
    return this.page.getByRole("region", { name: "Invited" }).getByRole("listitem").filter({ hasText: name });
  }

  /** Where there are too many members to show, the way to all of them. */
  get showAllMembers(): Locator {
    return this.page.getByRole("button", { name: "Show all", exact: true });
  }

  /** Where the members are a sheet, the way to it. */
  get showMembers(): Locator {
    return this.page.getByRole("link", { name: /^\d+ members?$/ });
  }

  get olderMessages(): Locator {
    return this.log.getByRole("link", { name: /older messages/i });
  }

  /** The way to the newest message. */
  get toTheEnd(): Locator {
    return this.page.getByRole("link", { name: /^Jump to the latest/ });
  }

  /** The line that tells of a lost connection. */
  get connectionTrouble(): Locator {
    return this.page.getByText(/^You are offline/);
  }

  /** The mark that tells what became of one's own message: "Sent", "Delivered", "Read" … */
  mark(text: string, state: string): Locator {
    return this.message(text).getByRole("button", { name: state, exact: true });
  }

  /** The mark of a message that waits for the server. */
  waiting(text: string): Locator {
    return this.message(text).getByRole("img", { name: "Waiting to be sent" });
  }

  message(text: string): Locator {
    return this.messages.filter({ hasText: text });
  }

  /** Sends by the keyboard, as people do. */
  async send(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
    await expect(this.composer).toHaveValue("");
  }

  /** What the composer's form sends beside the text: the room or the person, and the cid. */
  async formFields(): Promise<Record<string, string>> {
    return this.composer.evaluate((box: HTMLTextAreaElement) => {
      const fields = [...(box.form?.querySelectorAll<HTMLInputElement>("input[name]") ?? [])];
      return Object.fromEntries(fields.map((field) => [field.name, field.value]));
    });
  }
}
