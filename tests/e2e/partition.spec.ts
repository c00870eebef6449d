/** People cut their own links: the side with a majority goes on, the other waits, nothing acknowledged is lost. */
import { expect, test } from './fixtures.ts';
import { at, commandLine, cutOff, electionMs, expectDone, lever, openRoom, press } from './room.ts';
import { send, stored, waitCommitted, waitForLeader, without, write } from './room.ts';
import { expectSameLogs, expectStanding, vitals } from './screen.ts';

test('a 3–2 partition commits on the side of three only, and heals without a loss', async ({
  context,
}) => {
  const { tabs, profile } = await openRoom(context, 5);
  await write(at(tabs, 0).page, 'before', 'whole');
  const old = await waitForLeader(tabs);
  const companion = at(without(tabs, old), 0);
  const few = [old, companion];
  const many = without(tabs, ...few);
  for (const { page } of few) await cutOff(page, many);
  const next = await waitForLeader(many);
  expect(next.term).toBeGreaterThan(old.term);
  await send(old.page, 'put few = two');
  await write(at(many, 1).page, 'many', 'three');
  await waitCommitted(many, 'many', 'three');
  await expect(vitals(old.page)).toContainText('cannot commit', { timeout: 10_000 });
  await old.page.waitForTimeout(3 * electionMs(profile));
  await expect(commandLine(old.page, 'put few = two')).toContainText('waiting');
  for (const { page } of tabs) await expect(stored(page, 'few')).toHaveCount(0);
  for (const { page } of few) await expect(stored(page, 'many')).toHaveCount(0);
  for (const { page } of few) await press(lever(page, 'Heal all my links'));
  await waitForLeader(tabs);
  await expectDone(old.page, 'put few = two');
  for (const [key, value] of Object.entries({ before: 'whole', many: 'three', few: 'two' })) {
    await waitCommitted(tabs, key, value);
  }
  await expectSameLogs(tabs.map(({ page }) => page));
});

test('a leader that cuts all its links is replaced, and its screen stays honest', async ({
  context,
}) => {
  const { tabs } = await openRoom(context, 3);
  const old = await waitForLeader(tabs);
  await press(lever(old.page, 'Cut all my links'));
  const rest = without(tabs, old);
  const next = await waitForLeader(rest);
  await write(next.page, 'without', old.name);
  for (const { name } of rest) await expectStanding(old.page, name, /^stale/);
  for (const { page } of rest) await expectStanding(page, old.name, /^stale/);
  await expect(stored(old.page, 'without')).toHaveCount(0);
  await press(lever(old.page, 'Heal all my links'));
  await waitCommitted(tabs, 'without', old.name);
  await waitForLeader(tabs);
});

test('a link that is slow, lossy, doubling and out of order still carries every write', async ({
  context,
}) => {
  const { tabs } = await openRoom(context, 3);
  const boss = await waitForLeader(tabs);
  const [near, far] = without(tabs, boss);
  if (!near || !far) throw new Error('three tabs have two followers');
  // Only through the bad links can the leader find a majority.
  await press(lever(boss.page, `Cut off ${near.name}`));
  await press(boss.page.getByRole('button', { name: new RegExp(`^${far.name} `) }));
  await boss.page.getByLabel('Delay').fill('50');
  for (const dial of ['Loss', 'Sent twice', 'Out of order']) {
    await boss.page.getByLabel(dial).fill('0.25');
  }
  await expect(boss.page.getByText(/loses 25 %/).first()).toBeVisible();
  for (const n of [1, 2, 3, 4, 5]) await send(boss.page, `put n${n} = ${n}`);
  for (const n of [1, 2, 3, 4, 5]) await expectDone(boss.page, `put n${n} = ${n}`);
  await press(lever(boss.page, 'Heal all my links'));
  for (const n of [1, 2, 3, 4, 5]) await waitCommitted(tabs, `n${n}`, `${n}`);
  await expectSameLogs(tabs.map(({ page }) => page));
});
