/** The built page from a plain web host, under a path of it, and a PeerServer elsewhere: rooms without a server of ours. */
import type { Page } from '@playwright/test';
import { expect, ServerProcess, test } from './fixtures.ts';
import { at, expectEpoch, expectLinked, giveName, patienceMs, press, startEpoch } from './room.ts';
import { waitCommitted, waitForLeader, write, type Tab } from './room.ts';
import { hostBuild } from './static-host.ts';

const member = (page: Page) => page.evaluate(() => globalThis.synod.screen?.session.id);

test('a room of Raft meets through a PeerServer, and outlives the tab that kept its door', async ({
  context,
  complaints,
}) => {
  // A plain host does not know how others reach it.
  complaints.expect(/404.*\/addresses/);
  const host = await hostBuild('/some/sub/path/');
  const peers = await ServerProcess.start({ PEERJS: '1', ORIGINS: host.origin });
  const pages = [await context.newPage(), await context.newPage(), await context.newPage()];
  const tabs = ['Ana', 'Ben', 'Cleo'].map((name, i): Tab => ({ name, page: at(pages, i) }));
  const [ana, ben, cleo] = [at(tabs, 0), at(tabs, 1), at(tabs, 2)];

  await ana.page.goto(`${host.url}/`);
  await expect(ana.page.getByText('No Synod server answers here')).toBeVisible();
  await ana.page.getByLabel('PeerServer').fill(`${peers.url}/peerjs`);
  await ana.page.getByLabel('STUN').fill('');
  const start = ana.page.locator('form', { has: ana.page.getByRole('button', { name: 'Start' }) });
  await start.getByLabel('Your name').fill(ana.name);
  await press(start.getByRole('button'));
  await expect(ana.page).toHaveURL(/#\/r\/[0-9A-Z]{6}\?peers=/, { timeout: patienceMs });
  for (const { page, name } of [ben, cleo]) {
    await page.goto(ana.page.url());
    await giveName(page, name);
  }
  for (const { page } of tabs) await expectLinked(page, 3);
  await startEpoch({ tabs });
  await waitForLeader(tabs);
  await write(ben.page, 'by', 'PeerJS');
  await waitCommitted(tabs, 'by', 'PeerJS');

  // It opened the room, so it keeps the door; and its place is its own when it comes back.
  const id = await member(ana.page);
  const places: string[] = [];
  ana.page.on('websocket', (socket) => {
    places.push(new URL(socket.url()).searchParams.get('id') ?? '');
  });
  await ana.page.reload();
  await expectEpoch(ana.page, 1);
  expect(await member(ana.page)).toBe(id);
  await expect(ana.page.getByText('door open')).toBeVisible({ timeout: patienceMs });
  await waitForLeader(tabs);
  await write(ana.page, 'after', 'the reload');
  await waitCommitted(tabs, 'after', 'the reload');
  expect(places[0]).toMatch(/^synod-[0-9A-Z]{6}-1$/);

  const late = await context.newPage();
  await late.goto(ben.page.url());
  await giveName(late, 'Dan');
  await expect(late.getByText('You watch.')).toBeVisible({ timeout: patienceMs });
  host.close();
  await peers.kill();
});
