/** What the facilitator may order: epochs, time, healing, the door and who is in the room. */
import { profiles } from '#protocols/core/timing.ts';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { at, comeLate, commandLine, cutOff, expectDone, expectEpoch, giveName } from './room.ts';
import { joinRoom, lever, openLobby, openRoom, patienceMs, press, send, stored } from './room.ts';
import { waitCommitted, waitForLeader, without, write } from './room.ts';
import { expectSameLogs, memberId, vitals } from './screen.ts';

const heading = (page: Page) => page.getByRole('heading', { level: 1 });

test('a new epoch has another roster and pace, and the state goes on', async ({ context }) => {
  const room = await openRoom(context, 4);
  const [ana, ben] = [at(room.tabs, 0), at(room.tabs, 1)];
  await write(ben.page, 'carried', 'over');
  const late = await comeLate(room, await context.newPage(), 'Zoe');
  await press(lever(ana.page, 'New epoch'));
  const sheet = ana.page.getByRole('dialog', { name: 'Epoch 2' });
  await sheet.getByRole('checkbox', { name: /^Ben/ }).uncheck();
  await press(sheet.getByRole('checkbox', { name: /^Zoe/ }));
  await press(sheet.getByRole('radio', { name: /Fast/ }));
  await press(sheet.getByRole('radio', { name: /Carried over/ }));
  await press(sheet.getByRole('button', { name: 'Start epoch 2' }));
  const everybody = [...room.tabs, late];
  for (const { page } of everybody) await expectEpoch(page, 2);
  const voters = without(everybody, ben);
  await waitForLeader(everybody);
  await waitCommitted(voters, 'carried', 'over');
  await expect(ben.page.getByText('You watch.')).toBeVisible();
  await write(late.page, 'zoe', 'votes');
  await waitCommitted(voters, 'zoe', 'votes');
  await send(ben.page, 'get carried');
  await expectDone(ben.page, 'get carried');
  await expect(commandLine(ben.page, 'get carried')).toContainText('= over');
  await expect(commandLine(ben.page, 'put carried')).toContainText('written');
  await expect(ben.page.getByText('fast pace')).toBeVisible();
});

test('a new epoch may start empty, even when the old one has no majority', async ({ context }) => {
  const { tabs } = await openRoom(context, 3);
  const [ana, ben, cleo] = [at(tabs, 0), at(tabs, 1), at(tabs, 2)];
  await write(ana.page, 'old', 'state');
  for (const { page } of [ben, cleo]) await press(lever(page, 'Crash'));
  await expect(vitals(ana.page)).toContainText('cannot commit', { timeout: patienceMs });
  await press(lever(ana.page, 'New epoch'));
  const sheet = ana.page.getByRole('dialog', { name: 'Epoch 2' });
  await expect(sheet).toContainText('cannot commit its end now');
  await press(sheet.getByRole('radio', { name: /Started empty/ }));
  await press(sheet.getByRole('button', { name: 'Start epoch 2' }));
  for (const { page } of tabs) await expectEpoch(page, 2);
  await waitForLeader(tabs);
  for (const { page } of tabs) await expect(stored(page, 'old')).toHaveCount(0);
  await write(cleo.page, 'new', 'state');
  await waitCommitted(tabs, 'new', 'state');
});

test('freezing stops every clock, and time goes on where it stood', async ({ context }) => {
  const { tabs } = await openRoom(context, 3);
  const [ana, ben] = [at(tabs, 0), at(tabs, 1)];
  const before = await waitForLeader(tabs);
  await press(lever(ana.page, 'Freeze the room'));
  for (const { page } of tabs) {
    await expect(page.getByText('Frozen', { exact: true }).first()).toBeVisible();
  }
  await send(ben.page, 'put while = frozen');
  await ben.page.waitForTimeout(3 * profiles.wifi.electionTicksMin);
  await expect(commandLine(ben.page, 'put while = frozen')).toContainText('waiting');
  const still = await waitForLeader(tabs);
  expect(still).toMatchObject({ name: before.name, term: before.term });
  await press(lever(ana.page, 'Let time run again'));
  await expectDone(ben.page, 'put while = frozen');
  const after = await waitForLeader(tabs);
  expect(after).toMatchObject({ name: before.name, term: before.term });
});

test('healing all ends every fault that anybody chose', async ({ context }) => {
  const { tabs } = await openRoom(context, 3);
  const [ana, ben, cleo] = [at(tabs, 0), at(tabs, 1), at(tabs, 2)];
  await cutOff(ben.page, [ana, cleo]);
  await cutOff(cleo.page, [ana]);
  await expect(vitals(ana.page)).toContainText('cannot commit', { timeout: patienceMs });
  await press(lever(ana.page, 'Heal all links'));
  await waitForLeader(tabs);
  await write(cleo.page, 'healed', 'all');
  await waitCommitted(tabs, 'healed', 'all');
  await expectSameLogs(tabs.map(({ page }) => page));
  for (const { page } of tabs) await expect(lever(page, 'Heal all my links')).toBeDisabled();
});

test('a locked door keeps newcomers out and lets members back in', async ({ context }) => {
  const room = await openRoom(context, 2);
  const [ana, ben] = [at(room.tabs, 0), at(room.tabs, 1)];
  await press(lever(ana.page, 'Lock the door'));
  await expect(ben.page.getByText('Locked', { exact: true })).toBeVisible();
  const stranger = await context.newPage();
  await joinRoom(stranger, room, 'Zoe');
  await expect(heading(stranger)).toHaveText('The door of this room is locked');
  const id = await memberId(ben.page);
  await ben.page.reload();
  await expectEpoch(ben.page, 1);
  expect(await memberId(ben.page)).toBe(id);
  await waitForLeader(room.tabs);
  await press(lever(ana.page, 'Unlock the door'));
  await expect(ben.page.getByText('Locked', { exact: true })).toBeHidden();
  await press(stranger.getByRole('button', { name: 'Try again' }));
  await giveName(stranger, 'Zoe');
  await expect(stranger.getByText('You watch.')).toBeVisible({ timeout: patienceMs });
});

test('a guest who is removed is told so, and stays out', async ({ context }) => {
  const room = await openRoom(context, 3);
  const [ana, cleo] = [at(room.tabs, 0), at(room.tabs, 2)];
  await press(ana.page.getByRole('button', { name: '3 here' }));
  const guest = ana.page.getByRole('listitem').filter({ hasText: 'Cleo' });
  await press(guest.getByRole('button', { name: 'Remove', exact: true }));
  await press(guest.getByRole('button', { name: 'Remove Cleo?' }));
  await expect(heading(cleo.page)).toHaveText('The facilitator removed you from this room');
  const rest = without(room.tabs, cleo);
  await waitForLeader(rest);
  await write(ana.page, 'without', 'Cleo');
  await waitCommitted(rest, 'without', 'Cleo');
  await cleo.page.reload();
  await expect(heading(cleo.page)).toHaveText('The facilitator removed you from this room');
});

test('the lobby says who is connected, and its host shows somebody out', async ({ context }) => {
  const room = await openLobby(context, 3);
  const [ana, cleo] = [at(room.tabs, 0), at(room.tabs, 2)];
  await press(ana.page.getByRole('button', { name: /^Cleo/ }));
  await press(ana.page.getByRole('button', { name: 'Remove Cleo' }));
  await press(ana.page.getByRole('button', { name: 'Yes, remove Cleo' }));
  await expect(heading(cleo.page)).toHaveText('The facilitator removed you from this room');
  await expect(heading(ana.page)).toContainText('2 here');
});

test('a lab: every replica makes one mistake, and everybody’s screen says so', async ({
  context,
}) => {
  const room = await openRoom(context, 3, { profile: 'fast' });
  const [ana, ben] = [at(room.tabs, 0), at(room.tabs, 1)];
  await write(ben.page, 'before', 'the lab');
  await press(lever(ana.page, 'New epoch'));
  await press(lever(ana.page, 'Plant a bug in every replica…'));
  const bugs = ana.page.getByLabel('The mistake that every replica makes');
  await bugs.selectOption('no-entry-of-its-own');
  await press(lever(ana.page, 'Start epoch 2'));
  for (const { page } of room.tabs) {
    await expectEpoch(page, 2);
    await expect(page.getByText('Lab: no-entry-of-its-own')).toBeVisible();
  }
  await waitForLeader(room.tabs);
  // The mistake: a new leader appends no entry of its own term (R11), so the first one is a command.
  await write(ben.page, 'first', 'entry');
  expect(await expectSameLogs(room.tabs.map(({ page }) => page))).toHaveLength(1);
  await press(lever(ana.page, 'New epoch'));
  await press(lever(ana.page, 'Start epoch 3'));
  for (const { page } of room.tabs) {
    await expectEpoch(page, 3);
    await expect(page.getByText(/^Lab:/)).toHaveCount(0);
  }
  await waitForLeader(room.tabs);
  await waitCommitted(room.tabs, 'first', 'entry');
});
