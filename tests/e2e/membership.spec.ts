/** The cluster changes while it runs: who came late votes, who is gone is removed, the leader hands over. */
import { expect, test } from './fixtures.ts';
import { at, comeLate, commandLine, expectDone, lever, openRoom, press, send } from './room.ts';
import { waitCommitted, waitForLeader, without, write } from './room.ts';
import { events, expectSameLogs, expectStanding, vitals } from './screen.ts';

test('R31, R32: a late comer learns the log and votes while the cluster runs', async ({
  context,
}) => {
  const room = await openRoom(context, 3);
  await write(at(room.tabs, 0).page, 'before', 'Zoe came');
  const zoe = await comeLate(room, await context.newPage(), 'Zoe');
  const { page } = await waitForLeader(room.tabs);
  await press(lever(page, 'Admit Zoe'));
  const all = [...room.tabs, zoe];
  for (const tab of all) await expect(vitals(tab.page)).toContainText('4 seats, 4 heard, 3 needed');
  await expect(zoe.page.getByText('You watch.')).toBeHidden();
  await waitForLeader(all);
  await waitCommitted([zoe], 'before', 'Zoe came');
  await write(zoe.page, 'zoe', 'votes');
  await waitCommitted(all, 'zoe', 'votes');
  await expectSameLogs(all.map((tab) => tab.page));
  // Three of four are needed now, and Zoe is one of them.
  const gone = at(without(room.tabs, { name: (await waitForLeader(all)).name, page }), 0);
  await press(lever(gone.page, 'Crash'));
  for (const tab of without(all, gone)) await expectStanding(tab.page, gone.name, /^crashed/);
  await write(zoe.page, 'three', 'of four');
});

test('RS19: the leader hands its office over, and nothing is lost', async ({ context }) => {
  const { tabs } = await openRoom(context, 3);
  const old = await waitForLeader(tabs);
  const heir = at(without(tabs, old), 0);
  await write(old.page, 'kept', 'by the heir');
  await press(lever(old.page, `Hand over to ${heir.name}`));
  await expect.poll(async () => (await waitForLeader(tabs)).name).toBe(heir.name);
  const next = await waitForLeader(tabs);
  expect(next.term).toBe(old.term + 1);
  await waitCommitted(tabs, 'kept', 'by the heir');
  await write(old.page, 'after', 'the change');
  await expectSameLogs(tabs.map(({ page }) => page));
});

test('R31: somebody who left for good is removed, and no longer counts', async ({ context }) => {
  const { tabs } = await openRoom(context, 4);
  const { page, name } = await waitForLeader(tabs);
  const gone = at(without(tabs, { name, page }), 0);
  await gone.page.close();
  await expectStanding(page, gone.name, /^stale/);
  await expect(vitals(page)).toContainText('4 seats, 3 heard, 3 needed');
  await press(lever(page, `Remove ${gone.name}`));
  await press(lever(page, 'Really remove?'));
  const rest = without(tabs, gone);
  for (const tab of rest)
    await expect(vitals(tab.page)).toContainText('3 seats, 3 heard, 2 needed');
  await expect(events(page)).toContainText(gone.name);
  await write(at(rest, 1).page, 'three', 'are enough');
  await waitCommitted(rest, 'three', 'are enough');
});

test('RS26: who comes after thousands of entries gets a snapshot, and votes', async ({
  context,
}) => {
  const room = await openRoom(context, 3, { profile: 'fast' });
  const { page } = await waitForLeader(room.tabs);
  // Past the first snapshot and what a log keeps below it.
  await expect
    .poll(() => page.evaluate(loadOnce), { timeout: 60_000, intervals: [0] })
    .toBeGreaterThan(9_400);
  await expect(events(page)).toContainText('into a snapshot');
  await write(page, 'after', 'the snapshot');
  const zoe = await comeLate(room, await context.newPage(), 'Zoe');
  await press(lever((await waitForLeader(room.tabs)).page, 'Admit Zoe'));
  await expect(events(zoe.page)).toContainText('sends Zoe its snapshot');
  await expect(events(zoe.page)).toContainText('Zoe goes on from the snapshot of');
  await expect(vitals(zoe.page)).toContainText('4 seats, 4 heard, 3 needed', { timeout: 20_000 });
  await waitCommitted([zoe], 'after', 'the snapshot');
  await write(zoe.page, 'zoe', 'votes');
  await waitCommitted(room.tabs, 'zoe', 'votes');
});

/** Keeps the cluster busy for a second; resolves to how far it has committed. */
async function loadOnce(): Promise<number> {
  const { screen } = synod;
  await screen?.session.run?.load({ inFlight: 64, durationMs: 1_000, prefix: 'many' });
  return Math.max(...(screen?.view?.seats ?? []).map(({ summary }) => summary?.commitIndex ?? 0));
}

test('R36 to R39: a read by each way gives the value and says what it cost', async ({
  context,
}) => {
  const { tabs } = await openRoom(context, 3);
  const leading = await waitForLeader(tabs);
  const { page } = at(without(tabs, leading), 0);
  await write(page, 'colour', 'teal');
  await waitCommitted(tabs, 'colour', 'teal');
  const costs = {
    index: 'one round of heartbeats, nothing written',
    lease: 'only as right as its clock',
    local: 'may be out of date',
  };
  for (const way of ['index', 'local'] as const) {
    await send(page, `get colour by ${way}`);
    await expectDone(page, `get colour by ${way}`);
    await expect(commandLine(page, `get colour by ${way}`)).toContainText('= teal');
    await expect(commandLine(page, `get colour by ${way}`)).toContainText(costs[way]);
  }
  // The first read by lease begins it by a round of its own; a later one finds it, unless it has run out meanwhile.
  await expect
    .poll(
      async () => {
        await send(page, 'get colour by lease');
        await expectDone(page, 'get colour by lease');
        return commandLine(page, 'get colour by lease').first().textContent();
      },
      { timeout: 20_000, intervals: [10] },
    )
    .toContain(costs.lease);
});
