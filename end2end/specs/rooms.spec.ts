import { NewRoomPage } from "../pages/new-room-page";
import { expectAccessible } from "../support/axe";
import { account, fresh, register } from "../support/person";
import { status } from "../support/quiet";
import { expect, test } from "../support/test";

test("a new channel opens at once and stands in the directory with its topic", async ({ arrive }) => {
  const [ana, bob] = [await arrive("Ana"), await arrive("Bob")];
  const name = fresh("Book club");
  await ana.goto("/");
  await ana.sidebar.newRoom.click();
  const form = new NewRoomPage(ana.page);
  await form.name.fill(name);
  await form.topic.fill("One novel a month");
  await form.submit.click();
  await expect(ana.room.heading).toContainText(name);
  await expect(ana.room.composer).toBeVisible();

  await bob.goto("/rooms");
  await bob.directory.find(name);
  await expect(bob.directory.channel(name)).toContainText("One novel a month");
});

for (const [what, value, reason] of [
  ["an empty name", "   ", /fill this in/],
  ["a name without letters", "!!!", /at least one letter/],
  ["a name of 81 characters", "x".repeat(81), /too long/],
] as const) {
  test(`${what} is refused beside its field and the topic is kept`, async ({ arrive, quiet }) => {
    quiet.allow(status(422));
    const ana = await arrive();
    await ana.goto("/rooms/new");
    const form = new NewRoomPage(ana.page);
    await form.name.fill(value);
    await form.topic.fill("Kept");
    await form.submit.click();
    await expect(form.name).toHaveAccessibleDescription(reason);
    await expect(form.topic).toHaveValue("Kept");
  });
}

test("a taken room name is refused", async ({ arrive, quiet }) => {
  quiet.allow(status(422));
  const ana = await arrive();
  await ana.goto("/rooms/new");
  const form = new NewRoomPage(ana.page);
  await form.name.fill("General");
  await form.submit.click();
  await expect(form.name).toHaveAccessibleDescription(/room with that name/);
});

test("entering and leaving is told to everyone in the room", async ({ arrive }) => {
  const [ana, bob] = [await arrive("Ana"), await arrive("Bob")];
  const address = await ana.createRoom({ name: fresh("Garden") });
  await ana.goto(address);
  await expect(ana.room.members.getByRole("listitem")).toHaveCount(1);

  await bob.goto(address);
  await bob.room.joinButton.click();
  await expect(bob.room.composer).toBeVisible();
  await expect(ana.room.log).toContainText(`${bob.name} joined`);
  await expect(ana.room.member(bob.name)).toBeVisible();

  await bob.room.leave();
  await expect(bob.page).toHaveURL(/\/rooms$/);
  await expect(ana.room.log).toContainText(`${bob.name} left`);
  await expect(ana.room.member(bob.name)).toHaveCount(0);
});

test("a room's password is asked once", async ({ arrive, quiet }) => {
  quiet.allow(status(422));
  const [ana, bob] = [await arrive("Ana"), await arrive("Bob")];
  const address = await ana.createRoom({ name: fresh("Secret garden"), password: "open sesame" });
  await ana.goto(address);
  await ana.room.send("nothing for passers-by");

  await bob.goto(address);
  const password = bob.page.getByLabel("Room password", { exact: true });
  await expect(bob.page.getByText("nothing for passers-by")).toHaveCount(0);
  await password.fill("open barley");
  await bob.room.joinButton.click();
  await expect(password).toHaveAccessibleDescription(/not the room's password/);
  await expect(bob.room.composer).toHaveCount(0);

  await password.fill("open sesame");
  await bob.room.joinButton.click();
  await expect(bob.room.message("nothing for passers-by")).toBeVisible();
  await bob.goto(address);
  await expect(bob.room.composer).toBeVisible();
});

test("of many members some are shown at first, and all when asked", async ({ arrive, request, startPapo, quiet }) => {
  quiet.allow(status(503));
  const papo = await startPapo();
  const ana = await arrive("Ana", papo);
  for (let guests = 0; guests < 59; guests += 1) await register(request, papo.url, account("Guest"));
  await ana.goto("/rooms/general");
  const shown = ana.room.members.getByRole("listitem");
  await expect(shown).toHaveCount(50);
  await expect(ana.room.member(ana.name)).toContainText("you");
  await expect(ana.page.getByText("50 of 60 are shown.")).toBeVisible();
  await expectAccessible(ana.page);

  await ana.page.route("**/fn/members*", (route) => route.fulfill({ status: 503 }));
  await ana.room.showAllMembers.press("Enter");
  await expect(ana.page.getByRole("alert").filter({ hasText: /./ })).toBeVisible();
  await ana.page.unroute("**/fn/members*");

  await ana.room.showAllMembers.press("Enter");
  await expect(shown).toHaveCount(60);
  await expect(ana.room.members).toBeFocused();
  await expect(ana.room.showAllMembers).toHaveCount(0);
  const late = await arrive("Late", papo);
  await expect(ana.room.member(late.name)).toBeVisible();
  await expect(ana.page.getByRole("button", { name: "61 members" })).toBeVisible();
});
