/** Firefox and Chromium in one room: other timers, another WebRTC, other verifiers, the same bytes. */
import { existsSync } from 'node:fs';
import puppeteer, { type Browser, type Page as FirefoxPage } from 'puppeteer-core';
import { expect, test as base } from './fixtures.ts';
import { at, expectLinked, openLobby, patienceMs, startEpoch, waitCommitted } from './room.ts';
import { write } from './room.ts';

const path = [process.env['FIREFOX_PATH'] ?? '', '/usr/bin/firefox-esr', '/usr/bin/firefox'].find(
  (candidate) => candidate !== '' && existsSync(candidate),
);

/** A page of a Firefox that is driven over WebDriver BiDi. */
const test = base.extend<{ readonly firefox: FirefoxPage; readonly firefoxErrors: string[] }>({
  // eslint-disable-next-line no-empty-pattern
  firefoxErrors: async ({}, use) => use([]),
  firefox: async ({ firefoxErrors }, use) => {
    base.skip(path === undefined, 'needs Firefox (FIREFOX_PATH, firefox-esr or firefox)');
    if (path === undefined) return;
    const browser: Browser = await puppeteer.launch({ browser: 'firefox', executablePath: path });
    const page = await browser.newPage();
    page.on('pageerror', (error) => firefoxErrors.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') firefoxErrors.push(message.text());
    });
    await use(page);
    await browser.close();
  },
});

/** What the page of `globalThis.synod` offers to whoever joins. */
interface Joining {
  readonly synod: { join(code: string, name: string): Promise<void> };
}

test('three tabs of Chromium and one of Firefox run PBFT, and each verifies what the others sign', async ({
  context,
  server,
  firefox,
  firefoxErrors,
}) => {
  const room = await openLobby(context, 3, { protocol: 'pbft', url: server.url });
  await firefox.goto(`${server.url}/#/r/${room.code}`);
  await firefox.waitForFunction(() => 'synod' in globalThis);
  await firefox.evaluate(
    (code) => (globalThis as unknown as Joining).synod.join(code, 'Fox'),
    room.code,
  );
  for (const { page } of room.tabs) await expectLinked(page, 4);
  await startEpoch(room);
  const shows = async (text: string): Promise<void> => {
    const script = `document.body.innerText.includes(${JSON.stringify(text)})`;
    await firefox.waitForFunction(script, { timeout: patienceMs });
  };
  await shows('Epoch 1, PBFT');

  await firefox.keyboard.press('c');
  await firefox.keyboard.type('put from = firefox');
  await firefox.keyboard.press('Enter');
  await waitCommitted(room.tabs, 'from', 'firefox');
  await write(at(room.tabs, 0).page, 'answer', 'from chromium');
  await shows('from chromium');

  // Three of four are a quorum: one of Chromium is gone, so nothing is decided without Firefox.
  await at(room.tabs, 2).page.close();
  await write(at(room.tabs, 1).page, 'needs', 'the fox');
  await waitCommitted(room.tabs.slice(0, 2), 'needs', 'the fox');
  await shows('the fox');
  expect(firefoxErrors).toEqual([]);
});
