// The real binary with a data directory of its own on a free port: start, kill -9, start again.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const REPOSITORY = path.resolve(import.meta.dirname, "../..");

/** The binary under test. */
export const BINARY = process.env.PAPO_BIN ?? path.join(REPOSITORY, "target/release/papo");

export interface PapoOptions {
  binary?: string;
  /** Where it runs; a temporary directory holds its data in any case. */
  cwd?: string;
  args?: string[];
  env?: Record<string, string>;
}

export class Papo {
  readonly url: string;
  private process: ChildProcess | undefined;
  private output = "";

  private constructor(
    private readonly data: string,
    private readonly port: number,
    private readonly options: PapoOptions,
  ) {
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(options: PapoOptions = {}): Promise<Papo> {
    const data = await mkdtemp(path.join(tmpdir(), "papo-end2end-"));
    const papo = new Papo(data, await freePort(), options);
    await papo.launch();
    return papo;
  }

  /** Everything the server has printed. */
  get log(): string {
    return this.output;
  }

  /** The server's sudden death, as by `kill -9`. */
  async kill(): Promise<void> {
    await this.end("SIGKILL");
  }

  /** The same server again: same port, same data. */
  async restart(): Promise<void> {
    await this.end("SIGKILL");
    await this.launch();
  }

  /** Ends the server in good order and removes its data. */
  async close(): Promise<void> {
    await this.end("SIGTERM");
    await rm(this.data, { recursive: true, force: true });
  }

  private async launch(): Promise<void> {
    const args = ["--data", this.data, "--listen", `127.0.0.1:${this.port}`, ...(this.options.args ?? [])];
    const child = spawn(this.options.binary ?? BINARY, args, {
      cwd: this.options.cwd ?? this.data,
      // The suite registers and writes faster than people do.
      env: { PATH: process.env.PATH, PAPO_LOG: "warn", PAPO_LIMITS: "off", ...this.options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.process = child;
    const note = (chunk: Buffer) => (this.output += chunk.toString());
    child.stdout.on("data", note);
    child.stderr.on("data", note);
    child.on("error", (error) => (this.output += `${error}\n`));
    await this.untilHealthy(child);
  }

  private async untilHealthy(child: ChildProcess): Promise<void> {
    const deadline = Date.now() + 20_000;
    while (Date.now() < deadline) {
      if (hasEnded(child) || child.pid === undefined) break;
      const answer = await fetch(`${this.url}/health`).catch(() => undefined);
      if (answer?.ok) return;
      await delay(25);
    }
    child.kill("SIGKILL");
    throw new Error(`papo did not become healthy:\n${this.output}`);
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.process;
    this.process = undefined;
    if (!child || hasEnded(child)) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
