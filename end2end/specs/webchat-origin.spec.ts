// Origin 4's client, the page of its document, unchanged but for the server's host and port, opened from a file.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "@playwright/test";
import type { Papo } from "../support/papo";
import type { Quiet } from "../support/quiet";
import { expect, test } from "../support/test";

const CLIENT = path.resolve(import.meta.dirname, "../fixtures/webchat-client.html");
const ITS_SERVER = "127.0.0.1:8000";

/** The document's `curl`. */
async function token(papo: Papo, username: string): Promise<string> {
  const body = new URLSearchParams({ username, password: `${username}@123` });
  const answer = await fetch(`${papo.url}/login`, { method: "POST", body });
  const issued = (await answer.json()) as { access_token: string; token_type: string };
  expect(issued.token_type).toBe("bearer");
  return issued.access_token;
}

async function open(browser: Browser, quiet: Quiet, file: string): Promise<Page> {
  const context = await browser.newContext();
  quiet.watch(context);
  const page = await context.newPage();
  await page.goto(pathToFileURL(file).href);
  return page;
}

async function connect(page: Page, jwt: string): Promise<void> {
  await page.getByPlaceholder("Cole seu JWT aqui").fill(jwt);
  await page.getByRole("button", { name: "Conectar" }).click();
  await expect(page.locator("#log")).toContainText("Conectado.");
}

async function send(page: Page, text: string, to = ""): Promise<void> {
  await page.getByPlaceholder("Mensagem...").fill(text);
  await page.getByPlaceholder("Para (opcional)").fill(to);
  await page.getByRole("button", { name: "Enviar" }).click();
}

test("two people talk by the page of the document", async ({ browser, quiet, startPapo }) => {
  // So it stands in the document.
  quiet.allow(/^document ends before <\/html>: file:/);
  const papo = await startPapo({ args: ["--demo"] });
  const original = await readFile(CLIENT, "utf8");
  expect(original).toContain(ITS_SERVER);
  const folder = await mkdtemp(path.join(tmpdir(), "papo-webchat-"));
  const file = path.join(folder, "client.html");
  await writeFile(file, original.replace(ITS_SERVER, new URL(papo.url).host));
  const [alice, bob] = [await open(browser, quiet, file), await open(browser, quiet, file)];
  await connect(alice, await token(papo, "alice"));
  await expect(alice.locator("#presence")).toHaveText(JSON.stringify(["alice"], null, 2));
  await connect(bob, await token(papo, "bob"));
  for (const page of [alice, bob]) {
    await expect(page.locator("#presence")).toHaveText(JSON.stringify(["alice", "bob"], null, 2));
  }
  await expect(alice.locator("#log")).toContainText('"type":"system"');
  await send(alice, "Olá, pessoal");
  await expect(bob.locator("#log")).toContainText('"text":"Olá, pessoal"');
  await expect(alice.locator("#log")).toContainText('"type":"delivery"');
  await send(bob, "só para você", "alice");
  await expect(alice.locator("#log")).toContainText('"text":"só para você"');
  await expect(alice.locator("#log")).toContainText('"to":"alice"');
  // The page has no key for it, but shows who types in another client.
  const carol = await open(browser, quiet, file);
  await connect(carol, await token(papo, "carol"));
  await carol.evaluate('ws.send(JSON.stringify({ type: "typing" }))');
  await expect(alice.locator("#typing")).toHaveText(JSON.stringify(["carol"], null, 2));
  await send(carol, "typed");
  await expect(alice.locator("#typing")).toHaveText("[]");
  await Promise.all([alice, bob, carol].map((page) => page.context().close()));
  await rm(folder, { recursive: true });
});
