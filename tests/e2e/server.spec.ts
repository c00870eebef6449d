/** The server introduces tabs to each other, and a running room does without it. */
import { expect, test } from './fixtures.ts';
import { at, commandLine, expectDone, openRoom, patienceMs, press, send } from './room.ts';
import { waitCommitted, waitForLeader, write } from './room.ts';
import { events, leader } from './screen.ts';

test('a server that is killed comes back on its port', async ({ server, page }) => {
  const answer = async () => (await page.request.get(`${server.url}/health`)).status();
  expect(await answer()).toBe(200);
  await server.kill();
  await expect(answer()).rejects.toThrow();
  await server.restart();
  expect(await answer()).toBe(200);
});

test('a room goes on without its server, and is open again when that is back', async ({
  server,
  context,
  complaints,
}) => {
  complaints.expect(/WebSocket connection to .* failed/);
  const room = await openRoom(context, 3, { url: server.url });
  const [ana, ben] = [at(room.tabs, 0), at(room.tabs, 1)];
  const before = await waitForLeader(room.tabs);
  await server.kill();
  for (const { page } of room.tabs) {
    await expect(page.getByText('door unreachable')).toBeVisible();
  }
  for (const { name, page } of room.tabs) await write(page, name, 'needs no server');
  for (const { name } of room.tabs) await waitCommitted(room.tabs, name, 'needs no server');
  expect(await leader(ben.page)).toMatchObject({ name: before.name, term: before.term });
  expect(await events(ben.page).innerText()).not.toContain('is gone');

  await server.restart();
  for (const { page } of room.tabs) {
    await expect(page.getByText('door open')).toBeVisible({ timeout: patienceMs });
  }
  const page = await context.newPage();
  await page.goto(`${server.url}/`);
  await page.getByLabel('Code').fill(room.code.toLowerCase());
  const join = page.locator('form', { has: page.getByLabel('Code') });
  await join.getByLabel('Your name').fill('Zoe');
  await press(join.getByRole('button'));
  await expect(page.getByText('You watch.')).toBeVisible({ timeout: patienceMs });
  await send(page, 'get Ana');
  await expectDone(page, 'get Ana');
  await expect(commandLine(page, 'get Ana')).toContainText('= needs no server');
  await write(ana.page, 'after', 'the return');
});
