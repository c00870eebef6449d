/** Who sees and reaches what: a projector, a keyboard, a phone. */
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { at, expectEpoch, expectLinked, joinRoom, openLobby, openRoom } from './room.ts';
import { patienceMs, press, startEpoch, startRoom, waitCommitted, waitForLeader } from './room.ts';
import { write } from './room.ts';
import { leader } from './screen.ts';

test('a facilitator without a seat shows the room and nothing private', async ({ context }) => {
  const room = await openLobby(context, 4);
  const wall = at(room.tabs, 0);
  const voters = room.tabs.slice(1);
  await press(wall.page.getByRole('radio', { name: /Be a screen/ }));
  await expect(wall.page.getByRole('heading', { level: 1 })).toContainText('3 seats');
  await startEpoch(room);
  await waitForLeader(voters);
  await expect(wall.page.getByLabel(/^Room code/)).toContainText(room.code.slice(0, 3));
  await expect(wall.page.getByText('3 seats, 3 heard, 2 needed')).toBeVisible();
  for (const name of ['Crash', 'Send', 'Freeze the room', 'Copy']) {
    await expect(wall.page.getByRole('button', { name, exact: true })).toHaveCount(0);
  }
  await expect(wall.page.getByRole('textbox')).toHaveCount(0);
  await write(at(voters, 0).page, 'seen', 'on the wall');
  await waitCommitted(voters, 'seen', 'on the wall');
  await expect(wall.page.getByRole('log')).toContainText('put seen = on the wall');
  expect((await leader(wall.page))?.name).toBe((await leader(at(voters, 0).page))?.name);
  await press(wall.page.getByRole('button', { name: 'Controls' }));
  await press(wall.page.getByRole('button', { name: 'Freeze the room' }));
  const frozen = at(voters, 0).page.getByText('Frozen', { exact: true });
  await expect(frozen.first()).toBeVisible();
});

/** Presses Tab until `wanted` has the focus, and then `key`. */
async function reach(page: Page, wanted: string, key: string): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press('Tab');
    const name = await page.evaluate(() => {
      const { activeElement: element } = document;
      if (element instanceof HTMLInputElement) return element.labels?.[0]?.innerText ?? '';
      return element === document.body ? '' : (element?.textContent ?? '');
    });
    if (!name.includes(wanted)) continue;
    if (key !== '') await page.keyboard.press(key);
    return;
  }
  throw new Error(`Tab does not reach “${wanted}”`);
}

test('the keyboard is enough from the front door to a written value', async ({ page }) => {
  await page.goto('/');
  await reach(page, 'Your name', '');
  await page.keyboard.type('Ana');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: '1 here' })).toBeVisible({ timeout: patienceMs });
  await reach(page, 'Start Raft', 'Enter');
  await expectEpoch(page, 1);
  await waitForLeader([{ name: 'Ana', page }]);
  await page.keyboard.press('c');
  await expect(page.getByRole('textbox', { name: /^Command/ })).toBeFocused();
  await page.keyboard.type('put by = keyboard');
  await page.keyboard.press('Enter');
  await waitCommitted([{ name: 'Ana', page }], 'by', 'keyboard');
  await reach(page, 'Crash', 'Enter');
  await reach(page, 'Restart from its disk', 'Enter');
  await waitForLeader([{ name: 'Ana', page }]);
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
});

/** How many pixels of the page lie beyond the side of the screen. */
const overhang = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

test('nothing scrolls sideways on a phone', async ({ context, browser, complaints }) => {
  const phones = await browser.newContext({
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
    reducedMotion: 'reduce',
  });
  complaints.watch(phones);
  const phone = await phones.newPage();
  await phone.goto('/');
  await expect(phone.getByRole('button', { name: 'Start a room' })).toBeVisible();
  expect(await overhang(phone)).toBe(0);
  const host = await context.newPage();
  const code = await startRoom(host, 'Ana the Facilitator Name');
  const room = { code, url: '', tabs: [] };
  await joinRoom(phone, room, 'Ben');
  for (const page of [host, phone]) await expectLinked(page, 2);
  expect(await overhang(phone)).toBe(0);
  const tabs = [
    { name: 'Ana the Facilitator Name', page: host },
    { name: 'Ben', page: phone },
  ];
  await startEpoch({ tabs });
  await waitForLeader(tabs);
  const panels = phone.getByRole('navigation', { name: 'Panels' });
  for (const panel of ['Write', 'Logs', 'State', 'Events', 'Mine']) {
    await panels.getByRole('button', { name: panel }).tap();
    expect(await overhang(phone), panel).toBe(0);
  }
  await panels.getByRole('button', { name: 'Write' }).tap();
  await write(phone, 'from', 'a phone');
  await panels.getByRole('button', { name: 'State' }).tap();
  await waitCommitted(tabs, 'from', 'a phone');
  await phones.close();
});

test('the same room with all its motion complains about nothing', async ({
  browser,
  complaints,
}) => {
  const context = await browser.newContext({ reducedMotion: 'no-preference' });
  complaints.watch(context);
  const { tabs } = await openRoom(context, 3);
  await write(at(tabs, 1).page, 'motion', 'on');
  await waitCommitted(tabs, 'motion', 'on');
  await context.close();
});
