import { defineConfig } from "@playwright/test";
import { browserPath, launchArguments } from "./support/browser";

const forPhone = /(phone|accessibility)\.spec\.ts/;
const withoutScript = /no-script\.spec\.ts/;

export default defineConfig({
  testDir: "specs",
  outputDir: "test-results",
  workers: process.env.CI ? 1 : 2,
  retries: 0,
  forbidOnly: !!process.env.CI,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: process.env.CI ? [["line"]] : [["list"]],
  use: {
    locale: "en-US",
    timezoneId: "America/Sao_Paulo",
    colorScheme: "light",
    trace: "retain-on-failure",
    launchOptions: { executablePath: browserPath(), args: launchArguments },
  },
  projects: [
    {
      name: "desktop",
      testIgnore: [/phone\.spec\.ts/, withoutScript],
      use: { viewport: { width: 1440, height: 900 } },
    },
    {
      name: "phone",
      testMatch: forPhone,
      use: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
    },
    {
      name: "no-script",
      testMatch: withoutScript,
      use: { viewport: { width: 1280, height: 800 }, javaScriptEnabled: false },
    },
  ],
});
