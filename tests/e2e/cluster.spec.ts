/** Five tabs are a cluster: they elect, they commit, and it survives what people do to their own replicas. */
import { expect, test } from './fixtures.ts';
import { at, comeLate, commandLine, electionMs, expectDone, lever, openRoom } from './room.ts';
import { press, send, waitCommitted, waitForLeader, without, write, type Tab } from './room.ts';
import { eventTexts, events, expectSameLogs, expectStanding, leader, memberId } from './screen.ts';
import { seat, view, vitals } from './screen.ts';

const pagesOf = (tabs: readonly Tab[]) => tabs.map(({ page }) => page);

/** Lines of the event list since `count` of them were there. */
const since = async ({ page }: Tab, count: number) => (await eventTexts(page)).slice(count);

test('five tabs elect a leader and commit what any of them writes', async ({ context }) => {
  const { tabs } = await openRoom(context, 5, { profile: 'fast' });
  for (const { name, page } of tabs) await write(page, name.toLowerCase(), `from ${name}`);
  for (const { name } of tabs) await waitCommitted(tabs, name.toLowerCase(), `from ${name}`);
  const log = await expectSameLogs(pagesOf(tabs));
  expect(log.filter((entry) => entry.includes('put '))).toHaveLength(5);
  for (const { page } of tabs) {
    await expect(vitals(page)).toContainText('5 seats, 5 heard, 3 needed');
    await expect(page.getByRole('region', { name: 'Logs' })).toContainText('from Eva');
  }
});

test('a late comer watches, and its commands count like everybody’s', async ({ context }) => {
  const room = await openRoom(context, 3);
  await write(at(room.tabs, 0).page, 'colour', 'teal');
  const late = await comeLate(room, await context.newPage(), 'Zoe');
  await expect(late.page.getByText('This epoch began without you')).toBeVisible();
  await waitForLeader([...room.tabs, late]);
  await expect(late.page.getByRole('region', { name: 'Logs' })).toContainText('teal');
  await send(late.page, 'get colour');
  await expectDone(late.page, 'get colour');
  await expect(commandLine(late.page, 'get colour')).toContainText('= teal');
  await write(late.page, 'guest', 'was here');
  await waitCommitted(room.tabs, 'guest', 'was here');
  await expect(vitals(late.page)).toContainText('3 seats, 3 heard, 2 needed');
});

test('the room outlives the crash of its leader, who comes back with its disk', async ({
  context,
}) => {
  const { tabs, profile } = await openRoom(context, 5);
  await write(at(tabs, 1).page, 'before', 'crash');
  await expectSameLogs(pagesOf(tabs));
  const old = await waitForLeader(tabs);
  const disk = (await seat(old.page, old.name)).summary;
  const crashedAt = Date.now();
  await press(lever(old.page, 'Crash'));
  const rest = without(tabs, old);
  const next = await waitForLeader(rest);
  const elected = (await view(next.page)).events.find(({ text }) =>
    text.startsWith(`${next.name} leads term ${next.term}`),
  );
  expect((elected?.at ?? Infinity) - crashedAt).toBeLessThan(2 * electionMs(profile));
  for (const { page } of tabs) await expectStanding(page, old.name, /^crashed/);
  await expect(vitals(next.page)).toContainText('5 seats, 4 heard, 3 needed');
  await write(at(rest, 0).page, 'after', 'crash');
  await press(lever(old.page, 'Restart from its disk'));
  await waitCommitted(tabs, 'after', 'crash');
  await expectSameLogs(pagesOf(tabs));
  const back = `${old.name} is back with term ${disk?.term} and ${disk?.lastIndex} entries`;
  await expect(events(old.page)).toContainText(back);
});

test('a leader that slept steps down when it wakes, and disturbs nobody', async ({ context }) => {
  const { tabs, profile } = await openRoom(context, 3);
  const old = await waitForLeader(tabs);
  await press(lever(old.page, 'Pause'));
  const rest = without(tabs, old);
  const next = await waitForLeader(rest);
  for (const { page } of tabs) await expectStanding(page, old.name, /^paused/);
  await write(at(rest, 0).page, 'while', 'asleep');
  const told = (await eventTexts(old.page)).length;
  await press(lever(old.page, 'Wake'));
  await expect(events(old.page)).toContainText(`${old.name} no longer leads: it slept too long`);
  await waitCommitted(tabs, 'while', 'asleep');
  await old.page.waitForTimeout(electionMs(profile));
  expect(await waitForLeader(tabs)).toMatchObject({ name: next.name, term: next.term });
  // What the others did while it slept may be told late.
  const stood = (await since(old, told)).filter((text) =>
    text.includes(`${old.name} stands for election`),
  );
  expect(stood).toEqual([]);
});

test('a follower that slept past its timeout does not stand for election', async ({ context }) => {
  const { tabs, profile } = await openRoom(context, 3);
  const before = await waitForLeader(tabs);
  const sleeper = at(without(tabs, before), 0);
  await press(lever(sleeper.page, 'Pause'));
  for (const { page } of tabs) await expectStanding(page, sleeper.name, /^paused/);
  await write(before.page, 'while', 'asleep');
  await sleeper.page.waitForTimeout(1.2 * electionMs(profile));
  const told = (await eventTexts(sleeper.page)).length;
  await press(lever(sleeper.page, 'Wake'));
  await waitCommitted(tabs, 'while', 'asleep');
  await expectSameLogs(pagesOf(tabs));
  expect(await waitForLeader(tabs)).toMatchObject({ name: before.name, term: before.term });
  const lines = await since(sleeper, told);
  const stood = lines.filter((text) => text.includes(`${sleeper.name} stands for election`));
  expect(stood).toEqual([]);
});

test('closing a tab for good leaves a working room of four', async ({ context }) => {
  const { tabs } = await openRoom(context, 5);
  const gone = await waitForLeader(tabs);
  await gone.page.close();
  const rest = without(tabs, gone);
  await waitForLeader(rest);
  for (const { page } of rest) {
    await expectStanding(page, gone.name, /^stale/);
    await expect(vitals(page)).toContainText('5 seats, 4 heard, 3 needed');
  }
  await write(at(rest, 1).page, 'four', 'are enough');
  await waitCommitted(rest, 'four', 'are enough');
});

test('a reload returns to the same seat, with its log', async ({ context }) => {
  const { tabs } = await openRoom(context, 3);
  await write(at(tabs, 0).page, 'kept', 'on disk');
  await expectSameLogs(pagesOf(tabs));
  const tab = await waitForLeader(tabs);
  const id = await memberId(tab.page);
  const disk = (await seat(tab.page, tab.name)).summary;
  await tab.page.reload();
  await expect(events(tab.page)).toContainText(
    `${tab.name} is back with term ${disk?.term} and ${disk?.lastIndex} entries on its disk`,
    { timeout: 20_000 },
  );
  expect(await memberId(tab.page)).toBe(id);
  await waitForLeader(tabs);
  await waitCommitted(tabs, 'kept', 'on disk');
  await write(tab.page, 'after', 'the reload');
  await waitCommitted(tabs, 'after', 'the reload');
  await expectSameLogs(pagesOf(tabs));
  expect((await leader(tab.page))?.name).toBeTruthy();
});
