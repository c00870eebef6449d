/** Tabs that lie: what PBFT survives and names, what breaks it, and how one liar is enough for Raft. */
import { expect, test } from './fixtures.ts';
import {
  at,
  commandLine,
  expectDone,
  openRoom,
  patienceMs,
  press,
  send,
  stored,
  waitCommitted,
} from './room.ts';
import { waitForLeader, without, write } from './room.ts';
import { conductOf, expectConvicted, lie, openPbftRoom, verifyTranscript } from './conduct.ts';
import { waitForPrimary } from './conduct.ts';

test('[PB1, E1] a primary tells two halves two stories: the room survives and names it', async ({
  context,
}) => {
  const { tabs } = await openPbftRoom(context, 4);
  await write(at(tabs, 2).page, 'before', 'the lie');
  const ana = await waitForPrimary(tabs);
  const rest = without(tabs, ana);
  await lie(ana.page, 'PB1');
  for (const { page } of rest) {
    await expect.poll(async () => (await conductOf(page)).budget.text).toBe('1 of f = 1 declared');
  }
  await write(at(rest, 0).page, 'despite', 'the lie');
  await waitCommitted(rest, 'despite', 'the lie');
  await expectConvicted(rest, [ana.name]);
  const [first] = (await conductOf(at(rest, 0).page)).convictions;
  expect(first).toMatchObject({ name: ana.name, kind: 'E1' });
  expect(first?.statements).toHaveLength(2);
  const caught = at(rest, 0).page.getByRole('list', { name: 'Convictions' });
  await expect(caught).toContainText(ana.name);
  await expect(caught.getByText(/^PRE-PREPARE: /)).toHaveCount(2);
  const told = ana.page.getByRole('list', { name: 'Lies told' });
  await expect(told).toContainText('should have sent PRE-PREPARE: view 0');
  await press(ana.page.getByRole('button', { name: 'Stop lying' }));
  for (const { page } of rest) {
    await expect.poll(async () => (await conductOf(page)).budget.text).toBe('0 of f = 1 declared');
  }
  await write(ana.page, 'honest', 'again');
  await waitCommitted(rest, 'honest', 'again');
  const { status, report } = await verifyTranscript(at(rest, 1).page);
  expect(report).toContain(`E1: ${ana.name} `);
  expect(status).toBe(0);
});

test('[D2, B.4.1] two liars of four fork the two honest ones, and the court names exactly those two', async ({
  context,
}) => {
  const { tabs } = await openPbftRoom(context, 4);
  const [ana, ben, cleo, dan] = [at(tabs, 0), at(tabs, 1), at(tabs, 2), at(tabs, 3)];
  await write(cleo.page, 'before', 'the fork');
  await lie(ben.page, 'PB5', { along: ['Ana'] });
  await lie(ana.page, 'PB5', { along: ['Ben'] });
  await lie(ana.page, 'PB1', { along: ['Ben'] });
  const honest = [cleo, dan];
  for (const { page } of honest) {
    await expect.poll(async () => (await conductOf(page)).budget.warning).not.toBe('');
  }
  await send(cleo.page, 'put two = stories');
  for (const { page } of honest) {
    await expect
      .poll(async () => [...((await conductOf(page)).fork?.liars ?? [])].sort(), {
        timeout: 20_000,
      })
      .toEqual(['Ana', 'Ben']);
  }
  await expectConvicted(honest, ['Ana', 'Ben']);
  const fork = cleo.page.getByText(/^The court names/);
  await expect(fork).toContainText('Ana and Ben');
  const { status, report } = await verifyTranscript(dan.page);
  expect(report).toMatch(/FORK: .* decide slot \d+ differently/);
  expect(report).toMatch(/the court names (Ana, Ben|Ben, Ana):/);
  expect(status).toBe(0);
});

test('[G13] a liar among four replicas of PBFT answers wrongly, and no client believes it', async ({
  context,
}) => {
  const { tabs } = await openPbftRoom(context, 4);
  await write(at(tabs, 1).page, 'colour', 'teal');
  await lie(at(tabs, 0).page, 'G13');
  await send(at(tabs, 0).page, 'get colour');
  await expectDone(at(tabs, 0).page, 'get colour');
  await expect(commandLine(at(tabs, 0).page, 'get colour')).toContainText('= teal');
});

test('[G13] the same lever on the leader of Raft: its client reads what nobody wrote', async ({
  context,
}) => {
  const { tabs } = await openRoom(context, 3);
  await write(at(tabs, 1).page, 'colour', 'teal');
  const boss = await waitForLeader(tabs);
  await lie(boss.page, 'G13');
  expect((await conductOf(at(tabs, 1).page)).convictions).toEqual([]);
  await send(boss.page, 'get colour');
  await expectDone(boss.page, 'get colour');
  await expect(commandLine(boss.page, 'get colour')).not.toContainText('teal');
  await expect
    .poll(async () => (await conductOf(at(tabs, 1).page)).budget.text)
    .toBe('1 declared, f = 0');
});

test('[RB5] one liar that leads Raft gives two logs, and both are executed', async ({
  context,
}) => {
  const { tabs } = await openRoom(context, 3);
  await write(at(tabs, 1).page, 'before', 'the lie');
  const boss = await waitForLeader(tabs);
  const [victim, other] = without(tabs, boss);
  if (!victim || !other) throw new Error('three tabs have two followers');
  await lie(boss.page, 'RB5', { to: [victim.name] });
  await send(other.page, 'put colour = teal');
  await waitCommitted([boss, other], 'colour', 'teal');
  await expect(stored(victim.page, 'lie')).toHaveText('lie', { timeout: patienceMs });
  await expect(stored(victim.page, 'colour')).toHaveCount(0);
});

test('[D12, G9] a cloned tab is a twin: named as Byzantine, convicted when it signs both', async ({
  context,
}) => {
  const room = await openPbftRoom(context, 4);
  const { tabs } = room;
  const ana = at(tabs, 0);
  const rest = without(tabs, ana);
  await write(at(rest, 0).page, 'before', 'the clone');
  const opened = context.waitForEvent('page');
  await ana.page.evaluate(() => void window.open(location.href));
  const copy = await opened;
  await press(copy.getByRole('button', { name: 'Be its twin' }));
  await expect(copy.getByRole('heading', { level: 1 })).toHaveText('You are twins now');
  for (const { page } of rest) {
    await expect
      .poll(async () => (await conductOf(page)).budget.declared, { timeout: patienceMs })
      .toMatchObject([{ name: 'Ana', what: expect.stringContaining('twins with one key') }]);
  }
  for (const n of [1, 2, 3]) await write(at(rest, 1).page, `n${n}`, 'despite the twins');
  await waitCommitted(rest, 'n3', 'despite the twins');
  await expectConvicted(rest, ['Ana']);
});
