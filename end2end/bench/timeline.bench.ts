// What a message, a keystroke, a wheel's turn and a switch of rooms cost the tab, in a short and in a long timeline, for somebody in
// few rooms and in many.
import { test } from "@playwright/test";
import { Papo } from "../support/papo";
import { account, hydrated, Person } from "../support/person";
import { Feed } from "./feed";
import { Meter, report } from "./meter";

const ROOMS = [1, 200];

let papo: Papo;

test.beforeAll(async () => {
  papo = await Papo.start();
});

test.afterAll(async () => {
  await papo.close();
});

for (const rooms of ROOMS) {
  test(`a tab in ${rooms} rooms`, async ({ browser }) => {
    const reader = await Person.arrive(browser, papo.url, account("Reader"), true);
    const names = await make(reader, rooms);
    const [path = "/rooms/general"] = names;
    const feed = await Feed.into(browser, papo.url, path);
    await reader.goto(path);
    const meter = await Meter.of(reader.page);

    await feed.say(50);
    await feed.seen(reader.page);
    report(rooms, "message 50", await meter.each(50, () => feed.sayOne(), (text) => feed.sees(reader.page, text)));
    report(rooms, "keystroke, 100 messages", await meter.keys(reader.page, 40));
    const burst = await meter.burst(async () => {
      await feed.say(2_900);
      await feed.seen(reader.page);
    });
    report(rooms, "3,000 messages", burst);
    report(rooms, "message 3,000", await meter.each(50, () => feed.sayOne(), (text) => feed.sees(reader.page, text)));
    report(rooms, "keystroke, 3,000 messages", await meter.keys(reader.page, 40));
    await feed.say(7_000);
    await feed.seen(reader.page);
    report(rooms, "keystroke, 10,000 messages", await meter.keys(reader.page, 40));
    report(rooms, "wheel up", await meter.wheel(reader.page, 300));
    report(rooms, "page", await meter.size(reader.page));
    const [, other] = names;
    if (other !== undefined) {
      report(rooms, "switch of rooms", await meter.switches(reader.page, [path, other], 10));
    }
    await reader.page.reload();
    await hydrated(reader.page);
    report(rooms, "page after a reload", await meter.size(reader.page));
    await reader.context.close();
    await feed.end();
  });
}

async function make(reader: Person, count: number): Promise<string[]> {
  const paths: string[] = [];
  for (let made = 0; made < count; made += 1) {
    paths.push(await reader.createRoom({ name: `bench ${count} ${made}` }));
  }
  return paths;
}
