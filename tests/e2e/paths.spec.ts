/** Two devices on the Wi-Fi of a conference: no multicast between them, and perhaps nothing at all. */
import type { Browser, BrowserContext } from '@playwright/test';
import { expect, ServerProcess, test as base } from './fixtures.ts';
import { createNetwork, settled, type Network } from '../setup/network.ts';
import { noTurn, startTurn } from '../setup/turn.ts';
import { expectLinked, joinRoom, press, startEpoch, startRoom, waitCommitted } from './room.ts';
import { patienceMs, waitForLeader, write, type Room, type Tab } from './room.ts';
import { events } from './screen.ts';

interface WiFi {
  readonly network: Network;
  /** One on each device. */
  readonly contexts: readonly BrowserContext[];
  readonly url: string;
}

const test = base.extend<{ readonly wifi: WiFi }>({
  wifi: async ({ playwright, launchOptions, server, complaints }, use) => {
    const made = createNetwork(2);
    const why = typeof made === 'string' ? made : '';
    base.skip(why !== '', `needs root and the ip command for network namespaces: ${why}`);
    if (typeof made === 'string') return;
    const executable = launchOptions.executablePath ?? playwright.chromium.executablePath();
    const browsers: Browser[] = [];
    const contexts: BrowserContext[] = [];
    for (const machine of made.machines) {
      const executablePath = machine.wrap(executable);
      const browser = await playwright.chromium.launch({ ...launchOptions, executablePath });
      browsers.push(browser);
      const context = await browser.newContext({ reducedMotion: 'reduce' });
      complaints.watch(context);
      contexts.push(context);
    }
    await settled();
    await use({ network: made, contexts, url: `http://${made.hostAddress}:${server.port}` });
    for (const browser of browsers) await browser.close();
    made.remove();
  },
});

/** A running room of a tab on each device, linked by the path that `words` say. */
async function meet({ contexts, url }: WiFi, words: RegExp): Promise<readonly Tab[]> {
  const pages = await Promise.all(contexts.map((context) => context.newPage()));
  const tabs = pages.map((page, i) => ({ name: i === 0 ? 'Ana' : 'Ben', page }));
  const [ana, ben] = tabs as [Tab, Tab];
  const room: Room = { code: await startRoom(ana.page, 'Ana', url), url, profile: 'wifi', tabs };
  await joinRoom(ben.page, room, 'Ben');
  for (const { page } of tabs) {
    await expectLinked(page, 2);
    const link = page.getByRole('listitem').filter({ hasText: words });
    // It may have to move there from a worse way, or to learn what kind of address the other end has.
    await expect(link).toBeVisible({ timeout: 60_000 });
  }
  await startEpoch(room);
  await waitForLeader(tabs);
  await write(ben.page, 'from', 'Ben');
  await waitCommitted(tabs, 'from', 'Ben');
  return tabs;
}

test('where no multicast passes two devices meet by the address that our STUN tells', async ({
  wifi,
}) => {
  const words = /connected directly, by an address that STUN told/;
  const [ana] = (await meet(wifi, words)) as [Tab];
  await press(ana.page.getByRole('button', { name: 'Health' }));
  await expect(ana.page.getByRole('dialog').getByText(words)).toBeVisible();
});

test('where nothing passes the server relays, until something does: then the link moves', async ({
  wifi,
}) => {
  wifi.network.isolate(true);
  const tabs = await meet(wifi, /connected through the server, since no network connects/);
  const [ana, ben] = tabs as [Tab, Tab];
  wifi.network.isolate(false);
  await expect(events(ana.page)).toContainText('Linked with Ben directly', { timeout: 60_000 });
  await expect(events(ben.page)).toContainText('Linked with Ana directly', { timeout: patienceMs });
  for (const { page } of tabs) await expect(events(page)).not.toContainText('is gone');
  await write(ana.page, 'after', 'the move');
  await waitCommitted(tabs, 'after', 'the move');
});

test('where nothing passes, but both reach the TURN server of ICE_SERVERS, the link says so', async ({
  wifi,
}) => {
  test.skip(noTurn !== '', noTurn);
  wifi.network.isolate(true);
  const turn = await startTurn(wifi.network.hostAddress);
  const server = await ServerProcess.start({ ICE_SERVERS: turn.iceServers });
  try {
    const url = `http://${wifi.network.hostAddress}:${server.port}`;
    await meet({ ...wifi, url }, /connected through a TURN server/);
  } finally {
    for (const context of wifi.contexts) await context.close();
    await server.kill();
    await turn.stop();
  }
});
