import { spawnSync } from "node:child_process";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { BINARY } from "../support/papo";
import { expect, test } from "../support/test";

test("the binary alone, in an empty folder, serves everything", async ({ startPapo, arrive }) => {
  const folder = await mkdtemp(path.join(tmpdir(), "papo-alone-"));
  try {
    const binary = path.join(folder, "papo");
    await copyFile(BINARY, binary);
    const ana = await arrive("Ana", await startPapo({ binary, cwd: folder }));
    const assets: string[] = [];
    ana.page.on("response", (response) => {
      if (/\.(js|wasm|css|svg)$/.test(new URL(response.url()).pathname)) {
        assets.push(response.headers()["cache-control"] ?? "");
      }
    });
    await ana.goto("/rooms/general");
    await ana.room.send("all in one");
    await expect(ana.room.message("all in one")).toBeVisible();
    expect(assets.length).toBeGreaterThanOrEqual(3);
    expect(assets.filter((value) => value.includes("immutable")).length).toBeGreaterThanOrEqual(3);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("a port in use and a bad value stop the start with one line that names them", async ({ papo }) => {
  const port = new URL(papo.url).port;
  for (const [args, cause] of [
    [["--listen", `127.0.0.1:${port}`], new RegExp(port)],
    [["--listen", "nowhere"], /listen/i],
    [["--registration", "sometimes"], /registration/i],
  ] as const) {
    const folder = await mkdtemp(path.join(tmpdir(), "papo-refused-"));
    const result = spawnSync(BINARY, ["--data", path.join(folder, "data"), ...args], { timeout: 20_000 });
    await rm(folder, { recursive: true, force: true });
    expect(result.status, args.join(" ")).toBeGreaterThan(0);
    expect(result.stderr.toString()).toMatch(cause);
  }
});
