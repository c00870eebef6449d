/** What a room of PBFT shows: the lobby's arithmetic, a slot that fills with real votes, and its own words. */
import type { Locator, Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import {
  at,
  chooseProtocol,
  cutOff,
  openLobby,
  patienceMs,
  press,
  send,
  startEpoch,
} from './room.ts';
import { events } from './screen.ts';
import { waitForPrimary } from './conduct.ts';

/** The close-up of slot `n` as `who` sees it. */
const slot = (page: Page, n: number, who: string): Locator =>
  page.getByRole('region', { name: `Slot ${n}, as ${who} sees it` });

/** What stands in the row of `sender`: pre-prepare, prepare, commit. */
async function votes(table: Locator, sender: string): Promise<string[]> {
  const row = table.getByRole('row').filter({
    has: table.page().getByRole('rowheader', { name: new RegExp(`^${sender}\\b`) }),
  });
  const cells = await row.getByRole('cell').allInnerTexts();
  return cells.map((text) => text.replace(/\s+/g, ' ').trim());
}

test('the lobby works out n, f and quorum, and says what they mean', async ({ context }) => {
  const { tabs } = await openLobby(context, 7);
  const { page } = at(tabs, 0);
  const guest = at(tabs, 1).page;
  await chooseProtocol(page, 'pbft');
  const expectWords = async (words: string): Promise<void> => {
    for (const screen of [page, guest]) {
      await expect(screen.getByText(words)).toBeVisible({ timeout: patienceMs });
    }
  };
  await expectWords('n = 7 tolerates f = 2: any 2 replicas may crash, be cut off or lie.');
  for (const i of [6, 5]) {
    await press(at(tabs, i).page.getByRole('radio', { name: /Be a screen/ }));
  }
  await expectWords('the fifth seat adds nothing but an observer’s comfort. 4 must agree');
  await press(at(tabs, 4).page.getByRole('radio', { name: /Be a screen/ }));
  await expectWords('n = 4 tolerates f = 1: any one replica may crash, be cut off or lie.');
  await press(at(tabs, 3).page.getByRole('radio', { name: /Be a screen/ }));
  await expectWords('n = 3 tolerates no fault.');
  const start = page.getByRole('button', { name: 'Start PBFT' });
  await expect(start).toBeDisabled();
  await expect(page.getByText('PBFT needs at least 4 seats; there are 3.')).toBeVisible();
});

test('[P7] [P9] the matrix of a slot fills with the votes that were counted, and says what is missing', async ({
  context,
}) => {
  const room = await openLobby(context, 4, { protocol: 'pbft', profile: 'lecture' });
  const [ana, ben, cleo, dan] = room.tabs;
  if (!ana || !ben || !cleo || !dan) throw new Error('four tabs');
  await startEpoch(room);
  await waitForPrimary(room.tabs);
  for (const one of [cleo, dan])
    await cutOff(
      one.page,
      room.tabs.filter((tab) => tab !== one),
    );
  await send(ana.page, 'put colour = teal');

  const first = slot(ana.page, 1, 'Ana');
  await expect(first).toContainText('2 of 3, one more', { timeout: patienceMs });
  await expect(first.getByRole('status')).toContainText('Prepared once a quorum heard the same');
  expect(await votes(first, 'Ana')).toEqual(['PP counted', 'PP PP counts', '· nothing yet']);
  expect((await votes(first, 'Ben')).slice(1)).toEqual(['P counted', '· nothing yet']);
  expect((await votes(first, 'Dan')).slice(1)).toEqual(['· nothing yet', '· nothing yet']);
  await expect(ana.page.getByText('Fault budget')).toHaveCount(0);
  await expect(ana.page.getByTitle(/^Fault budget/)).toContainText(
    'f = 1: 2 spent (Cleo is away and Dan is away). Past what PBFT tolerates',
    { timeout: patienceMs },
  );

  await press(ana.page.getByRole('button', { name: 'Heal all links' }));
  await expect(first.getByRole('status')).toContainText('Executed', { timeout: 60_000 });
  const committed = await Promise.all(
    room.tabs.map(async ({ name }) => (await votes(first, name))[2]),
  );
  expect(committed.filter((words) => words === 'C counted').length).toBeGreaterThanOrEqual(3);

  // The same slot through somebody else's eyes, by keyboard.
  await first.getByLabel('As seen by').focus();
  await ana.page.keyboard.press('ArrowDown');
  await expect(slot(ana.page, 1, 'Ben')).toBeVisible();
});

test('nothing on the screen speaks of terms, leaders and logs', async ({ context }) => {
  const room = await openLobby(context, 4, { protocol: 'pbft' });
  await startEpoch(room);
  await waitForPrimary(room.tabs);
  const { page } = at(room.tabs, 1);
  await send(page, 'put colour = teal');
  await expect(events(page)).toContainText('Ana proposes “put colour=teal” for slot 1', {
    timeout: patienceMs,
  });
  await expect(events(page)).toContainText('replicas agree on slot 1: it is prepared');
  await expect(events(page)).toContainText('Agreed and executed: put colour = teal (command 1)');
  await expect(page.getByRole('button', { name: /^Ana, primary, view 0/ })).toBeVisible();
  await expect(page.getByText('Ana is the primary of view 0.')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Legend', exact: true }).click();
  await expect(page.getByRole('dialog', { name: 'Legend' })).toContainText(
    'pre-prepare: the primary proposes a batch for a slot',
  );
  const words = await page.evaluate(() => document.body.innerText);
  expect(words).not.toMatch(/\b(terms?|leaders?|followers?|candidate|logs?|elections?)\b/i);
});
