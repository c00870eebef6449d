/** A seat is a key, a name and a disk: one tab holds it, a reload returns to it, a wiped disk gives it up. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { at, expectEpoch, giveName, lever, openLink, openRoom, patienceMs, press } from './room.ts';
import { waitCommitted, waitForLeader, without, write, type Room } from './room.ts';
import { eventTexts, expectSameLogs, expectStanding, leader, memberId, view } from './screen.ts';

/** What "Duplicate tab" does: a new tab with the address and a copy of the sessionStorage. */
async function duplicate(context: BrowserContext, page: Page): Promise<Page> {
  const opened = context.waitForEvent('page');
  await page.evaluate(() => void window.open(location.href));
  return opened;
}

async function openNew(context: BrowserContext, room: Room): Promise<Page> {
  const page = await context.newPage();
  await openLink(page, room);
  return page;
}

const choice = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const heading = (page: Page) => page.getByRole('heading', { level: 1 });

test('a duplicated tab is caught, and takes a seat of its own', async ({ context }) => {
  const room = await openRoom(context, 3);
  const ben = at(room.tabs, 1);
  const copy = await duplicate(context, ben.page);
  await expect(heading(copy)).toHaveText('This replica already runs in another tab');
  await press(choice(copy, 'A seat of its own'));
  await giveName(copy, 'Zoe');
  await expect(copy.getByText('You watch.')).toBeVisible({ timeout: patienceMs });
  expect(await memberId(copy)).not.toBe(await memberId(ben.page));
  await write(copy, 'zoe', 'is here');
  await waitCommitted(room.tabs, 'zoe', 'is here');
  await copy.reload();
  await expect(copy.getByText('You watch.')).toBeVisible({ timeout: patienceMs });
});

test('a duplicated tab can have the replica: the other tab stops', async ({ context }) => {
  const room = await openRoom(context, 3);
  const ben = at(room.tabs, 1);
  await write(ben.page, 'moved', 'with its log');
  await expectSameLogs(room.tabs.map(({ page }) => page));
  const id = await memberId(ben.page);
  const copy = await duplicate(context, ben.page);
  await press(choice(copy, 'Move the replica here'));
  await expect(ben.page.getByText('This replica moved to another tab')).toBeVisible();
  await expectEpoch(copy, 1);
  expect(await memberId(copy)).toBe(id);
  const moved = [...without(room.tabs, ben), { name: ben.name, page: copy }];
  await waitForLeader(moved);
  await waitCommitted(moved, 'moved', 'with its log');
  await write(copy, 'after', 'the move');
  await expectSameLogs(moved.map(({ page }) => page));
});

test('scanning the link again offers the seats that nobody holds', async ({ context }) => {
  const room = await openRoom(context, 3);
  const [ana, ben, cleo] = [at(room.tabs, 0), at(room.tabs, 1), at(room.tabs, 2)];
  await write(ana.page, 'kept', 'for Ben');
  const id = await memberId(ben.page);
  await ben.page.close();
  await expectStanding(ana.page, 'Ben', /^stale/);
  const page = await openNew(context, room);
  await expect(heading(page)).toHaveText('You were here before');
  await expect(page.getByRole('button', { name: /^Come back as/ })).toHaveCount(1);
  await press(choice(page, 'Come back as Ben'));
  await expectEpoch(page, 1);
  expect(await memberId(page)).toBe(id);
  const tabs = [ana, { name: 'Ben', page }, cleo];
  await waitForLeader(tabs);
  await waitCommitted(tabs, 'kept', 'for Ben');
  const next = await openNew(context, room);
  await expect(next.getByRole('button', { name: 'Join the room' })).toBeVisible();
});

test('a wiped replica comes back as a stranger, whom the next epoch admits', async ({
  context,
}) => {
  const room = await openRoom(context, 3);
  const [ana, cleo] = [at(room.tabs, 0), at(room.tabs, 2)];
  await write(ana.page, 'before', 'the wipe');
  const oldId = await memberId(cleo.page);
  await expect(lever(cleo.page, 'Wipe the disk and come back')).toBeDisabled();
  await press(lever(cleo.page, 'Crash'));
  await press(lever(cleo.page, 'Wipe the disk and come back'));
  await press(lever(cleo.page, 'Really lose the disk?'));
  await expect(cleo.page.getByText('Your disk was wiped')).toBeVisible({ timeout: patienceMs });
  const newId = await memberId(cleo.page);
  expect(newId).not.toBe(oldId);
  // The old seat stands empty, whatever the stranger does.
  const rest = without(room.tabs, cleo);
  for (const { page } of rest) await expectStanding(page, 'Cleo', /^(stale|crashed)/);
  await write(cleo.page, 'from', 'a stranger');
  await waitCommitted(rest, 'from', 'a stranger');
  await press(lever(ana.page, 'New epoch'));
  await press(ana.page.getByRole('button', { name: 'Start epoch 2' }));
  for (const { page } of room.tabs) await expectEpoch(page, 2);
  await waitForLeader(room.tabs);
  await waitCommitted(room.tabs, 'before', 'the wipe');
  const ids = (await view(ana.page)).seats.map(({ id }) => id as string);
  expect(ids).toContain(newId);
  expect(ids).not.toContain(oldId);
  const told = await eventTexts(ana.page);
  const line = (part: string) => told.findIndex((text) => text.includes(part));
  const meanwhile = told.slice(line('crashed'), line('Epoch 2 begins'));
  expect(meanwhile.filter((text) => /^Cleo votes for .* in term/.test(text))).toEqual([]);
});

test('a browser that was closed finds its seats and logs again', async ({
  complaints,
  playwright,
  launchOptions,
  baseURL,
}) => {
  const folder = mkdtempSync(join(tmpdir(), 'synod-profile-'));
  const open = async () => {
    const options = { ...launchOptions, reducedMotion: 'reduce' } as const;
    const context = await playwright.chromium.launchPersistentContext(folder, options);
    complaints.watch(context);
    return context;
  };
  const before = await open();
  const room = await openRoom(before, 3, { url: baseURL ?? '' });
  await write(at(room.tabs, 0).page, 'outlives', 'the browser');
  const log = await expectSameLogs(room.tabs.map(({ page }) => page));
  const ids = await Promise.all(room.tabs.map(({ page }) => memberId(page)));
  await before.close();

  const after = await open();
  const tabs = [];
  for (const { name } of room.tabs) {
    const page = await openNew(after, room);
    await press(choice(page, `Come back as ${name}`));
    await expectEpoch(page, 1);
    tabs.push({ name, page });
  }
  expect(await Promise.all(tabs.map(({ page }) => memberId(page)))).toEqual(ids);
  await waitForLeader(tabs);
  await waitCommitted(tabs, 'outlives', 'the browser');
  const now = await expectSameLogs(tabs.map(({ page }) => page));
  expect(now.slice(0, log.length)).toEqual(log);
  expect((await leader(at(tabs, 0).page))?.term).toBeGreaterThan(1);
  await after.close();
  rmSync(folder, { recursive: true, force: true });
});
