// A client of Socket.IO: the package that browsers' old pages load, driven from here.
import { once, type EventEmitter } from "node:events";
import type { APIRequestContext } from "@playwright/test";
import { io, type Socket } from "socket.io-client";
import { submit } from "./forms";
import type { Account } from "./person";

export type Transports = ("polling" | "websocket")[];

export interface Told {
  room?: string;
  username?: string;
  msg: string;
  message: string;
  code?: string;
}

/** One client, and everything it was told. */
export class OldClient {
  readonly told: [event: string, payload: Told][] = [];

  private constructor(readonly socket: Socket) {
    for (const event of ["message", "status", "error"]) {
      socket.on(event, (payload: Told) => this.told.push([event, payload]));
    }
  }

  /** Connects with the session of a new person, as a page of the same origin does. */
  static async of(
    request: APIRequestContext,
    url: string,
    account: Account,
    transports: Transports,
  ): Promise<OldClient> {
    const { username, name, email, password } = account;
    await submit(request, url, "/fn/register", { username, name, email, password, password_again: password });
    const { cookies } = await request.storageState();
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
    const client = OldClient.open(url, transports, { cookie, origin: url });
    await client.next("connect");
    return client;
  }

  static open(url: string, transports: Transports, extraHeaders: Record<string, string> = {}): OldClient {
    return new OldClient(io(url, { transports, extraHeaders, forceNew: true, reconnectionDelay: 100 }));
  }

  /** The next event of this name. */
  async next(event: string): Promise<Told> {
    const [payload] = (await once(this.socket as unknown as EventEmitter, event)) as [Told];
    return payload;
  }

  /** Emits, and waits until the server has dealt with it. */
  async ask(event: string, payload: unknown): Promise<{ ok?: boolean; code?: string }> {
    return (await this.socket.timeout(10_000).emitWithAck(event, payload)) as { ok?: boolean; code?: string };
  }

  /** The lines that this event brought. */
  lines(event: string): string[] {
    return this.told.filter(([name]) => name === event).map(([, { msg }]) => msg);
  }

  close(): void {
    this.socket.close();
  }
}
