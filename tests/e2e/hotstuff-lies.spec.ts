/** Tabs that lie under HotStuff: what the room survives, and whom evidence names. */
import type { BrowserContext } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { at, openLobby, patienceMs, press, startEpoch } from './room.ts';
import { waitCommitted, without, write } from './room.ts';
import type { Room, Tab } from './room.ts';
import { conductOf, expectConvicted, lie, verifyTranscript } from './conduct.ts';

async function openHotStuffRoom(context: BrowserContext): Promise<Room> {
  const room = await openLobby(context, 4, { protocol: 'hotstuff' });
  await startEpoch(room);
  return room;
}

/** Writes of `tab` that keep the views turning. */
const load = ({ name, page }: Tab, durationMs: number) =>
  page.evaluate(
    ([prefix, durationMs]) =>
      globalThis.synod.screen?.session.run?.load({ inFlight: 2, durationMs, prefix }),
    [name, durationMs] as const,
  );

test('[HB1, E1] a leader with two stories is survived, and named by both of them', async ({
  context,
}) => {
  const { tabs } = await openHotStuffRoom(context);
  const ben = at(tabs, 1);
  const rest = without(tabs, ben);
  await lie(ben.page, 'HB1');
  for (const { page } of rest) {
    await expect.poll(async () => (await conductOf(page)).budget.text).toBe('1 of f = 1 declared');
  }
  await load(at(rest, 0), 2_000);
  await write(at(rest, 1).page, 'despite', 'the lie');
  await waitCommitted(rest, 'despite', 'the lie');
  await expectConvicted(rest, ['Ben']);
  const [first] = (await conductOf(at(rest, 0).page)).convictions;
  expect(first).toMatchObject({ name: 'Ben', kind: 'E1' });
  expect(first?.statements.map(({ kind }) => kind)).toEqual(['PROPOSAL', 'PROPOSAL']);
  const told = ben.page.getByRole('list', { name: 'Lies told' });
  await expect(told).toContainText('should have sent PROPOSAL: view');
  await press(ben.page.getByRole('button', { name: 'Stop lying' }));
  await write(ben.page, 'honest', 'again');
  await waitCommitted(tabs, 'honest', 'again');
  const { status, report } = await verifyTranscript(at(rest, 1).page);
  expect(report).toContain('E1: Ben ');
  expect(status).toBe(0);
});

test('[HB11, HB5, E11] a leader that hides its certificates, and gives up views as if there were none, is named', async ({
  context,
}) => {
  test.setTimeout(120_000);
  const { tabs } = await openHotStuffRoom(context);
  const cleo = at(tabs, 2);
  const rest = without(tabs, cleo);
  await write(at(rest, 0).page, 'before', 'the lie');
  await lie(cleo.page, 'HB11');
  await lie(cleo.page, 'HB5');
  for (const n of [1, 2, 3]) await write(at(rest, n % 3).page, `n${n}`, 'despite it');
  await waitCommitted(rest, 'n3', 'despite it');
  await expectConvicted(rest, ['Cleo']);
  for (const { page } of rest) {
    await expect
      .poll(async () => (await conductOf(page)).convictions.map(({ kind }) => kind), {
        timeout: patienceMs,
      })
      .toContain('E11');
  }
});
