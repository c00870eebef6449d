/** What the specs share: a server of one's own, and a page whose console must stay clean. */
import { test as base, type Page } from '@playwright/test';
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

interface Fixtures {
  /** A server of this test's own, on a free port; the test may kill and restart it. */
  readonly server: ServerProcess;
}

export const test = base.extend<Fixtures>({
  // Playwright reads the first parameter's pattern, even where nothing is needed.
  // eslint-disable-next-line no-empty-pattern
  server: async ({}, use) => {
    const server = await ServerProcess.start();
    await use(server);
    await server.kill();
  },
});
