// A signed-in person with a browser context of their own.
import { expect, type APIRequestContext, type Browser, type BrowserContext, type Page } from "@playwright/test";
import { DirectoryPage } from "../pages/directory-page";
import { Preferences } from "../pages/preferences";
import { RoomPage } from "../pages/room-page";
import { Sidebar } from "../pages/sidebar";
import { submit } from "./forms";

export interface Account {
  username: string;
  name: string;
  email: string;
  password: string;
}

let made = 0;

/** Makes a name that nothing else in this run has. */
export function fresh(name: string): string {
  made += 1;
  return `${name} ${process.pid}${made}`;
}

/** An account that nobody else in this run has. */
export function account(name = "Ana Souza"): Account {
  made += 1;
  const suffix = `${process.pid}${made}`;
  const username = `${name.normalize("NFD").replace(/[^A-Za-z]/g, "").toLowerCase()}${suffix}`;
  return { username, name: `${name} ${suffix}`, email: `${username}@example.org`, password: "correct horse" };
}

export class Person {
  private constructor(
    readonly account: Account,
    readonly context: BrowserContext,
    readonly page: Page,
    private readonly url: string,
    private readonly hasScript: boolean,
  ) {}

  static async arrive(browser: Browser, url: string, chosen: Account, hasScript: boolean): Promise<Person> {
    const context = await browser.newContext({ baseURL: url });
    return Person.register(context, url, chosen, hasScript);
  }

  /** Registers by the form's HTML alone, which is quicker than by the page. */
  static async register(
    context: BrowserContext,
    url: string,
    chosen: Account,
    hasScript = true,
  ): Promise<Person> {
    await register(context.request, url, chosen);
    return new Person(chosen, context, await context.newPage(), url, hasScript);
  }

  /** Signs in by the form's HTML alone. */
  static async signIn(context: BrowserContext, url: string, account: Account): Promise<Person> {
    await submit(context.request, url, "/fn/sign_in", { login: account.username, password: account.password });
    return new Person(account, context, await context.newPage(), url, true);
  }

  /** Another tab of the same browser. */
  async anotherTab(): Promise<Person> {
    return new Person(this.account, this.context, await this.context.newPage(), this.url, this.hasScript);
  }

  /** Of the server, as its own pages name it. */
  get origin(): string {
    return this.url;
  }

  get name(): string {
    return this.account.name;
  }

  get room(): RoomPage {
    return new RoomPage(this.page);
  }

  get sidebar(): Sidebar {
    return new Sidebar(this.page);
  }

  get preferences(): Preferences {
    return new Preferences(this.page);
  }

  get directory(): DirectoryPage {
    return new DirectoryPage(this.page);
  }

  /** Opens a page and waits until it can be used. */
  async goto(path: string): Promise<void> {
    await this.page.goto(path);
    await this.settled();
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.settled();
  }

  async settled(): Promise<void> {
    if (this.hasScript) await hydrated(this.page);
  }

  /** Makes a channel by its form alone and answers its address. */
  async createRoom(fields: { name: string; topic?: string; password?: string }): Promise<string> {
    return submit(this.context.request, this.url, "/fn/create_room", fields);
  }

  /** Sends to the open room, one after the other, by the composer's form alone. */
  async post(texts: string[]): Promise<void> {
    const form = await this.room.formFields();
    for (const text of texts) {
      await submit(this.context.request, this.url, "/fn/post_message", { ...form, cid: uuid7(), text });
    }
  }
}

/** Makes an account by the form's HTML alone; `request` is signed in to it. */
export async function register(request: APIRequestContext, url: string, chosen: Account): Promise<void> {
  await submit(request, url, "/fn/register", {
    username: chosen.username,
    name: chosen.name,
    email: chosen.email,
    password: chosen.password,
    password_again: chosen.password,
  });
}

/** The page reacts to its user. */
export async function hydrated(page: Page): Promise<void> {
  await expect(page.locator("html[data-hydrated]")).toBeAttached();
}

function uuid7(): string {
  const time = Date.now().toString(16).padStart(12, "0");
  const random = crypto.randomUUID();
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`;
}
