/** What goes wrong is said in a sentence that says what to do. */
import type { Page } from '@playwright/test';
import { doorLimits } from '#signaling/messages.ts';
import { identity } from '../signaling/identity.ts';
import { codeIn, Tab } from '../signaling/live.ts';
import { expect, test } from './fixtures.ts';
import { at, expectLinked, giveName, joinRoom, openLobby, openRoom, patienceMs } from './room.ts';
import { press, startEpoch, waitCommitted, waitForLeader, without, write } from './room.ts';
import { expectStanding, memberId } from './screen.ts';

const heading = (page: Page) => page.getByRole('heading', { level: 1 });

test('an unknown room code', async ({ page }) => {
  await joinRoom(page, { code: 'ZZZZZZ', url: '' }, 'Ana');
  await expect(heading(page)).toHaveText('There is no room with this code');
  await press(page.getByRole('button', { name: 'Back to the start' }));
  await expect(page.getByRole('button', { name: 'Start a room' })).toBeVisible();
});

test('a code that cannot be one', async ({ page }) => {
  await page.goto('/');
  await page.getByLabel('Code').fill('O0I1');
  const join = page.locator('form', { has: page.getByLabel('Code') });
  await join.getByLabel('Your name').fill('Ana');
  await press(join.getByRole('button'));
  await expect(page.getByRole('alert')).toContainText('A room code has six letters and digits');
});

test('a name that somebody has already', async ({ context }) => {
  const room = await openLobby(context, 2);
  const page = await context.newPage();
  await joinRoom(page, room, 'Ben');
  await expect(heading(page)).toHaveText('Somebody in this room has this name');
  await press(page.getByRole('button', { name: 'Choose another name' }));
  await giveName(page, 'Benedict');
  await expect(page.getByRole('heading', { name: '3 here' })).toBeVisible({ timeout: patienceMs });
});

test('a room that is full', async ({ page, baseURL }) => {
  const door = `${(baseURL ?? '').replace('http', 'ws')}/signal`;
  const tabs = [await Tab.connect(door)];
  const code = codeIn(await at(tabs, 0).create(identity('Host')));
  for (let n = 1; n < doorLimits.membersPerRoomMax; n++) {
    const tab = await Tab.connect(door);
    tabs.push(tab);
    await tab.join(code, identity(`Guest ${n}`));
  }
  await joinRoom(page, { code, url: '' }, 'Late');
  await expect(heading(page)).toHaveText('This room is full');
  at(tabs, 1).send({ type: 'leave' });
  await press(page.getByRole('button', { name: 'Try again' }));
  await giveName(page, 'Late');
  await expect(page.getByRole('heading', { name: '64 here' })).toBeVisible();
  for (const { socket } of tabs) socket.terminate();
});

test('a browser without WebRTC takes its seat through the server', async ({
  context,
  browser,
  complaints,
}) => {
  const bare = await browser.newContext({ reducedMotion: 'reduce' });
  complaints.watch(bare);
  await bare.addInitScript(() => Reflect.deleteProperty(globalThis, 'RTCPeerConnection'));
  const room = await openLobby(context, 1);
  const ana = at(room.tabs, 0);
  const ben = { name: 'Ben', page: await bare.newPage() };
  await joinRoom(ben.page, room, 'Ben');
  const tabs = [ana, ben];
  for (const { page } of tabs) {
    await expectLinked(page, 2);
    await expect(page.getByText(/connected through the server/)).toBeVisible();
  }
  await startEpoch({ tabs });
  await write(ben.page, 'without', 'WebRTC');
  await waitCommitted(tabs, 'without', 'WebRTC');
  await bare.close();
});

/** Throws away what the browser keeps of a seat, as clearing site data does. */
const loseDisk = (page: Page, id: string): Promise<void> =>
  page.evaluate(
    (name) =>
      new Promise((resolve, reject) => {
        const asked = indexedDB.deleteDatabase(name);
        asked.onsuccess = () => resolve();
        asked.onerror = () => reject(asked.error ?? new Error('not deleted'));
      }),
    `synod-seat-${id}`,
  );

test('a disk that was lost while the tab was away', async ({ context }) => {
  const room = await openRoom(context, 3);
  const [ana, cleo] = [at(room.tabs, 0), at(room.tabs, 2)];
  const rest = without(room.tabs, cleo);
  const id = await memberId(cleo.page);
  await cleo.page.goto('about:blank');
  await loseDisk(ana.page, id);
  await cleo.page.goto(`/#/r/${room.code}`);
  await expect(heading(cleo.page)).toHaveText('The disk of your replica is gone');
  await press(cleo.page.getByRole('button', { name: 'Come back as a stranger' }));
  // Its old name stays on its old seat.
  await giveName(cleo.page, 'Cleo again');
  await expect(cleo.page.getByText('You watch.')).toBeVisible({ timeout: patienceMs });
  expect(await memberId(cleo.page)).not.toBe(id);
  for (const { page } of rest) await expectStanding(page, 'Cleo', /^stale/);
  await waitForLeader(rest);
  await write(cleo.page, 'from', 'a stranger');
  await waitCommitted(rest, 'from', 'a stranger');
});

test('a disk that is lost under a running replica', async ({ context }) => {
  const room = await openRoom(context, 3);
  const [ana, cleo] = [at(room.tabs, 0), at(room.tabs, 2)];
  const rest = without(room.tabs, cleo);
  await loseDisk(ana.page, await memberId(cleo.page));
  await expect(heading(cleo.page)).toHaveText('The disk of your replica is gone');
  await waitForLeader(rest);
  await write(ana.page, 'without', 'Cleo');
  await waitCommitted(rest, 'without', 'Cleo');
  await cleo.page.reload();
  await expect(heading(cleo.page)).toHaveText('The disk of your replica is gone');
});

test('“Forget me” deletes every key and log of this browser', async ({ context }) => {
  const room = await openRoom(context, 2);
  for (const { page } of room.tabs) await page.close();
  const page = await context.newPage();
  await page.goto('/');
  await expect(page.getByRole('button', { name: /^Come back/ })).toHaveCount(2);
  await press(page.getByRole('button', { name: 'Forget me' }));
  await press(page.getByRole('button', { name: 'Delete all keys and logs here?' }));
  await expect(page.getByText('This browser has forgotten you')).toBeVisible();
  await expect(page.getByRole('button', { name: /^Come back/ })).toHaveCount(0);
  expect(await page.evaluate(() => indexedDB.databases())).toEqual([]);
  await page.goto(`/#/r/${room.code}`);
  await expect(page.getByRole('button', { name: 'Join the room' })).toBeVisible();
});
