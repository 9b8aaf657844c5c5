// Somebody who writes by requests alone, so that the measured browser draws nothing of it but what arrives.
import { expect, type Browser, type BrowserContext, type Page } from "@playwright/test";
import { account, Person } from "../support/person";
import { submit } from "../support/forms";

export class Feed {
  private said = 0;

  private constructor(
    private readonly context: BrowserContext,
    private readonly url: string,
    private readonly room: string,
  ) {}

  static async into(browser: Browser, url: string, path: string): Promise<Feed> {
    const context = await browser.newContext({ baseURL: url });
    const writer = await Person.register(context, url, account("Writer"));
    const rooms = (await (await context.request.get(`/api/rooms/${path.split("/").pop()}`)).json()) as { id: string };
    await submit(context.request, url, "/fn/join_room", { room: String(rooms.id) });
    await writer.page.close();
    return new Feed(context, url, String(rooms.id));
  }

  /** Writes so many messages, some at a time. */
  async say(count: number): Promise<void> {
    const together = 20;
    for (let left = count; left > 0; left -= together) {
      await Promise.all(Array.from({ length: Math.min(together, left) }, () => this.sayOne()));
    }
  }

  async sayOne(): Promise<string> {
    this.said += 1;
    const text = `line ${this.said} of somebody who has a lot to say`;
    const answer = await this.context.request.post(`/api/rooms/${this.room}/messages`, {
      data: { cid: cid(), text },
      headers: { Origin: this.url },
    });
    expect(answer.status(), await answer.text()).toBe(201);
    return text;
  }

  /** Waits until the last message stands in the page. */
  async seen(page: Page): Promise<void> {
    await this.sees(page, `line ${this.said} of`);
  }

  async sees(page: Page, text: string): Promise<void> {
    await page.locator(".message-text", { hasText: text }).last().waitFor({ timeout: 60_000 });
  }

  async end(): Promise<void> {
    await this.context.close();
  }
}

function cid(): string {
  const time = Date.now().toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}
