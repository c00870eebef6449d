/** What a room of HotStuff shows: the tree with its certificates, where each replica stands in it, and views given up. */
import type { BrowserContext, Locator, Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import {
  at,
  commandLine,
  openLobby,
  patienceMs,
  press,
  send,
  startEpoch,
  without,
  write,
} from './room.ts';
import type { Room, RoomOptions, Tab } from './room.ts';

const tree = (page: Page): Locator => page.getByRole('region', { name: 'Block tree' });
const blocks = (page: Page): Locator =>
  tree(page).getByRole('list', { name: 'Blocks, oldest first' });
const pipeline = (page: Page): Locator => tree(page).getByRole('list', { name: /^Pipeline/ });

async function openTree(context: BrowserContext, options: RoomOptions = {}): Promise<Room> {
  const room = await openLobby(context, 4, { protocol: 'hotstuff', ...options });
  await startEpoch(room);
  return room;
}

/** Who leads the view in which the chain rests, as all screens say it. */
async function leaderAtRest(tabs: readonly Tab[]): Promise<Tab> {
  const say = async ({ page }: Tab): Promise<string> =>
    /^\w+ leads view \d+(?=[^]*nothing to order, so nothing of)/.exec(
      await tree(page).innerText(),
    )?.[0] ?? 'not yet';
  const look = async (): Promise<string> => [...new Set(await Promise.all(tabs.map(say)))].join();
  await expect
    .poll(look, { timeout: patienceMs, intervals: [200] })
    .toMatch(/^\w+ leads view \d+$/);
  const words = await say(at(tabs, 0));
  return at(
    tabs,
    tabs.findIndex(({ name }) => words.startsWith(`${name} `)),
  );
}

test('[C5] [C6] blocks, certificates, locks and commits on every screen', async ({ context }) => {
  const { tabs } = await openTree(context, { profile: 'lecture' });
  for (const { page } of tabs) {
    await expect(tree(page)).toContainText('Ben leads view 1, next Cleo, Dan and Ana.', {
      timeout: patienceMs,
    });
    await expect(tree(page)).toContainText('Nothing to order: the chain rests.');
    await expect(blocks(page)).toContainText('genesis');
  }
  await send(at(tabs, 0).page, 'put colour = teal');
  const ana = at(tabs, 0).page;
  await expect(pipeline(ana)).toHaveAccessibleName(/view 2: prepare b2, pre-commit b1$/, {
    timeout: patienceMs,
  });
  for (const { page } of tabs) {
    const first = blocks(page).getByRole('button', { name: /^b1, view 1, .*put colour=teal\./ });
    await expect(first).toHaveAccessibleName(
      /QC 3 of 4: \w+, \w+ and \w+\. Committed and executed by all 4\./,
      { timeout: patienceMs },
    );
    await expect(pipeline(page)).toHaveAccessibleName(/commit b\d, decide b\d$/);
    await expect(blocks(page)).toContainText(/commit\s*(all 4|3 replicas)/);
    await expect(blocks(page)).toContainText(/lock\s*(all 4|3 replicas)/);
    await expect(tree(page)).toContainText('Nothing to order: the chain rests.');
  }
});

test('the blocks are told one after the other by keyboard, and fit a phone', async ({
  context,
}) => {
  const { tabs } = await openTree(context);
  const { page } = at(tabs, 1);
  await write(page, 'colour', 'teal');
  await expect(tree(page)).toContainText('the chain rests', { timeout: patienceMs });
  await blocks(page).getByRole('button').last().focus();
  await page.keyboard.press('Home');
  await expect(blocks(page).getByRole('button', { name: /^b1, / })).toBeFocused();
  await expect(tree(page)).toContainText(/by Ben, on genesis: put colour=teal\. QC 3 of 4: /);
  await page.keyboard.press('ArrowDown');
  await expect(tree(page)).toContainText(/by Cleo, on the block of view 1: empty block\./);
  await page.setViewportSize({ width: 390, height: 844 });
  await press(
    page.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name: 'Chains' }),
  );
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(over).toBe(0);
  const heights = await blocks(page)
    .getByRole('button')
    .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height));
  expect(Math.min(...heights)).toBeGreaterThanOrEqual(44);
});

test('[C20] [C21] a leader’s tab is closed: timeouts are counted, and their certificate is told', async ({
  context,
}) => {
  test.setTimeout(150_000);
  const { tabs } = await openTree(context, { profile: 'lecture' });
  await write(at(tabs, 0).page, 'before', 'it went');
  const gone = await leaderAtRest(tabs);
  await gone.page.close();
  const rest = without(tabs, gone);
  const { page } = at(rest, 0);
  await send(page, 'put after = it went');
  const three = '\\w+, \\w+ and \\w+';
  await expect(tree(page)).toContainText(
    new RegExp(
      `View \\d+ ended by timeouts of ${three} \\(TC\\); highest certificate among them: view \\d+\\.`,
    ),
    { timeout: 40_000 },
  );
  await expect(blocks(page)).toContainText(new RegExp(`no block, given up by ${three}`));

  await expect(commandLine(page, 'put after').first()).toContainText('done', { timeout: 40_000 });
  const second = at(rest, 2);
  await second.page.close();
  await send(page, 'put never = committed');
  await expect(tree(page)).toContainText(
    /Gave up on view \d+: \w+ and \w+ \(2 of 3, one more\)\./,
    {
      timeout: 60_000,
    },
  );
});
