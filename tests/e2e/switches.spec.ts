/** What an epoch of PBFT may turn on: chosen in the lobby, said on every screen, and kept when the primary goes. */
import { expect, test } from './fixtures.ts';
import { at, lever, openLobby, patienceMs, press, send, startEpoch } from './room.ts';
import { expectEpoch, waitCommitted, without, write } from './room.ts';
import { waitForPrimary } from './conduct.ts';

test('[PS34] tentative execution and read-only requests: chosen in the lobby, and said of each answer', async ({
  context,
}) => {
  const room = await openLobby(context, 4, { protocol: 'pbft' });
  const [ana, ben] = [at(room.tabs, 0), at(room.tabs, 1)];
  await expect(ben.page.getByText('Tentative execution.')).toHaveCount(0);
  for (const name of [/^Tentative execution/, /^Read-only requests/]) {
    await press(ana.page.getByRole('checkbox', { name }));
  }
  await expect(ben.page.getByText('Tentative execution.')).toBeVisible({ timeout: patienceMs });
  await startEpoch(room);
  const old = await waitForPrimary(room.tabs);
  for (const { page } of room.tabs) {
    await expect(page.getByText('Tentative execution', { exact: true }).first()).toBeVisible();
  }
  const said = (text: string) =>
    ben.page.getByRole('listitem').filter({ hasText: text }).filter({ hasText: 'done' });
  await send(ben.page, 'put colour = teal');
  await expect(said('put colour = teal')).toContainText('answered tentatively', {
    timeout: patienceMs,
  });
  await waitCommitted(room.tabs, 'colour', 'teal');
  await send(ben.page, 'get colour by quorum');
  await expect(said('get colour by quorum')).toContainText(/by a quorum|so it was ordered/, {
    timeout: patienceMs,
  });
  await expect(said('get colour by quorum')).toContainText('= teal');

  // Whatever was executed and not committed in the view of the primary that goes is taken back, or carried over.
  await old.page.close();
  const rest = without(room.tabs, old);
  await write(at(rest, 0).page, 'after', 'the view change');
  await waitCommitted(rest, 'after', 'the view change');
  await waitCommitted(rest, 'colour', 'teal');
});

test('the next epoch begins with the switches of this one, and may turn them off', async ({
  context,
}) => {
  const room = await openLobby(context, 4, { protocol: 'pbft' });
  const ana = at(room.tabs, 0);
  await press(ana.page.getByRole('checkbox', { name: /^Tentative execution/ }));
  await startEpoch(room);
  await waitForPrimary(room.tabs);
  await press(lever(ana.page, 'New epoch'));
  const box = ana.page.getByRole('checkbox', { name: /^Tentative execution/ });
  await expect(box).toBeChecked();
  await press(box);
  await press(lever(ana.page, 'Start epoch 2'));
  for (const { page } of room.tabs) {
    await expectEpoch(page, 2);
    await expect(page.getByText('Tentative execution', { exact: true })).toHaveCount(0);
  }
});
