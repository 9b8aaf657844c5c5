import { NewRoomPage } from "../pages/new-room-page";
import { RegisterPage } from "../pages/register-page";
import { RoomPage } from "../pages/room-page";
import { Sidebar } from "../pages/sidebar";
import { SignInPage } from "../pages/sign-in-page";
import { account, fresh } from "../support/person";
import { status } from "../support/quiet";
import { expect, test } from "../support/test";

test("one registers, signs out and signs in", async ({ page }) => {
  const ana = account();
  const register = new RegisterPage(page);
  await register.goto();
  await register.fill(ana);
  await register.submit.click();
  const sidebar = new Sidebar(page);
  await expect(sidebar.signOut).toBeVisible();
  await sidebar.signOut.click();
  await new SignInPage(page).signIn(ana.username, ana.password);
  await expect(sidebar.signOut).toBeVisible();
});

test("a refused registration tells why and keeps what was typed, passwords apart", async ({ page, quiet }) => {
  quiet.allow(status(422));
  const register = new RegisterPage(page);
  await register.goto();
  const typed = { ...account(), username: "ana maria", name: `"Ana" <b>` };
  await register.fill(typed);
  await register.submit.click();
  await expect(register.field("Username")).toHaveAccessibleDescription(/^Use letters \(a to z\)/);
  await expect(register.field("Username")).toHaveValue("ana maria");
  await expect(register.field("Display name")).toHaveValue(typed.name);
  await expect(register.field("Email")).toHaveValue(typed.email);
  await expect(register.field("Password")).toHaveValue("");
});

test("a refused sign-in keeps the login", async ({ page, quiet, arrive }) => {
  quiet.allow(status(422));
  const { account: ana } = await arrive();
  const signIn = new SignInPage(page);
  await signIn.goto();
  await signIn.signIn(ana.username, "not the password");
  await expect(signIn.login).toHaveValue(ana.username);
  await expect(signIn.password).toHaveValue("");
});

test("one makes a room, another enters it by its password, and they talk", async ({ arrive, quiet }) => {
  quiet.allow(status(422));
  const [ana, bob] = [await arrive("Ana"), await arrive("Bob")];
  const name = fresh("Quiet corner");
  await ana.goto("/rooms");
  await ana.sidebar.newRoom.click();
  const form = new NewRoomPage(ana.page);
  await form.name.fill(name);
  await form.password.fill("open sesame");
  await form.submit.click();
  await expect(ana.room.heading).toContainText(name);
  await ana.room.composer.fill("Who is there?");
  await ana.room.sendButton.click();
  await expect(ana.room.message("Who is there?")).toBeVisible();

  await bob.goto("/rooms");
  await bob.directory.find(name);
  await bob.directory.channel(name).getByRole("link").first().click();
  const password = bob.page.getByLabel("Room password", { exact: true });
  await password.fill("open barley");
  await bob.room.joinButton.click();
  await expect(password).toHaveAccessibleDescription(/not the room's password/);
  await password.fill("open sesame");
  await bob.room.joinButton.click();
  await expect(bob.room.message("Who is there?")).toBeVisible();
  await bob.room.composer.fill("Only me");
  await bob.room.sendButton.click();
  await ana.reload();
  await expect(ana.room.message("Only me")).toHaveCount(1);

  await bob.room.leave();
  await expect(bob.page).toHaveURL(/\/rooms$/);
});

test("one pages back through the history and forth again", async ({ arrive }) => {
  const ana = await arrive();
  await ana.goto(await ana.createRoom({ name: fresh("History") }));
  await ana.post(Array.from({ length: 60 }, (_, i) => `line ${i + 1}.`));
  await ana.reload();
  await expect(ana.room.message("line 60.")).toBeInViewport();
  await expect(ana.room.message("line 1.")).toHaveCount(0);
  await ana.room.olderMessages.click();
  await expect(ana.room.message("line 1.")).toHaveCount(1);
  await ana.page.getByRole("link", { name: /latest/i }).click();
  await expect(ana.room.message("line 60.")).toHaveCount(1);
});

test("a refused message is kept in the composer", async ({ arrive, quiet }) => {
  quiet.allow(status(422));
  const ana = await arrive();
  await ana.goto(await ana.createRoom({ name: fresh("Refused") }));
  const long = `</textarea><b>${"x".repeat(5_000)}`;
  await ana.room.composer.fill(long);
  await ana.room.sendButton.click();
  await expect(ana.room.composer).toHaveValue(long);
  await expect(ana.room.composer).toHaveAccessibleDescription(/5[,.]?000/);
});

test("people are found by the form, and a direct room begins with its first message", async ({ arrive }) => {
  const [caio, dora] = [await arrive("Caio Neves"), await arrive("Dora Lima")];
  await caio.goto("/");
  await caio.sidebar.findPeople.fill(dora.account.username);
  await caio.sidebar.findPeople.press("Enter");
  await caio.page.getByRole("main").getByRole("link").filter({ hasText: dora.name }).click();
  await caio.room.composer.fill("by hand");
  await caio.room.sendButton.click();
  await expect(caio.room.message("by hand")).toHaveCount(1);
});

test("a page without a session leads to the sign-in and back", async ({ page, arrive }) => {
  const { account: ana } = await arrive();
  await page.goto("/rooms/general");
  await expect(page).toHaveURL(/\/login\?redirect=/);
  await new SignInPage(page).signIn(ana.username, ana.password);
  await expect(page).toHaveURL(/\/rooms\/general$/);
  await expect(new RoomPage(page).composer).toBeVisible();
});
