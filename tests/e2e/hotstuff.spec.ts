/** HotStuff between real tabs: each of its forms commits under load, and goes on without a tab that was closed. */
import { expect, test } from './fixtures.ts';
import { at, openLobby, startEpoch, waitCommitted, without, write } from './room.ts';
import type { Room } from './room.ts';
import { expectSameLogs, view } from './screen.ts';
import { conductOf } from './conduct.ts';
import type { BrowserContext } from '@playwright/test';

type Form = 'hotstuff' | 'jolteon' | 'basichotstuff';

async function openHotStuffRoom(context: BrowserContext, form: Form = 'hotstuff'): Promise<Room> {
  const room = await openLobby(context, 4, { protocol: form });
  await startEpoch(room);
  return room;
}

for (const form of ['hotstuff', 'jolteon', 'basichotstuff'] as const) {
  test(`[C6] four tabs commit by ${form} under load from all of them`, async ({ context }) => {
    const { tabs } = await openHotStuffRoom(context, form);
    const loads = tabs.map(({ name, page }) =>
      page.evaluate(
        (prefix) =>
          globalThis.synod.screen?.session.run?.load({ inFlight: 4, durationMs: 1_500, prefix }),
        name,
      ),
    );
    const reports = await Promise.all(loads);
    for (const report of reports) expect(report?.commands).toBeGreaterThan(8);
    await write(at(tabs, 3).page, 'after', 'the load');
    await waitCommitted(tabs, 'after', 'the load');
    await expectSameLogs(tabs.map(({ page }) => page));
    for (const { page } of tabs) expect((await conductOf(page)).convictions).toEqual([]);
  });
}

test('[CI10] a tab is closed: its views are given up, and the others commit', async ({
  context,
}) => {
  const { tabs } = await openHotStuffRoom(context);
  await write(at(tabs, 1).page, 'before', 'it went');
  const gone = at(tabs, 2);
  await gone.page.close();
  const rest = without(tabs, gone);
  for (const n of [1, 2, 3]) await write(at(rest, n % 3).page, `n${n}`, 'without it');
  await waitCommitted(rest, 'n3', 'without it');
  const seen = (await view(at(rest, 0).page)).events.map(({ text }) => text);
  expect(seen.some((text) => /gives up view \d+, which Cleo leads/.test(text))).toBe(true);
});
