/** Rooms whose people may lie: turning a replica, and what screens say of who keeps to the protocol. */
import { readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { expect, type BrowserContext, type Locator, type Page } from '@playwright/test';
import type { ConductView } from '../../src/lib/view/conduct-types.ts';
import { openLobby, patienceMs, press, startEpoch, type Room, type Tab } from './room.ts';
import { view } from './screen.ts';

export interface Primary extends Tab {
  readonly view: number;
}

/** Waits until the replicas of all of `tabs` are in one view, and gives its primary, in whatever tab it is. */
export async function waitForPrimary(
  tabs: readonly Tab[],
  all: readonly Tab[] = tabs,
): Promise<Primary> {
  let found: Primary | null = null;
  const look = async (): Promise<string> => {
    const own = await Promise.all(
      tabs.map(async ({ page }) => (await view(page)).seats.find(({ mine }) => mine)?.summary),
    );
    const seats = (await view((tabs[0] as Tab).page)).seats;
    const [first] = own;
    const name = seats.find(({ id }) => id === first?.leader)?.name;
    const tab = all.find((one) => one.name === name);
    const agreed = own.every((it) => it?.term === first?.term && it?.leader === first?.leader);
    found = first && tab && agreed ? { ...tab, view: first.term } : null;
    return found ? 'one primary' : JSON.stringify(own.map((it) => [it?.term, it?.leader]));
  };
  await expect.poll(look, { timeout: patienceMs, intervals: [100] }).toBe('one primary');
  return found as unknown as Primary;
}

/** A running room of `n` replicas of PBFT, all in view 0. */
export async function openPbftRoom(context: BrowserContext, n: number): Promise<Room> {
  const room = await openLobby(context, n, { protocol: 'pbft' });
  await startEpoch(room);
  await waitForPrimary(room.tabs);
  return room;
}

/** The person of `page` has their replica lie, on top of how it lies already. */
export async function lie(
  page: Page,
  what: string,
  { to = [], along = [] }: { to?: readonly string[]; along?: readonly string[] } = {},
): Promise<void> {
  const open = page.getByRole('button', { name: 'Make my replica lie…' });
  if (await open.isVisible()) await press(open);
  const menu = page.getByLabel('The lie', { exact: true });
  await expect(menu).toBeVisible({ timeout: patienceMs });
  await menu.selectOption({ label: await labelOf(menu, what) });
  for (const [group, names] of [
    [/^Lie to \(/, to],
    [/^Lie together/, along],
  ] as const) {
    const boxes = page.getByRole('group', { name: group });
    for (const box of await boxes.getByRole('checkbox').all()) await box.uncheck();
    for (const name of names) await boxes.getByLabel(name).check();
  }
  await press(page.getByRole('button', { name: 'Start lying' }));
  await expect(page.getByRole('region', { name: 'Your lies' })).toContainText(`${what}:`);
}

async function labelOf(menu: Locator, what: string): Promise<string> {
  const labels = await menu.getByRole('option').allInnerTexts();
  return labels.find((label) => label.startsWith(`${what}:`)) ?? what;
}

export async function conductOf(page: Page): Promise<ConductView> {
  const { conduct } = await view(page);
  if (!conduct) throw new Error('no epoch runs');
  return conduct;
}

/** What `page` shows as declared: `Ben lies (G2)`. */
export async function declared(page: Page): Promise<string[]> {
  return (await conductOf(page)).budget.declared.map(({ name, what }) => `${name} ${what}`);
}

/** Whom the screen of `page` holds convicted, each once, in the order of the alphabet. */
export async function convicted(page: Page): Promise<string[]> {
  const names = (await conductOf(page)).convictions.map(({ name }) => name);
  return [...new Set(names)].sort();
}

export async function expectConvicted(
  tabs: readonly Tab[],
  names: readonly string[],
): Promise<void> {
  for (const { page } of tabs) {
    await expect.poll(() => convicted(page), { timeout: patienceMs }).toEqual([...names].sort());
  }
}

export interface Verified {
  readonly status: number | null;
  readonly report: string;
  readonly lines: number;
}

/** Saves the transcript from the screen of `page` and has `npm run verify` check it. */
export async function verifyTranscript(page: Page): Promise<Verified> {
  const saved = page.waitForEvent('download');
  await press(page.getByRole('button', { name: 'Save what was signed' }));
  const path = await (await saved).path();
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n').length;
  const { status, stdout } = spawnSync('npm', ['run', '--silent', 'verify', '--', path], {
    encoding: 'utf8',
  });
  return { status, report: stdout, lines };
}
