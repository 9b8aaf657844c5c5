// Groups of strangers ask first. Groups are made by REST, since no page makes them yet.
import { expectAccessible } from "../support/axe";
import { fresh, type Person } from "../support/person";
import { expect, test } from "../support/test";

/** Makes a group and answers its name and path. */
async function invite(maker: Person, other: Person): Promise<{ name: string; path: string }> {
  const name = fresh("Saturday");
  const answer = await maker.context.request.post("/api/groups", {
    data: { name, members: [other.account.username] },
    headers: { Origin: maker.origin },
  });
  expect(answer.status()).toBe(201);
  return { name, path: `/rooms/${(await answer.json()).id}` };
}

test("a stranger's group is an invitation, which opens the room once it is accepted", async ({ arrive }) => {
  const [ana, bob] = [await arrive("Ana"), await arrive("Bob")];
  await bob.goto("/");
  await expect(bob.sidebar.invitations).toHaveCount(0);
  const { name, path } = await invite(ana, bob);
  await expect(bob.sidebar.invitation(name)).toContainText(ana.name);
  await expect(bob.page.getByRole("status").filter({ hasText: "1 invitation" })).toHaveCount(1);
  await expect(bob.sidebar.room(name)).toHaveCount(0);
  await expectAccessible(bob.page);

  await ana.goto(path);
  await expect(ana.room.invited(bob.name)).toBeVisible();
  await ana.room.send("welcome");
  await bob.sidebar.answer(name, "Accept").click();
  await expect(bob.page).toHaveURL(new RegExp(`${path}$`));
  await expect(bob.room.message("welcome")).toBeVisible();
  await expect(bob.sidebar.invitations).toHaveCount(0);
  await expect(ana.room.member(bob.name)).toBeVisible();
  await expect(ana.room.invited(bob.name)).toHaveCount(0);
});

test("a declined invitation is gone in every tab", async ({ arrive }) => {
  const [ana, bob] = [await arrive("Ana"), await arrive("Bob")];
  const { name } = await invite(ana, bob);
  const other = await bob.anotherTab();
  await bob.goto("/");
  await other.goto("/settings");
  await expect(other.sidebar.invitation(name)).toBeVisible();
  await bob.sidebar.answer(name, "Decline").click();
  await expect(bob.sidebar.invitations).toHaveCount(0);
  await expect(other.sidebar.invitations).toHaveCount(0);
});

test("who is blocked asks in vain, until unblocked in the settings", async ({ arrive }) => {
  const [ana, bob] = [await arrive("Ana"), await arrive("Bob")];
  const [first, second] = [await invite(ana, bob), await invite(ana, bob)];
  await bob.goto("/");
  await expect(bob.sidebar.invitation(second.name)).toBeVisible();
  await bob.sidebar.answer(first.name, "Block").click();
  await expect(bob.sidebar.invitations).toHaveCount(0);
  await invite(ana, bob);
  await bob.goto("/settings");
  await expect(bob.sidebar.invitations).toHaveCount(0);
  const blocked = bob.page.getByRole("region", { name: "Blocked people" });
  await blocked.getByRole("listitem").filter({ hasText: ana.name }).getByRole("button", { name: "Unblock" }).click();
  await expect(blocked.getByRole("listitem")).toHaveCount(0);
  const { name } = await invite(ana, bob);
  await expect(bob.sidebar.invitation(name)).toBeVisible();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("invitations are answered by plain forms", async ({ arrive }) => {
    const [ana, bob] = [await arrive("Ana"), await arrive("Bob")];
    const [one, two, three] = [await invite(ana, bob), await invite(ana, bob), await invite(ana, bob)];
    await bob.goto("/");
    await bob.sidebar.answer(one.name, "Decline").click();
    await expect(bob.sidebar.invitation(one.name)).toHaveCount(0);
    await bob.sidebar.answer(two.name, "Accept").click();
    await expect(bob.page).toHaveURL(new RegExp(`${two.path}$`));
    await expect(bob.room.composer).toBeVisible();
    await bob.sidebar.answer(three.name, "Block").click();
    await expect(bob.sidebar.invitations).toHaveCount(0);
    await bob.goto("/settings");
    await bob.page.getByRole("button", { name: "Unblock" }).click();
    await expect(bob.page.getByText("You have not blocked anyone.")).toBeVisible();
  });
});
