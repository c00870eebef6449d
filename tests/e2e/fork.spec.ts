/** Two liars of four who have two honest ones decide differently, in two views, and a room that looks for it. */
import { expect, test } from './fixtures.ts';
import {
  at,
  lever,
  loadUntil,
  patienceMs,
  press,
  send,
  stored,
  waitCommitted,
  write,
} from './room.ts';
import type { Tab } from './room.ts';
import { view } from './screen.ts';
import { conductOf, expectConvicted, lie, openPbftRoom, verifyTranscript } from './conduct.ts';
import { waitForPrimary } from './conduct.ts';

/** Three of four are all that a view takes here, and each view that fails is given twice as long. */
const viewChangesMs = 60_000;

/** Whom the court names on the screen of each of `tabs`. */
async function expectNamed(tabs: readonly Tab[], names: readonly string[]): Promise<void> {
  for (const { page } of tabs) {
    const named = async () => [...((await conductOf(page)).fork?.liars ?? [])].sort();
    await expect.poll(named, { timeout: patienceMs }).toEqual([...names].sort());
  }
}

test('[B.4.1, E7] two liars fork the two honest ones across views; it scrolled out of every screen, and the court names exactly those two', async ({
  context,
}) => {
  test.setTimeout(120_000);
  const { tabs } = await openPbftRoom(context, 4);
  const [ana, ben, cleo, dan] = [at(tabs, 0), at(tabs, 1), at(tabs, 2), at(tabs, 3)];
  await write(dan.page, 'before', 'the fork');
  await waitCommitted(tabs, 'before', 'the fork');
  // View 0: its primary tells Cleo alone, and the second liar votes along.
  await lie(ben.page, 'PB5', { along: ['Ana'] });
  await lie(ana.page, 'PB5', { along: ['Ben'] });
  await lie(ana.page, 'PB2', { to: ['Ben', 'Dan'] });
  await send(cleo.page, 'put first = story');
  await expect(stored(cleo.page, 'first')).toHaveText('story', { timeout: patienceMs });
  await press(lever(cleo.page, 'Cut all my links'));
  await expect(stored(dan.page, 'first')).toHaveCount(0);
  // View 1: whoever voted for it does not mention it, and the slot is given away. On a busy machine a later one.
  await send(dan.page, 'put second = story');
  await expect(stored(dan.page, 'second')).toHaveText('story', { timeout: viewChangesMs });
  expect((await waitForPrimary([dan], tabs)).view).toBeGreaterThan(0);
  // More slots than one checkpoint lets go.
  await loadUntil(dan.page, { answers: 20, inFlight: 1, prefix: 'later' });
  const { seats } = await view(dan.page);
  const summary = seats.find(({ mine }) => mine)?.summary;
  expect(summary?.commitIndex).toBeGreaterThan(16);
  // None at all, if the newest slot ended with a checkpoint.
  const shown = summary?.slots?.rows ?? [];
  expect(shown.filter(({ n }) => n <= 3)).toEqual([]);
  await press(lever(cleo.page, 'Heal all my links'));
  await expectNamed(tabs, ['Ana', 'Ben']);
  await expectConvicted([cleo, dan], ['Ana', 'Ben']);
  const [first] = (await conductOf(cleo.page)).convictions;
  expect(first?.kind).toBe('E7');
  for (const { page } of [cleo, dan]) {
    await expect(page.getByText(/^The court names/)).toContainText('Ana and Ben');
    // Whose page compares first decides with whom of the other three Cleo is shown.
    const ledgers = page.getByRole('region', { name: /^Ledger of / });
    await expect(ledgers).toHaveText([/ holds /, / holds /]);
    await expect(ledgers.filter({ hasText: 'Cleo holds' })).toHaveCount(1);
    const { status, report } = await verifyTranscript(page);
    expect(report).toMatch(/FORK: .* decide slot \d+ differently/);
    expect(report).toMatch(/the court names (Ana, Ben|Ben, Ana):/);
    expect(status).toBe(0);
  }
});

test('[B.4] a crash takes nothing that was signed out of the export: a liar is convicted in the next life', async ({
  context,
}) => {
  const { tabs } = await openPbftRoom(context, 4);
  const [ana, ben] = [at(tabs, 0), at(tabs, 1)];
  await lie(ana.page, 'PB1');
  await write(ben.page, 'despite', 'the lie');
  await expectConvicted([ben], ['Ana']);
  for (const n of [1, 2, 3]) await write(ben.page, `n${n}`, 'honest');
  await waitCommitted(tabs.slice(1), 'n3', 'honest');
  const before = await verifyTranscript(ben.page);
  // What was heard is on the disk within a second.
  await write(ben.page, 'last', 'word');
  await ben.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1_500)));
  await press(lever(ben.page, 'Crash'));
  await press(lever(ben.page, 'Restart from its disk'));
  await waitCommitted([ben], 'last', 'word');
  await expect
    .poll(async () => (await verifyTranscript(ben.page)).lines)
    .toBeGreaterThan(before.lines);
  const { status, report } = await verifyTranscript(ben.page);
  expect(report).toContain('E1: Ana ');
  expect(status).toBe(0);
});
