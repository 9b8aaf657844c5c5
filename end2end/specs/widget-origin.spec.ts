// Origin 0's pages, widget and script, word for word, with Papo behind them on the same origin.
import type { Browser, Page } from "@playwright/test";
import { OldSite } from "../support/old-site";
import { account } from "../support/person";
import type { Quiet } from "../support/quiet";
import { expect, test } from "../support/test";

/** The only one of Bootstrap's classes without which the widget is not itself. */
const BOOTSTRAP = ".d-none { display: none !important; }";

async function visit(browser: Browser, quiet: Quiet, site: OldSite): Promise<Page> {
  const context = await browser.newContext({ baseURL: site.url });
  quiet.watch(context);
  const page = await context.newPage();
  await page.route("https://cdn.jsdelivr.net/**", (route) => {
    const isStyle = route.request().resourceType() === "stylesheet";
    return route.fulfill(
      isStyle ? { contentType: "text/css", body: BOOTSTRAP } : { contentType: "text/javascript", body: "" },
    );
  });
  return page;
}

test("the widget works unchanged on a page of the same origin", async ({ arrive, browser, papo, quiet }) => {
  // The script says so when its stream ends with the session, just before its page is left.
  quiet.allow(/\[Chat SSE\] Erro na conexão/);
  const site = await OldSite.before(papo);
  const [bob, ana] = [await arrive("Bob"), account("Ana")];
  const page = await visit(browser, quiet, site);
  const [sent, received] = [page.locator(".chat-mensagem-enviada"), page.locator(".chat-mensagem-recebida")];
  const [input, badge] = [page.locator("#chat-message-input"), page.locator("#chat-badge")];

  await page.goto("/cadastrar");
  await page.getByLabel("Nome Completo").fill(ana.name);
  await page.getByLabel("E-mail").fill(ana.email);
  await page.getByLabel("Senha", { exact: true }).fill(ana.password);
  await page.getByLabel("Confirmar Senha").fill(ana.password);
  await page.getByRole("button", { name: "Cadastrar" }).click();
  await expect(page).toHaveURL("/home");
  await expect(page.getByRole("heading", { name: `Bem-vindo(a), ${ana.name}!` })).toBeVisible();

  await page.locator("#chat-toggle-btn").click();
  await expect(page.getByText("Nenhuma conversa")).toBeVisible();
  await page.getByPlaceholder("Buscar usuário...").fill(bob.name);
  await page.locator(".chat-search-item", { hasText: bob.name }).click();
  await expect(page.locator("#chat-conversa-nome")).toHaveText(bob.name);
  await input.fill("Olá <b>Bob</b>");
  await input.press("Enter");
  await expect(sent).toHaveText([/Olá <b>Bob<\/b>/]);
  await expect(input).toHaveValue("");

  await bob.goto("/");
  await bob.sidebar.room(ana.name).click();
  await expect(bob.room.message("Olá <b>Bob</b>")).toBeVisible();
  await bob.room.send("Oi Ana");
  await expect(received).toHaveText([/Oi Ana/]);
  await expect(badge).toBeHidden();

  await page.locator("#chat-voltar-btn").click();
  await bob.room.send("Você ainda está aí?");
  await expect(badge).toHaveText("1");
  const conversation = page.locator(".chat-conversa-item", { hasText: bob.name });
  await expect(conversation.locator(".chat-conversa-badge")).toHaveText("1");
  await expect(conversation).toContainText("Você ainda está aí?");
  await conversation.click();
  await expect(received).toHaveText([/Oi Ana/, /Você ainda está aí/]);
  await expect(badge).toBeHidden();

  await page.getByRole("link", { name: "Sair" }).click();
  await expect(page).toHaveURL("/login");
  await page.getByLabel("E-mail").fill(ana.email);
  await page.getByLabel("Senha").fill("wrong horse");
  await page.getByRole("button", { name: "Entrar" }).click();
  await expect(page).toHaveURL(/\/login\?redirect=/);
  await page.getByLabel("E-mail").fill(ana.email);
  await page.getByLabel("Senha").fill(ana.password);
  await page.getByRole("button", { name: "Entrar" }).click();
  await expect(page).toHaveURL("/home");
  await page.locator("#chat-toggle-btn").click();
  await page.locator(".chat-conversa-item", { hasText: bob.name }).click();
  await expect(page.locator(".chat-mensagem-texto")).toHaveText([
    "Olá <b>Bob</b>",
    "Oi Ana",
    "Você ainda está aí?",
  ]);
  await page.context().close();
  site.close();
});

test("the app's own page says what the old form was refused for", async ({ page, papo }) => {
  const fields = '<input name="email" value="x@example.org"><input name="senha"><button>Entrar</button>';
  const body = `<form method="POST" action="/login">${fields}</form></html>`;
  await page.route("**/old-page", (route) => route.fulfill({ contentType: "text/html", body }));
  await page.goto(`${papo.url}/old-page`);
  await page.locator("[name=senha]").fill("wrong horse");
  await page.getByRole("button", { name: "Entrar" }).click();
  const reason = page.getByText("password is wrong");
  await expect(reason).toBeVisible();
  await expect(page.getByLabel("Username or email")).toHaveValue("x@example.org");
  await page.reload();
  await expect(reason).toHaveCount(0);
});
