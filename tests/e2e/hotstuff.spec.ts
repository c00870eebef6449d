/** HotStuff between real tabs: each of its forms commits under load, and goes on without a tab that was closed. */
import { expect, test } from './fixtures.ts';
import { at, expectDone, lever, openLobby, patienceMs, press, send } from './room.ts';
import { loadFromAll, startEpoch, stored, waitCommitted, without, write } from './room.ts';
import type { Room } from './room.ts';
import { expectSameLogs, expectStanding, nodes, view } from './screen.ts';
import { conductOf } from './conduct.ts';
import type { BrowserContext } from '@playwright/test';

type Form = 'hotstuff' | 'jolteon' | 'basichotstuff';

async function openHotStuffRoom(context: BrowserContext, form: Form = 'hotstuff'): Promise<Room> {
  const room = await openLobby(context, 4, { protocol: form });
  await startEpoch(room);
  return room;
}

for (const form of ['hotstuff', 'jolteon', 'basichotstuff'] as const) {
  test(`[C6] four tabs commit by ${form} under load from all of them`, async ({ context }) => {
    const { tabs } = await openHotStuffRoom(context, form);
    await loadFromAll(tabs);
    await write(at(tabs, 3).page, 'after', 'the load');
    await waitCommitted(tabs, 'after', 'the load');
    await expectSameLogs(tabs.map(({ page }) => page));
    for (const { page } of tabs) expect((await conductOf(page)).convictions).toEqual([]);
  });
}

test('[A.4.5] four tabs commit with certificates that are BLS aggregates', async ({ context }) => {
  const room = await openLobby(context, 4, { protocol: 'hotstuff', profile: 'fast' });
  const [ana, ben] = [at(room.tabs, 0), at(room.tabs, 1)];
  await press(ana.page.getByRole('checkbox', { name: /^Certificates as BLS aggregates/ }));
  await expect(ben.page.getByText('Certificates as BLS aggregates.')).toBeVisible({
    timeout: patienceMs,
  });
  await startEpoch(room);
  for (const n of [1, 2]) await write(at(room.tabs, n).page, `n${n}`, 'signed together');
  await waitCommitted(room.tabs, 'n2', 'signed together');
  await press(ben.page.getByText('Certificates: aggregates of 3 shares'));
  const form = (name: string) => ben.page.getByRole('row', { name: new RegExp(`^${name}`) });
  await expect(form('List')).toHaveText(/3 by Ed25519\s*193\s*[\d.]+ ms/, { timeout: patienceMs });
  await expect(form('Aggregate, here')).toHaveText(/of 3 shares\s*49\s*[\d.]+ ms/);
  await expect(ben.page.getByText('could name nobody')).toBeVisible();
  for (const { page } of room.tabs) expect((await conductOf(page)).convictions).toEqual([]);
});

test('[CI10] a tab is closed: its views are given up, and the others commit', async ({
  context,
}) => {
  const { tabs } = await openHotStuffRoom(context);
  await write(at(tabs, 1).page, 'before', 'it went');
  const gone = at(tabs, 2);
  await gone.page.close();
  const rest = without(tabs, gone);
  for (const n of [1, 2, 3]) await write(at(rest, n % 3).page, `n${n}`, 'without it');
  await waitCommitted(rest, 'n3', 'without it');
  const seen = (await view(at(rest, 0).page)).events.map(({ text }) => text);
  expect(seen.some((text) => /gives up view \d+, which Cleo leads/.test(text))).toBe(true);
});

test('[CS26] six messages for each block of four replicas, on every screen, and what PBFT takes beside it', async ({
  context,
}) => {
  const { tabs } = await openHotStuffRoom(context);
  for (let i = 0; i < 12; i++) {
    await write(at(tabs, i % 4).page, `key${i}`, `${i}`);
    await waitCommitted(tabs, `key${i}`, `${i}`);
  }
  for (const { page } of tabs) {
    await page.bringToFront();
    await page.keyboard.press('m');
    const sheet = page.getByRole('dialog', { name: 'Measured in this room' });
    // By itself a command takes a block, and three empty ones that commit it.
    await expect(sheet).toContainText('Measured: 6.0 messages for each of the last 48 blocks', {
      timeout: patienceMs,
    });
    await expect(sheet).toContainText(/Just what theory says of a block .*: 2\(n\s−\s1\)\s=\s6\./);
    const apart = (title: string) => sheet.locator('dl div', { hasText: title }).locator('dd');
    await expect(apart('PBFT')).toHaveText('2n(n − 1) = 24');
    await expect(apart('Basic HotStuff')).toHaveText('8(n − 1) = 24');
    await expect(apart('sent again')).toHaveText('0');
    await expect(apart('timeouts')).toHaveText('0');
    await page.keyboard.press('Escape');
  }
});

test('[C28] on a phone: a form and a rotation are chosen, and choices that exclude each other are not both on', async ({
  context,
}) => {
  const room = await openLobby(context, 4, { protocol: 'jolteon', profile: 'fast' });
  const [ana, ben] = [at(room.tabs, 0), at(room.tabs, 1)];
  await ana.page.setViewportSize({ width: 390, height: 740 });
  const box = (name: RegExp) => ana.page.getByRole('checkbox', { name });
  await press(box(/^Leaders by reputation/));
  await press(box(/^Steady leaders/));
  await expect(box(/^Leaders by reputation/)).not.toBeChecked();
  const wide = () => ana.page.evaluate(() => document.documentElement.scrollWidth);
  expect(await wide()).toBeLessThanOrEqual(390);
  await expect(ben.page.getByText('Steady leaders.')).toBeVisible({ timeout: patienceMs });
  await expect(ben.page.getByText('Leaders by reputation.', { exact: true })).toHaveCount(0);
  await startEpoch(room);
  await expect(ben.page.getByText(/Epoch 1, Jolteon/)).toBeVisible();
  const rest = without(room.tabs, ana);
  for (const n of [1, 2, 3]) await write(at(room.tabs, n).page, `n${n}`, 'committed');
  await waitCommitted(rest, 'n3', 'committed');
  const proposers = await ben.page.evaluate(() => {
    const { seats = [] } = globalThis.synod.screen?.view ?? {};
    const { blocks = [] } = seats.find(({ mine }) => mine)?.summary?.tree ?? {};
    return blocks.map(({ view, proposer }) => [Math.floor(view / 4) % 4, proposer]);
  });
  expect(proposers.length).toBeGreaterThan(4);
  for (const [expected, proposer] of proposers) expect(proposer).toBe(expected);
});

test('alone: four replicas of HotStuff in one tab; one crashes, the others commit, and it catches up', async ({
  page,
}) => {
  test.setTimeout(90_000);
  await page.goto('/');
  await page.getByRole('radio', { name: 'HotStuff' }).check();
  await press(page.getByRole('button', { name: 'Try alone' }));
  await expect(stored(page, 'hello')).toHaveText('world', { timeout: patienceMs });
  expect(await nodes(page)).toHaveLength(4);
  const choose = (name: string) => press(page.getByRole('radio', { name, exact: true }));
  await choose('Ben');
  await press(lever(page, 'Crash'));
  await expectStanding(page, 'Ben', /^crashed/);
  await choose('Ana');
  await send(page, 'put three = enough');
  await expectDone(page, 'put three = enough');
  await choose('Ben');
  await press(lever(page, 'Restart from its disk'));
  await expect(stored(page, 'three')).toHaveText('enough', { timeout: patienceMs });
});
