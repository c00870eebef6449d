/** What the specs share: a server of one's own, and pages whose consoles must stay clean. */
import { test as base, expect, type BrowserContext, type Page } from '@playwright/test';
import { ServerProcess } from '../setup/server-process.ts';

export { expect } from '@playwright/test';
export { ServerProcess } from '../setup/server-process.ts';

/** What went wrong in `page` so far: console errors and uncaught exceptions. Call it before `goto`. */
export function collectErrors(page: Page): string[] {
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  return errors;
}

/** Console errors and uncaught exceptions of every page of the contexts it watches, popups too. */
export class Complaints {
  readonly #heard: string[] = [];
  readonly #expected: RegExp[] = [];

  watch(context: BrowserContext): void {
    context.on('console', (message) => {
      const { url } = message.location();
      if (message.type() === 'error') this.#heard.push(`${message.text()} (${url})`);
    });
    context.on('weberror', (error) => this.#heard.push(String(error.error())));
  }

  /** A complaint of the browser itself about what the test does on purpose, such as a server that is gone. */
  expect(pattern: RegExp): void {
    this.#expected.push(pattern);
  }

  get unexpected(): readonly string[] {
    return this.#heard.filter((text) => !this.#expected.some((pattern) => pattern.test(text)));
  }
}

interface Fixtures {
  /** A server of this test's own, on a free port; the test may kill and restart it. */
  readonly server: ServerProcess;
  /** Fails the test for every error that a page of it reports. */
  readonly complaints: Complaints;
}

export const test = base.extend<Fixtures>({
  // Five pages that draw animations in software leave two cores no time for what is tested.
  contextOptions: { reducedMotion: 'reduce' },
  // Playwright reads the first parameter's pattern, even where nothing is needed.
  // eslint-disable-next-line no-empty-pattern
  server: async ({}, use) => {
    const server = await ServerProcess.start();
    await use(server);
    await server.kill();
  },
  complaints: [
    async ({ context }, use, testInfo) => {
      // Five tabs on two cores that others use too: slow is no failure, wrong is.
      testInfo.setTimeout(120_000);
      const complaints = new Complaints();
      complaints.watch(context);
      await use(complaints);
      expect(complaints.unexpected).toEqual([]);
    },
    { auto: true },
  ],
});
