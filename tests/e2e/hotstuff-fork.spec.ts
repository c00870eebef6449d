/** Two liars of four have the two honest ones commit two chains, in each form of HotStuff, and a room that looks for it. */
import { expect, test } from './fixtures.ts';
import { at, cutOff, lever, openLobby, patienceMs, press, send, startEpoch } from './room.ts';
import { stored, waitCommitted, write } from './room.ts';
import { conductOf, expectConvicted, lie, verifyTranscript } from './conduct.ts';

/** Each side of the cut loses the views of one leader, and on a busy machine others. */
const forkMs = 90_000;

for (const form of ['hotstuff', 'jolteon', 'basichotstuff'] as const) {
  test(`[BH13, HB15] two liars fork ${form}: two ledgers are shown, and the court names exactly those two`, async ({
    context,
  }) => {
    test.setTimeout(240_000);
    const room = await openLobby(context, 4, { protocol: form });
    await startEpoch(room);
    const { tabs } = room;
    const [ana, ben, cleo, dan] = [at(tabs, 0), at(tabs, 1), at(tabs, 2), at(tabs, 3)];
    await write(dan.page, 'before', 'the fork');
    await waitCommitted(tabs, 'before', 'the fork');
    await cutOff(cleo.page, [dan]);
    await lie(ana.page, 'HB15', { to: ['Cleo'], along: ['Ben'] });
    await lie(ben.page, 'HB15', { to: ['Cleo'], along: ['Ana'] });
    for (const n of [1, 2, 3, 4]) {
      await send(cleo.page, `put c${n} = left`);
      await send(dan.page, `put d${n} = right`);
    }
    await expect(stored(cleo.page, 'c2')).toHaveText('left', { timeout: forkMs });
    await expect(stored(dan.page, 'd2')).toHaveText('right', { timeout: forkMs });
    await press(lever(cleo.page, 'Heal all my links'));
    for (const { page } of [cleo, dan]) {
      const named = async () => [...((await conductOf(page)).fork?.liars ?? [])].sort();
      await expect.poll(named, { timeout: patienceMs }).toEqual(['Ana', 'Ben']);
    }
    await expectConvicted([cleo, dan], ['Ana', 'Ben']);
    for (const { page } of [cleo, dan]) {
      await expect(page.getByText(/^The court names/)).toContainText(/Ana and Ben|Ben and Ana/);
      const ledgers = await page.getByRole('region', { name: /^Ledger of / }).all();
      const holders = await Promise.all(ledgers.map((one) => one.getAttribute('aria-label')));
      expect([holders.length, new Set(holders).size]).toEqual([2, 2]);
      const { status, report } = await verifyTranscript(page);
      expect(report).toMatch(/FORK: .* decide view \d+ differently/);
      expect(report).toMatch(/the court names (Ana, Ben|Ben, Ana):/);
      expect(status).toBe(0);
    }
  });
}
