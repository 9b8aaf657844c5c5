// The ways between one page and the server's live doors; the pages themselves stay in reach.
import type { Page, WebSocketRoute } from "@playwright/test";

const SOCKET = /\/api\/live/;
const POSTS = /\/api\/live(\?|$)/;
const EVENTS = /\/api\/events/;

/** A live connection that can be cut and mended. */
export class Line {
  private readonly sockets = new Set<WebSocketRoute>();

  private constructor(private isCut: boolean) {}

  /** To be called before the page is loaded, or loaded again. */
  static async of(page: Page, isCut = false): Promise<Line> {
    const line = new Line(isCut);
    await page.routeWebSocket(SOCKET, (socket) => {
      if (line.isCut) return void socket.close({ code: 1012 });
      line.sockets.add(socket);
      socket.connectToServer();
    });
    for (const door of [POSTS, EVENTS]) {
      await page.route(door, (route) => (line.isCut ? route.abort() : route.continue()));
    }
    return line;
  }

  cut(): void {
    this.isCut = true;
    for (const socket of this.sockets) void socket.close({ code: 1012 });
    this.sockets.clear();
  }

  mend(): void {
    this.isCut = false;
  }
}

/** A proxy that lets no WebSocket through. */
export async function blockSockets(page: Page): Promise<void> {
  await page.routeWebSocket(SOCKET, (socket) => void socket.close({ code: 1001 }));
}

/** A proxy that lets no stream of events through. */
export async function blockEvents(page: Page): Promise<void> {
  await page.route(EVENTS, (route) => route.abort());
}

/** A proxy that keeps a stream of events to itself until it ends. */
export async function bufferEvents(page: Page): Promise<void> {
  await page.route(EVENTS, () => {});
}

/** The next time that the page asks for a stream of events. */
export async function usesEvents(page: Page): Promise<unknown> {
  return page.waitForResponse((response) => EVENTS.test(response.url()) && response.ok());
}

/** The next time that the page asks by a post for what it missed. */
export async function polls(page: Page): Promise<unknown> {
  return page.waitForResponse(
    (response) =>
      POSTS.test(response.url()) &&
      response.ok() &&
      (response.request().postDataJSON() as { type?: string } | null)?.type === "sync",
  );
}
