/** The cluster changes while it runs: who came late votes, who is gone is removed, the leader hands over. */
import { expect, test } from './fixtures.ts';
import { at, comeLate, lever, openRoom, press, waitCommitted, waitForLeader } from './room.ts';
import { without, write } from './room.ts';
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
