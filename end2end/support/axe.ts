// Runs axe on a page; a violation is named with the elements that cause it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, type Page } from "@playwright/test";
import type { AxeResults } from "axe-core";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(source);
  const results = (await page.evaluate("axe.run(document)")) as AxeResults;
  expect(results.passes.length, "axe found nothing to check").toBeGreaterThan(5);
  const violations = results.violations.map(
    ({ id, help, nodes }) => `${id}: ${help}\n${nodes.map((node) => `  ${node.html}`).join("\n")}`,
  );
  expect(violations).toEqual([]);
}
