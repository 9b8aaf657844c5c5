import { defineConfig } from "@playwright/test";
import { browserPath, launchArguments } from "./support/browser";

// Measures the release build in a real browser; `make bench-ui` runs it. One thing at a time, and nothing else beside it.
export default defineConfig({
  testDir: "bench",
  outputDir: "test-results",
  workers: 1,
  timeout: 600_000,
  reporter: [["line"]],
  use: {
    locale: "en-US",
    timezoneId: "America/Sao_Paulo",
    viewport: { width: 1440, height: 900 },
    launchOptions: { executablePath: browserPath(), args: launchArguments },
  },
});
