import { expectAccessible } from "../support/axe";
import { fresh, hydrated } from "../support/person";
import { status } from "../support/quiet";
import { expect, test } from "../support/test";

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    for (const path of ["/login", "/register"]) {
      test(`${path} has no axe violation`, async ({ page }) => {
        await page.goto(path);
        await hydrated(page);
        await expectAccessible(page);
      });
    }

    test("a refused registration has no axe violation", async ({ page, quiet }) => {
      quiet.allow(status(422));
      await page.goto("/register");
      await hydrated(page);
      await page.getByRole("button", { name: "Create account" }).click();
      await expect(page.getByLabel("Username", { exact: true })).toHaveAttribute("aria-invalid", "true");
      await expectAccessible(page);
    });

    for (const path of ["/", "/rooms", "/rooms/new", "/search?q=an", "/settings", "/no-such-page"]) {
      test(`${path} has no axe violation`, async ({ arrive, quiet }) => {
        if (path === "/no-such-page") quiet.allow(status(404));
        const ana = await arrive();
        await ana.goto(path);
        await expectAccessible(ana.page);
      });
    }

    test("a room has no axe violation", async ({ arrive }) => {
      const ana = await arrive();
      await ana.goto(await ana.createRoom({ name: fresh("Access") }));
      await ana.room.send("Hello, see https://example.org");
      await ana.room.send("again");
      await expect(ana.room.message("again")).toBeVisible();
      await expectAccessible(ana.page);
    });

    test("a room's door has no axe violation", async ({ arrive }) => {
      const [ana, bob] = [await arrive("Ana"), await arrive("Bob")];
      await bob.goto(await ana.createRoom({ name: `Door ${colorScheme} ${Date.now()}`, password: "open sesame" }));
      await expectAccessible(bob.page);
    });
  });
}
