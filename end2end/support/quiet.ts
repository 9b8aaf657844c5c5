// Watches browser contexts for everything that a user should never cause: console errors and warnings
// (CSP violations and hydration mismatches are among them), exceptions, failed requests, and documents
// that end before `</html>`. A test allows what it provokes on purpose.
import type { BrowserContext, ConsoleMessage, Response } from "@playwright/test";

export class Quiet {
  private readonly noises: string[] = [];
  private readonly allowed: RegExp[] = [];
  private readonly pending: Promise<void>[] = [];

  /** Noise that matches is expected in this test. */
  allow(...patterns: RegExp[]): void {
    this.allowed.push(...patterns);
  }

  watch(context: BrowserContext): void {
    context.on("console", (message) => this.hear(message));
    context.on("weberror", (error) => this.note(`exception: ${error.error().stack ?? error.error()}`));
    context.on("requestfailed", (request) => {
      const reason = request.failure()?.errorText ?? "";
      // A page that is left ends its own requests.
      if (!reason.includes("ERR_ABORTED")) this.note(`request failed: ${request.url()} ${reason}`);
    });
    context.on("response", (response) => this.pending.push(this.check(response)));
  }

  /** What was heard and not allowed. */
  async unexpected(): Promise<string[]> {
    await Promise.all(this.pending);
    return this.noises.filter((noise) => !this.allowed.some((pattern) => pattern.test(noise)));
  }

  private note(noise: string): void {
    this.noises.push(noise);
  }

  private hear(message: ConsoleMessage): void {
    const type = message.type();
    if (type === "error" || type === "warning" || type === "assert") {
      this.note(`console ${type}: ${message.text()} (${message.location().url})`);
    }
  }

  private async check(response: Response): Promise<void> {
    const kind = response.request().resourceType();
    if (response.status() >= 400) this.note(`${kind} ${response.status()}: ${response.url()}`);
    const isPage = response.headers()["content-type"]?.startsWith("text/html");
    if (kind !== "document" || !isPage || (response.status() >= 300 && response.status() < 400)) return;
    // Leptos writes the data of the page behind its end. The body is gone if the page was left meanwhile.
    const body = await response.text().catch(() => undefined);
    if (body !== undefined && !body.includes("</html>")) {
      this.note(`document ends before </html>: ${response.url()}`);
    }
  }
}

/** The marks that an answer of this status leaves. */
export function status(code: number): RegExp {
  return new RegExp(`status of ${code}|^(document|fetch|xhr) ${code}:`);
}

/** The marks of a server that is away. */
export const SERVER_AWAY = /WebSocket connection to|ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/;

/** The marks of live doors that are shut on the way. */
export const LINE_CUT = /WebSocket connection to|\/api\/(live|events)|ERR_FAILED/;
