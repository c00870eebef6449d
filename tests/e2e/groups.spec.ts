/** A big room splits into groups by one draw, each of which is a cluster, and is called back. */
import { expect, test } from './fixtures.ts';
import { at, expectEpoch, expectLinked, openLink, openLobby, patienceMs, press } from './room.ts';
import { waitCommitted, waitForLeader, write, type Tab } from './room.ts';
import { memberId, view } from './screen.ts';

test('one draw makes two clusters of three, and one word calls everybody back', async ({
  context,
}) => {
  const room = await openLobby(context, 7, { profile: 'fast' });
  const [host, guests] = [at(room.tabs, 0).page, room.tabs.slice(1)];
  const away = at(guests, 5);
  const ids = await Promise.all(guests.map(({ page }) => memberId(page)));
  await press(host.getByRole('button', { name: 'Split into groups' }));
  const sheet = host.getByRole('dialog', { name: 'Split into groups' });
  await press(sheet.getByRole('radio', { name: '3', exact: true }));
  await expect(sheet.getByRole('status')).toContainText('2 groups of 3.');
  await press(sheet.getByRole('button', { name: 'Draw again' }));
  // Somebody is away when everybody is sent off.
  await away.page.goto('about:blank');
  await expect(sheet.getByText(`${away.name} left after this draw`)).toBeVisible();
  await press(sheet.getByRole('button', { name: 'Send everybody to their groups' }));
  await expect(host.getByRole('heading', { name: 'Split into 2 groups' })).toBeVisible();
  await openLink(away.page, room);

  const groups = (await view(host)).split.groups ?? [];
  const clusters = groups.map(({ members }) =>
    members.map(({ name }) => guests.find((tab) => tab.name === name) as Tab),
  );
  expect(
    clusters
      .flat()
      .map(({ name }) => name)
      .sort(),
  ).toEqual(guests.map(({ name }) => name));
  for (const [i, tabs] of clusters.entries()) {
    for (const { page } of tabs) await expectLinked(page, 3);
    for (const { page } of tabs) expect(page.url()).toContain(`#/r/${at(groups, i).code}`);
    // The first drawn holds the office.
    const { page } = at(tabs, 0);
    await expect(page.getByText(`Group ${i + 1} of 2.`)).toBeVisible();
    await press(page.getByRole('button', { name: /^Start / }));
    for (const tab of tabs) await expectEpoch(tab.page, 1);
  }
  expect(await Promise.all(guests.map(({ page }) => memberId(page)))).toEqual(ids);
  for (const [i, tabs] of clusters.entries()) {
    await waitForLeader(tabs);
    await write(at(tabs, 1).page, 'group', `${i}`);
    await waitCommitted(tabs, 'group', `${i}`);
  }
  const back = at(at(clusters, 0), 2);
  await back.page.reload();
  await expectEpoch(back.page, 1);
  await waitCommitted([back], 'group', '0');

  await press(host.getByRole('button', { name: 'Back to the big room' }));
  await press(host.getByRole('button', { name: 'Call everybody back?' }));
  for (const { page } of room.tabs) {
    await expect(page).toHaveURL(new RegExp(`#/r/${room.code}$`), { timeout: patienceMs });
    await expectLinked(page, 7);
  }
  expect(await Promise.all(guests.map(({ page }) => memberId(page)))).toEqual(ids);
});
