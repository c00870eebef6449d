/** What a room measures of itself: messages beside theory. */
import type { Locator, Page } from '@playwright/test';
import { openPbftRoom } from './conduct.ts';
import { expect, test } from './fixtures.ts';
import {
  at,
  commandLine,
  expectDone,
  lever,
  loadUntil,
  openRoom,
  patienceMs,
  press,
} from './room.ts';
import { send, waitCommitted, waitForLeader, without, write } from './room.ts';

async function openMeasured(page: Page) {
  await page.bringToFront();
  await page.keyboard.press('m');
  const sheet = page.getByRole('dialog', { name: 'Measured in this room' });
  await expect(sheet).toBeVisible();
  return sheet;
}

const cellsOf = (sheet: Locator) =>
  sheet
    .locator('tbody tr')
    .evaluateAll((rows) =>
      rows.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent?.trim())),
    );

test('[R20] messages per entry equal the formula by kind, on every screen', async ({ context }) => {
  const { tabs } = await openRoom(context, 3, { profile: 'fast' });
  const commands = 12;
  for (let i = 0; i < commands; i++) {
    await write(at(tabs, i % 3).page, `key${i}`, `${i}`);
    // By itself: the next comes when everybody has the news.
    await waitCommitted(tabs, `key${i}`, `${i}`);
  }
  for (const { page } of tabs) {
    const sheet = await openMeasured(page);
    // The no-op of each leader is an entry too.
    await expect(sheet).toContainText(
      /Measured: 8\.0 messages for each of the last 1[3-9] entries/,
      {
        timeout: patienceMs,
      },
    );
    await expect(sheet).toContainText('Just what theory says of an entry by itself: 4(n − 1) = 8.');
    expect(await cellsOf(sheet)).toEqual([
      ['2.0', '2', '2'],
      ['2.0', '2', '2'],
      ['2.0', '2', '–'],
      ['2.0', '2', '–'],
    ]);
    await expect(sheet.locator('dl div', { hasText: 'sent again' }).locator('dd')).toHaveText('0');
    await page.keyboard.press('Escape');
  }
});

test('[PS1] 24 messages for each slot of four replicas of PBFT, by kind, on every screen', async ({
  context,
}) => {
  const { tabs } = await openPbftRoom(context, 4);
  const commands = 20;
  for (let i = 0; i < commands; i++) {
    await write(at(tabs, i % 4).page, `key${i}`, `${i}`);
    await waitCommitted(tabs, `key${i}`, `${i}`);
  }
  for (const { page } of tabs) {
    const sheet = await openMeasured(page);
    await expect(sheet).toContainText(
      `Measured: 24.0 messages for each of the last ${commands} slots`,
      { timeout: patienceMs },
    );
    await expect(sheet).toContainText(/Just what theory says of a slot .*: 2n\(n\s−\s1\)\s=\s24\./);
    expect(await cellsOf(sheet)).toEqual([
      ['3.0', '3'],
      ['9.0', '9'],
      ['12.0', '12'],
    ]);
    const apart = (title: string) => sheet.locator('dl div', { hasText: title }).locator('dd');
    await expect(apart('checkpoints')).toHaveText('12');
    await expect(apart('sent again')).toHaveText('0');
    await expect(apart('view changes')).toHaveText('0');
    await page.keyboard.press('Escape');
  }
});

async function check(page: Page, local = false) {
  const sheet = await openMeasured(page);
  if (local) await sheet.getByRole('checkbox', { name: /Judge reads by “local”/ }).check();
  await press(sheet.getByRole('button', { name: 'Check what clients saw' }));
  return sheet;
}

test('a stale read by local is no violation, unless somebody judges it as if it had promised more', async ({
  context,
}) => {
  const { tabs } = await openRoom(context, 3, { profile: 'fast' });
  const leading = await waitForLeader(tabs);
  const cutOff = at(without(tabs, leading), 0);
  await write(leading.page, 'colour', 'teal');
  await waitCommitted(tabs, 'colour', 'teal');
  await press(lever(cutOff.page, 'Cut all my links'));
  await write(leading.page, 'colour', 'plum');
  await send(cutOff.page, 'get colour by local');
  await expectDone(cutOff.page, 'get colour by local');
  await expect(commandLine(cutOff.page, 'get colour by local')).toContainText('= teal');

  const sheet = await check(leading.page);
  await expect(sheet).toContainText('OK. One order explains every answer', { timeout: patienceMs });
  await expect(sheet).toContainText('by 3 tabs');
  await leading.page.keyboard.press('Escape');

  const strict = await check(leading.page, true);
  await expect(strict).toContainText('Violation. No order of these operations explains', {
    timeout: patienceMs,
  });
  const witness = strict.getByRole('list', { name: 'Operations that no order explains' });
  const stale = witness.getByRole('listitem').filter({ hasText: 'cannot be explained' });
  await expect(stale).toContainText(cutOff.name);
  await expect(stale).toContainText('get → "teal"');
  const plum = witness.getByRole('listitem').filter({ hasText: 'put "plum"' });
  await expect(plum).toContainText(leading.name);
});

test('answers under load are explained, read by read index among them; a closed tab takes its part along', async ({
  context,
}) => {
  const { tabs } = await openRoom(context, 3, { profile: 'fast' });
  const [ana] = tabs;
  if (!ana) throw new Error('a room has tabs');
  const reads = tabs.map(({ page }) =>
    page.evaluate(() => {
      const { screen } = globalThis.synod;
      return setInterval(() => screen?.send({ op: 'get', key: 'x1', read: 'index' }), 20);
    }),
  );
  const timers = await Promise.all(reads);
  const load = { answers: 40, inFlight: 4, prefix: 'x' };
  await Promise.all(tabs.map(({ page }) => loadUntil(page, load)));
  for (const [i, { page }] of tabs.entries()) {
    await page.evaluate((timer) => clearInterval(timer), timers[i]);
  }
  const sheet = await check(ana.page);
  await expect(sheet).toContainText('OK. One order explains every answer', { timeout: 60_000 });
  const [, judged] =
    /Judged: (\d+) operations on 4 keys by 3 tabs/.exec(await sheet.innerText()) ?? [];
  expect(Number(judged)).toBeGreaterThan(100);
  await ana.page.keyboard.press('Escape');

  const ben = at(tabs, 1);
  await ben.page.close();
  const rest = await check(ana.page);
  await expect(rest).toContainText('Commands of Ben were executed by a tab that is closed', {
    timeout: 60_000,
  });
});
