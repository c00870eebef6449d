/** "Try alone": all replicas in one tab, each of them the visitor's own. */
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { expectDone, lever, patienceMs, press, send, stored } from './room.ts';
import { lie } from './conduct.ts';
import { expectStanding, leader, nodes, view } from './screen.ts';

async function openAlone(page: Page): Promise<void> {
  await page.goto('/');
  await press(page.getByRole('button', { name: 'Try alone' }));
  await expect(stored(page, 'hello')).toHaveText('world', { timeout: patienceMs });
}

const choose = (page: Page, name: string) => press(page.getByRole('radio', { name, exact: true }));

async function nextLeader(page: Page, old: string): Promise<string> {
  let name = '';
  const look = async () => (name = (await leader(page))?.name ?? '');
  await expect.poll(look, { timeout: patienceMs }).not.toMatch(new RegExp(`^$|^${old}$`));
  return name;
}

test('one press, and five replicas show their first commit', async ({ page }) => {
  await openAlone(page);
  expect(await nodes(page)).toHaveLength(5);
  await expect(page.getByText('5 seats, 5 heard, 3 needed')).toBeVisible();
  expect((await leader(page))?.term).toBeGreaterThan(0);
});

test('whoever is alone may crash, restart and cut off any of the five', async ({ page }) => {
  await openAlone(page);
  const first = await nextLeader(page, '');
  await choose(page, first);
  await press(lever(page, 'Crash'));
  await expectStanding(page, first, /^crashed/);
  const second = await nextLeader(page, first);
  await choose(page, second);
  await expectStanding(page, first, /^crashed/);
  await send(page, 'put four = enough');
  await expectDone(page, 'put four = enough');
  await choose(page, first);
  await press(lever(page, 'Restart from its disk'));
  await expect(stored(page, 'four')).toHaveText('enough', { timeout: patienceMs });

  await choose(page, second);
  await press(lever(page, 'Cut all my links'));
  await choose(page, first);
  const third = await nextLeader(page, second);
  await choose(page, third);
  await send(page, 'put cut = off');
  await expectDone(page, 'put cut = off');
  await choose(page, second);
  await expect(stored(page, 'cut')).toHaveCount(0);
  await press(lever(page, 'Heal all my links'));
  await expect(stored(page, 'cut')).toHaveText('off', { timeout: patienceMs });
  await expectStanding(page, second, /^follower/);
});

test('leaving the room of one leaves nothing behind', async ({ page }) => {
  await openAlone(page);
  await press(page.getByRole('button', { name: 'Leave the room' }));
  await expect(page.getByRole('button', { name: 'Start a room' })).toBeVisible();
  const left = async () => (await page.evaluate(() => indexedDB.databases())).length;
  await expect.poll(left, { timeout: 10_000 }).toBe(0);
});

test('[PB1, E1] whoever is alone with PBFT turns one of four, and sees it caught on the screens of the others', async ({
  page,
}) => {
  await page.goto('/');
  await page.getByRole('radio', { name: 'PBFT' }).check();
  await press(page.getByRole('button', { name: 'Try alone' }));
  await expect(stored(page, 'hello')).toHaveText('world', { timeout: patienceMs });
  expect(await nodes(page)).toHaveLength(4);
  const { seats } = await view(page);
  const { leader: id } = seats.find(({ mine }) => mine)?.summary ?? {};
  const primary = seats.find((seat) => seat.id === id)?.name ?? '';
  await choose(page, primary);
  await lie(page, 'PB1');
  const other = ['Ana', 'Ben', 'Eva', 'Ida'].find((name) => name !== primary) ?? '';
  await choose(page, other);
  await send(page, 'put despite = the lie');
  await expectDone(page, 'put despite = the lie');
  const caught = page.getByRole('list', { name: 'Convictions' });
  await expect(caught).toContainText(primary, { timeout: patienceMs });
  await expect(caught.getByText(/^PRE-PREPARE: /)).toHaveCount(2);
  await page.reload();
  await expect(stored(page, 'hello')).toHaveText('world', { timeout: patienceMs });
  expect(await nodes(page)).toHaveLength(4);
});
