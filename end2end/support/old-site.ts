// A site that was built on origin 0, with Papo in the place of its chat: the site's own pages, and behind them,
// on the same origin, the server for everything else. As a proxy would have it.
import { readFileSync } from "node:fs";
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import path from "node:path";
import type { Papo } from "./papo";

const FOLDER = path.resolve(import.meta.dirname, "../fixtures/widget");
const PAGES: Record<string, string> = { "/login": "login.html", "/cadastrar": "cadastro.html", "/home": "home.html" };
const FILES: Record<string, string> = {
  "/static/css/chat-widget.css": "chat-widget.css",
  "/static/js/chat-widget.js": "chat-widget.js",
};

export class OldSite {
  readonly url: string;

  private constructor(
    private readonly papo: Papo,
    private readonly server: Server,
  ) {
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async before(papo: Papo): Promise<OldSite> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const site = new OldSite(papo, server);
    server.on("request", (asked, answer) => void site.answer(asked, answer));
    return site;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async answer(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(asked.url ?? "/", this.url);
    const [page, file] = asked.method === "GET" ? [PAGES[pathname], FILES[pathname]] : [];
    if (file) {
      const type = file.endsWith(".js") ? "text/javascript" : "text/css";
      answer.setHeader("Content-Type", `${type}; charset=utf-8`).end(read(file));
    } else if (page) {
      const user = await this.user(asked.headers.cookie ?? "");
      const values = { redirect: searchParams.get("redirect") ?? "/home", ...user };
      answer.setHeader("Content-Type", "text/html; charset=utf-8").end(render(page, values));
    } else {
      const passed = request(this.papo.url + asked.url, { method: asked.method, headers: asked.headers }, (given) => {
        answer.writeHead(given.statusCode ?? 502, given.headers);
        given.pipe(answer);
      });
      passed.on("error", () => answer.destroy());
      answer.on("close", () => passed.destroy());
      asked.pipe(passed);
    }
  }

  /** Who is signed in, as the site's templates know it. */
  private async user(cookie: string): Promise<Record<string, string>> {
    const answer = await fetch(`${this.papo.url}/api/me`, { headers: { cookie } });
    if (!answer.ok) return {};
    const me = (await answer.json()) as { id: number; name: string };
    return { "usuario_logado.id": String(me.id), "usuario_logado.nome": me.name };
  }
}

function read(file: string): string {
  return readFileSync(path.join(FOLDER, file), "utf8");
}

/** What Jinja2 makes of a template, as far as these go; there are no flash messages. */
function render(template: string, values: Record<string, string>): string {
  const block = /{% block (\w+) %}(.*?){% endblock %}/gs;
  const text = read(template).replace(/{% include "components\/(.+?)" %}/g, (_, file: string) => read(file));
  const blocks = new Map([...text.matchAll(block)].map(([, name, content]) => [name, content]));
  return read("base.html")
    .replace(block, (_, name: string, own: string) => blocks.get(name) ?? own)
    .replace(/{% for msg in mensagens %}.*?{% endfor %}/gs, "")
    .replace(/{{ ([\w.]+) }}/g, (_, name: string) => values[name] ?? "");
}
