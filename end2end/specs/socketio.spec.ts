// Socket.IO's own client from npm speaks to Papo as it spoke to the servers of origins 1 and 3.
import type { APIRequestContext } from "@playwright/test";
import { account, fresh } from "../support/person";
import { OldClient, type Transports } from "../support/socketio";
import { expect, test as base } from "../support/test";

const test = base.extend<{ connect: (transports: Transports, url?: string) => Promise<OldClient> }>({
  connect: async ({ papo, playwright }, use) => {
    const clients: OldClient[] = [];
    const requests: APIRequestContext[] = [];
    await use(async (transports, url = papo.url) => {
      const request = await playwright.request.newContext();
      requests.push(request);
      const client = await OldClient.of(request, url, account(), transports);
      clients.push(client);
      return client;
    });
    clients.forEach((client) => client.close());
    await Promise.all(requests.map((request) => request.dispose()));
  },
});

const ways: Transports[] = [["polling"], ["websocket"], ["polling", "websocket"]];

for (const transports of ways) {
  test(`two clients talk in a room with a password, by ${transports.join(" and then ")}`, async ({ connect }) => {
    const [ana, beto] = [await connect(transports), await connect(transports)];
    const room = fresh("Jogos");
    expect(await ana.ask("create", { room, password: "123" })).toEqual({ ok: true });
    expect(await beto.ask("join", { room, username: "Beto", password: "wrong" })).toMatchObject({ code: "invalid" });
    await expect.poll(() => beto.lines("error")).toEqual(["That is not the room's password."]);
    await ana.ask("join", { room, username: "Ana", password: "123" });
    await beto.ask("join", { room, username: "Beto", password: "123" });
    await expect.poll(() => ana.lines("status").at(-1)).toMatch(/joined$/);
    for (const text of ["oi", "tudo bem?", "olá 👋"]) ana.socket.emit("text", { room, username: "Beto", msg: text });
    beto.socket.emit("message", { room, message: "tudo" });
    for (const client of [ana, beto]) {
      await expect.poll(() => client.lines("message").length).toBe(4);
      expect(client.lines("message").filter((line) => line !== "tudo")).toEqual(["oi", "tudo bem?", "olá 👋"]);
    }
    await beto.ask("leave", { room });
    await expect.poll(() => ana.lines("status").at(-1)).toMatch(/left$/);
    await ana.ask("text", { room, msg: "alone" });
    await expect.poll(() => ana.lines("message").length).toBe(5);
    await beto.ask("leave", { room });
    expect(beto.lines("message")).toHaveLength(4);
    if (transports.length > 1) expect(ana.socket.io.engine.transport.name).toBe("websocket");
  });
}

test("what is said in the app is heard by an old client, and the other way round", async ({ arrive, connect }) => {
  const [ana, old] = [await arrive("Ana"), await connect(["websocket"])];
  await ana.goto("/rooms/general");
  await old.ask("join", { room: "general" });
  await ana.room.send("from the app");
  await expect.poll(() => old.lines("message")).toContain("from the app");
  await old.ask("text", { room: "general", msg: "from the old client" });
  await expect(ana.room.message("from the old client")).toBeVisible();
});

test("without a session an old page is told to sign in", async ({ papo }) => {
  const client = OldClient.open(papo.url, ["polling", "websocket"]);
  const told = await client.next("error");
  expect(told.code).toBe("unauthenticated");
  expect(told.msg).not.toBe("");
  client.close();
});

test("an old client comes back by itself when the server does", async ({ connect, startPapo }) => {
  const papo = await startPapo();
  const client = await connect(["websocket"], papo.url);
  const back = client.next("connect");
  await papo.restart();
  await back;
  expect(await client.ask("join", { room: "general" })).toEqual({ ok: true });
});
