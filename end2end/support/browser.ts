// Which browser runs the tests: $CHROMIUM, else the system's, else the one that Playwright installed.
// scripts/setup looks in the same order.
import { existsSync } from "node:fs";

const SYSTEM = "/usr/bin/chromium";

export function browserPath(): string | undefined {
  return process.env.CHROMIUM || (existsSync(SYSTEM) ? SYSTEM : undefined);
}

export const launchArguments = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];
