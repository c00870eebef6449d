/** What a room measures of itself: messages beside theory. */
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { at, lever, openRoom, patienceMs, press, waitForLeader, without, write } from './room.ts';
import { view } from './screen.ts';

async function openMeasured(page: Page) {
  await page.bringToFront();
  await page.keyboard.press('m');
  const sheet = page.getByRole('dialog', { name: 'Measured in this room' });
  await expect(sheet).toBeVisible();
  return sheet;
}

test('messages per entry equal the formula on every screen, and a crash takes its answers away', async ({
  context,
}) => {
  const { tabs } = await openRoom(context, 3, { profile: 'fast' });
  const commands = 12;
  for (let i = 0; i < commands; i++) await write(at(tabs, i % 3).page, `key ${i}`, `${i}`);
  for (const { page } of tabs) {
    const sheet = await openMeasured(page);
    // The no-op of each leader is an entry too.
    await expect(sheet).toContainText(
      /Measured: 8\.0 messages for each of the last 1[3-9] entries/,
      {
        timeout: patienceMs,
      },
    );
    await expect(sheet).toContainText('Just what theory says: by itself 4(n − 1) = 8.');
    const cells = await sheet
      .locator('tbody tr')
      .evaluateAll((rows) =>
        rows.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent?.trim())),
      );
    expect(cells).toEqual([
      ['2.0', '2', '2'],
      ['2.0', '2', '2'],
      ['2.0', '2', '–'],
      ['2.0', '2', '–'],
    ]);
    await expect(sheet.locator('dl div', { hasText: 'sent again' }).locator('dd')).toHaveText('0');
    await page.keyboard.press('Escape');
  }
  const leading = await waitForLeader(tabs);
  const [watcher, victim] = without(tabs, leading);
  if (!watcher || !victim) throw new Error('three tabs have two followers');
  await press(lever(victim.page, 'Crash'));
  const before = (await view(watcher.page)).counts;
  for (let i = 0; i < 4; i++) await write(leading.page, 'again', `${i}`);
  const answers = async () => {
    const { counts } = await view(watcher.page);
    return counts?.kinds.map(({ count }, i) => count - (before?.kinds[i]?.count ?? 0));
  };
  // One of two answers; both are asked, and not twice.
  await expect.poll(answers, { timeout: patienceMs }).toEqual([8, 4, 8, 4]);
});
