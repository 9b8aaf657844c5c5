// The suite's `test`: one server per worker, people who arrive on demand, and an ear for noise.
import { test as base, expect } from "@playwright/test";
import { Papo, type PapoOptions } from "./papo";
import { account, Person, type Account } from "./person";
import { Quiet } from "./quiet";

interface TestFixtures {
  /** Fails the test on unexpected noise. */
  quiet: Quiet;
  /** Lets a new registered person arrive, on this worker's server or on another. */
  arrive: (who?: string | Account, server?: Papo) => Promise<Person>;
  /** Starts a server for this test alone. */
  startPapo: (options?: PapoOptions) => Promise<Papo>;
}

interface WorkerFixtures {
  papo: Papo;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  papo: [
    async ({}, use) => {
      const papo = await Papo.start();
      await use(papo);
      await papo.close();
    },
    { scope: "worker" },
  ],

  baseURL: async ({ papo }, use) => use(papo.url),

  quiet: [
    async ({ context, papo }, use, info) => {
      const quiet = new Quiet();
      const said = papo.log.length;
      quiet.watch(context);
      await use(quiet);
      const log = papo.log.slice(said);
      if (info.status !== info.expectedStatus && log) await info.attach("server log", { body: log });
      expect(await quiet.unexpected(), "the browser was not quiet").toEqual([]);
      expect(log, "the server panicked").not.toContain("panicked");
    },
    { auto: true },
  ],

  // Named here so that people leave before their servers do.
  arrive: async ({ browser, papo, quiet, javaScriptEnabled, startPapo: _ }, use) => {
    const people: Person[] = [];
    await use(async (who, server = papo) => {
      const chosen = typeof who === "object" ? who : account(who);
      const person = await Person.arrive(browser, server.url, chosen, javaScriptEnabled !== false);
      quiet.watch(person.context);
      people.push(person);
      return person;
    });
    await Promise.all(people.map((person) => person.context.close()));
  },

  startPapo: async ({}, use) => {
    const servers: Papo[] = [];
    await use(async (options) => {
      const papo = await Papo.start(options);
      servers.push(papo);
      return papo;
    });
    await Promise.all(servers.map((papo) => papo.close()));
    for (const papo of servers) expect(papo.log, "the server panicked").not.toContain("panicked");
  },
});

export { expect };
