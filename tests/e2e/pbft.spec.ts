/** PBFT between real tabs: it commits under load, its views change, and lost memory is not taken for a restart. */
import { expect, test } from './fixtures.ts';
import {
  at,
  lever,
  loadFromAll,
  patienceMs,
  press,
  waitCommitted,
  without,
  write,
} from './room.ts';
import { expectSameLogs, view } from './screen.ts';
import { conductOf, openPbftRoom, verifyTranscript, waitForPrimary } from './conduct.ts';

test('[P1] four tabs commit under load, and everything they signed can be verified', async ({
  context,
}) => {
  const { tabs } = await openPbftRoom(context, 4);
  await loadFromAll(tabs);
  await write(at(tabs, 3).page, 'after', 'the load');
  await waitCommitted(tabs, 'after', 'the load');
  await expectSameLogs(tabs.map(({ page }) => page));
  expect((await waitForPrimary(tabs)).view).toBe(0);
  const { status, report, lines } = await verifyTranscript(at(tabs, 1).page);
  expect(lines).toBeGreaterThan(100);
  expect(report).toContain('nobody is convicted of anything');
  expect(status).toBe(0);
});

test('[P13] the tab of the primary is closed: the view changes, and commits go on', async ({
  context,
}) => {
  const { tabs } = await openPbftRoom(context, 4);
  await write(at(tabs, 1).page, 'before', 'view 0');
  const old = await waitForPrimary(tabs);
  await old.page.close();
  const rest = without(tabs, old);
  await write(at(rest, 0).page, 'after', 'the view change');
  await waitCommitted(rest, 'after', 'the view change');
  await waitCommitted(rest, 'before', 'view 0');
  const next = await waitForPrimary(rest);
  expect(next.view).toBeGreaterThan(old.view);
  expect(next.name).not.toBe(old.name);
  await write(at(rest, 1).page, 'and', 'on');
  await waitCommitted(rest, 'and', 'on');
  for (const { page } of rest) expect((await conductOf(page)).convictions).toEqual([]);
});

test('[B.2 G10] a wiped disk is no restart: its seat stays empty and counts against f', async ({
  context,
}) => {
  const { tabs } = await openPbftRoom(context, 4);
  await write(at(tabs, 0).page, 'before', 'the wipe');
  const dan = at(tabs, 3);
  const rest = without(tabs, dan);
  await press(lever(dan.page, 'Crash'));
  await press(lever(dan.page, 'Wipe the disk and come back'));
  await press(lever(dan.page, 'Really lose the disk?'));
  await expect(dan.page.getByText('a key without its memory can sign twice')).toBeVisible({
    timeout: patienceMs,
  });
  for (const { page } of rest) {
    await expect
      .poll(async () => (await conductOf(page)).budget.text, { timeout: patienceMs })
      .toBe('1 of f = 1 declared');
    expect((await conductOf(page)).budget.declared).toMatchObject([
      { name: 'Dan', what: 'lost its disk' },
    ]);
  }
  await write(dan.page, 'from', 'a stranger');
  await waitCommitted(rest, 'from', 'a stranger');
  expect((await view(dan.page)).header.seated).toBe(false);
});
