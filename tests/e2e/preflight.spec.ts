/** What a device finds out alone, and what three of them find out together. */
import {
  press,
  expectEpoch,
  openLobby,
  at,
  patienceMs,
  startEpoch,
  waitForLeader,
} from './room.ts';
import { collectErrors, expect, test } from './fixtures.ts';

test('the preflight of one device looks at everything, and says what would help', async ({
  page,
}) => {
  const errors = collectErrors(page);
  await page.goto('/#/preflight');
  await expect(page.getByRole('status')).toHaveText(/^Ready/, { timeout: patienceMs });
  const check = (title: string) =>
    page
      .getByRole('listitem')
      .filter({ has: page.getByRole('heading', { name: new RegExp(`^${title}`) }) });
  await expect(check('Browser')).toContainText(/Chromium \d+ on/);
  await expect(check('Server')).toContainText(/Answers in \d+ ms/);
  await expect(check('WebRTC')).toContainText(/A channel opens within this page in \d+ ms/);
  await expect(check('TURN')).toContainText('None is set up');
  await expect(check('Clock')).toContainText(/at most \d+ ms late/);
  await expect(check('Storage')).toContainText(/A safe write takes/);
  await page.getByRole('button', { name: 'Look again' }).press('Enter');
  await expect(page.getByRole('button', { name: 'Looking…' })).toBeVisible();
  await expect(page.getByRole('status')).toHaveText(/^Ready/, { timeout: patienceMs });
  expect(await page.evaluate(async () => (await indexedDB.databases()).length)).toBe(0);
  expect(errors).toEqual([]);
});

test('the lobby shows who reaches whom how fast, and the facilitator takes the pace that follows', async ({
  context,
}) => {
  const { tabs } = await openLobby(context, 3);
  const { page } = at(tabs, 0);
  const strip = page.getByRole('region', { name: 'Network between these devices' });
  await expect(strip.getByRole('status')).toContainText('All pairs are connected directly');
  const row = strip.getByRole('row').filter({ has: page.getByRole('rowheader', { name: 'Ben' }) });
  await expect(row.first().getByRole('cell').filter({ hasText: /^\d+$/ })).toHaveCount(2);
  await press(strip.getByText('What each device can do'));
  await expect(row.last()).toContainText(/yes\s*own/, { timeout: patienceMs });
  const guest = at(tabs, 1).page.getByRole('region', { name: 'Network between these devices' });
  await expect(guest.getByRole('status')).toContainText('All pairs');
  await expect(guest.getByRole('button')).toHaveCount(0);

  await press(strip.getByRole('button', { name: 'Take these timeouts' }));
  const measured = page.getByRole('radio', { name: /^Measured/ });
  await expect(measured).toBeChecked();
  await startEpoch({ tabs });
  await waitForLeader(tabs);
  await expectEpoch(page, 1);
  await expect(page.getByText(/Epoch 1, Raft, measured pace/)).toBeVisible();
  const timings = await Promise.all(
    tabs.map((tab) =>
      tab.page.evaluate(() => globalThis.synod.screen?.session.run?.setting.timing),
    ),
  );
  expect(new Set(timings.map((timing) => JSON.stringify(timing))).size).toBe(1);
  expect(timings[0]?.electionTicksMin).toBeGreaterThanOrEqual(300);
});
