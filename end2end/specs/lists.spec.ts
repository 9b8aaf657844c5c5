// Long lists come in pages.
import { expectAccessible } from "../support/axe";
import { fresh } from "../support/person";
import { expect, test } from "../support/test";

test("the directory goes on below with Show more, and so does the keyboard", async ({ arrive }) => {
  const shelf = fresh("Shelf");
  for (let maker = 0; maker < 3; maker += 1) {
    const person = await arrive("Maker");
    for (let room = 0; room < 20; room += 1) {
      await person.createRoom({ name: `${shelf} ${maker}-${room}` });
    }
  }
  const ana = await arrive("Ana");
  await ana.goto("/rooms");
  await expect(ana.directory.channels).toHaveCount(50);
  await ana.directory.showMore.press("Enter");
  await expect(ana.directory.channels.nth(50)).toBeVisible();
  await expect(ana.directory.channels.nth(50).getByRole("link").first()).toBeFocused();
  const names = await ana.directory.channels.getByRole("heading").allTextContents();
  expect(new Set(names).size).toBe(names.length);
  await expectAccessible(ana.page);

  await ana.directory.find(`${shelf} 1-1`);
  await expect(ana.directory.channel(`${shelf} 1-10`)).toBeVisible();
  await expect(ana.directory.channel(`${shelf} 2-1`)).toHaveCount(0);
  await expect(ana.directory.showMore).toHaveCount(0);
  await ana.directory.find(fresh("No such shelf"));
  await expect(ana.page.getByRole("main")).toContainText("No rooms found.");
});
