/** Over `http://` and a LAN address, where the page is no secure context: no WebCrypto, no Web Locks, no clipboard. */
import type { BrowserContext } from '@playwright/test';
import { expect, test as base } from './fixtures.ts';
import { createNetwork, settled } from '../setup/network.ts';
import { at, giveName, lever, openRoom, press, waitCommitted, waitForLeader } from './room.ts';
import { without, write } from './room.ts';
import { events, expectSameLogs, expectStanding, memberId } from './screen.ts';

interface Lan {
  readonly context: BrowserContext;
  /** Of the server, as the other machine reaches it. */
  readonly url: string;
}

const test = base.extend<{ readonly lan: Lan }>({
  lan: async ({ playwright, launchOptions, server, complaints }, use) => {
    const made = createNetwork(1);
    const why = typeof made === 'string' ? made : '';
    base.skip(why !== '', `needs root and the ip command for a network namespace: ${why}`);
    if (typeof made === 'string') return;
    const executable = launchOptions.executablePath ?? playwright.chromium.executablePath();
    const executablePath = made.machines[0]?.wrap(executable) ?? executable;
    const browser = await playwright.chromium.launch({ ...launchOptions, executablePath });
    const context = await browser.newContext({ reducedMotion: 'reduce' });
    complaints.watch(context);
    await settled();
    await use({ context, url: `http://${made.hostAddress}:${server.port}` });
    await browser.close();
    made.remove();
  },
});

test('a room works on plain http and a LAN address', async ({ lan: { context, url } }) => {
  const room = await openRoom(context, 5, { url });
  const { tabs } = room;
  for (const { page } of tabs) expect(await page.evaluate(() => isSecureContext)).toBe(false);
  for (const { name, page } of tabs) await write(page, name, 'over http');
  for (const { name } of tabs) await waitCommitted(tabs, name, 'over http');

  const old = await waitForLeader(tabs);
  await press(lever(old.page, 'Crash'));
  const rest = without(tabs, old);
  await waitForLeader(rest);
  for (const { page } of rest) await expectStanding(page, old.name, /^crashed/);
  await write(at(rest, 0).page, 'after', 'the crash');
  await press(lever(old.page, 'Restart from its disk'));
  await waitCommitted(tabs, 'after', 'the crash');

  const tab = at(rest, 1);
  const id = await memberId(tab.page);
  await tab.page.reload();
  await expect(events(tab.page)).toContainText(`${tab.name} is back with term`, {
    timeout: 20_000,
  });
  expect(await memberId(tab.page)).toBe(id);
  await waitForLeader(tabs);
  await waitCommitted(tabs, 'after', 'the crash');
  await expectSameLogs(tabs.map(({ page }) => page));
});

test('a duplicated tab is caught without Web Locks', async ({ lan: { context, url } }) => {
  const room = await openRoom(context, 2, { url });
  const ben = at(room.tabs, 1);
  expect(await ben.page.evaluate(() => 'locks' in navigator)).toBe(false);
  const opened = context.waitForEvent('page');
  await ben.page.evaluate(() => void window.open(location.href));
  const copy = await opened;
  await expect(copy.getByRole('heading', { level: 1 })).toHaveText(
    'This replica already runs in another tab',
  );
  await press(copy.getByRole('button', { name: 'A seat of its own' }));
  await giveName(copy, 'Zoe');
  await expect(copy.getByText('You watch.')).toBeVisible({ timeout: 20_000 });
  await write(ben.page, 'still', 'Ben');
  await waitCommitted(room.tabs, 'still', 'Ben');
});
