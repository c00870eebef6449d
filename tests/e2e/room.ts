/** Rooms of real tabs, opened and used through what stands on the screen. */
import { expect, type BrowserContext, type Locator, type Page } from '@playwright/test';
import { profiles, type ProfileName } from '#protocols/core/timing.ts';
import type { ProtocolName } from '#protocols/registry.ts';
import { familyOf } from '#lib/view/families.ts';
import { leader } from './screen.ts';

/** The first opens the room. */
export const names = ['Ana', 'Ben', 'Cleo', 'Dan', 'Eva', 'Finn', 'Gus'] as const;

/** Five tabs on two busy cores need their time to load, link and draw. */
export const patienceMs = 20_000;

/**
 * A press by the person of `what`'s tab, who looks at it first. Chromium draws a tab that is not in front once a
 * second, and Playwright presses only what two frames in a row show in one place.
 */
export async function press(what: Locator): Promise<void> {
  await what.page().bringToFront();
  await what.click({ timeout: patienceMs });
}

/** Longest election timeout of a pace, in ms. */
export const electionMs = (profile: ProfileName): number => profiles[profile].electionTicksMax;

export interface Tab {
  readonly name: string;
  readonly page: Page;
}

export interface Room {
  readonly code: string;
  /** Of the server, without a slash; empty for the configured one. */
  readonly url: string;
  readonly profile: ProfileName;
  /** In the order of the roster. */
  readonly tabs: readonly Tab[];
}

export interface RoomOptions {
  readonly protocol?: ProtocolName;
  readonly profile?: ProfileName;
  readonly url?: string;
}

const form = (page: Page, button: string): Locator =>
  page.locator('form', { has: page.getByRole('button', { name: button, exact: true }) });

/** Opens a room from the front door; resolves to its code. */
export async function startRoom(page: Page, name: string, url = ''): Promise<string> {
  await page.goto(`${url}/`);
  const start = form(page, 'Start a room');
  await start.getByLabel('Your name').fill(name);
  await press(start.getByRole('button'));
  await expect(page).toHaveURL(/#\/r\/[0-9A-Z]{6}$/, { timeout: patienceMs });
  return page.url().slice(-6);
}

/** Gives a name to a page that was asked for one. */
export async function giveName(page: Page, name: string): Promise<void> {
  const join = form(page, 'Join the room');
  await join.getByLabel('Your name').fill(name);
  await press(join.getByRole('button'));
}

export async function openLink(page: Page, { url, code }: Pick<Room, 'code' | 'url'>) {
  await page.goto(`${url}/#/r/${code}`);
}

/** Opens the link of a room and gives a name. */
export async function joinRoom(page: Page, room: Pick<Room, 'code' | 'url'>, name: string) {
  await openLink(page, room);
  await giveName(page, name);
}

/** `n` tabs in the lobby of a new room, all linked. */
export async function openLobby(
  context: BrowserContext,
  n: number,
  { protocol = 'raft', profile = 'wifi', url = '' }: RoomOptions = {},
): Promise<Room> {
  const tabs: Tab[] = [];
  for (const name of names.slice(0, n)) tabs.push({ name, page: await context.newPage() });
  const [first, ...others] = tabs;
  if (!first) throw new Error('a room needs a tab');
  const code = await startRoom(first.page, first.name, url);
  const room = { code, url, profile, tabs };
  await Promise.all(others.map(({ page }) => openLink(page, room)));
  for (const { page, name } of others) await giveName(page, name);
  const titles = { lecture: /Lecture/, wifi: /Wi-Fi/, fast: /Fast/ };
  await press(first.page.getByRole('radio', { name: titles[profile] }));
  if (protocol !== 'raft') await chooseProtocol(first.page, protocol);
  for (const { page } of tabs) await expectLinked(page, n);
  return room;
}

/** The facilitator's choice, in the lobby or for the next epoch. */
export async function chooseProtocol(page: Page, protocol: ProtocolName): Promise<void> {
  const { title, forms } = familyOf(protocol);
  await press(page.getByRole('radio', { name: new RegExp(`^${title}`) }));
  const form = forms.find(({ name }) => name === protocol);
  if (!form || form === forms[0]) return;
  await press(page.getByRole('radio', { name: new RegExp(`^${form.title}`) }));
}

/** The lobby knows `n` members, each connected with each. */
export async function expectLinked(page: Page, n: number): Promise<void> {
  await expect(page.getByRole('heading', { name: `${n} here` })).toBeVisible({
    timeout: patienceMs,
  });
  if (n === 1) return;
  const words = page.getByText('Everybody is connected with everybody');
  await expect(words).toBeVisible({ timeout: patienceMs });
}

/** Presses Start and waits until every tab has left the lobby. */
export async function startEpoch({ tabs }: Pick<Room, 'tabs'>): Promise<void> {
  await press(at(tabs, 0).page.getByRole('button', { name: /^Start / }));
  for (const { page } of tabs) await expectEpoch(page, 1);
}

/** The screen says that epoch `epoch` runs. */
export async function expectEpoch(page: Page, epoch: number): Promise<void> {
  await expect(page.getByText(new RegExp(`Epoch ${epoch}, `))).toBeVisible({
    timeout: patienceMs,
  });
}

/** A running room of `n` replicas with a leader that everybody follows. */
export async function openRoom(
  context: BrowserContext,
  n: number,
  options: RoomOptions = {},
): Promise<Room> {
  const room = await openLobby(context, n, options);
  await startEpoch(room);
  await waitForLeader(room.tabs);
  return room;
}

export interface Leadership extends Tab {
  readonly term: number;
}

/** Waits until the screens of all of `tabs` name the same leader, one of them, with its term. */
export async function waitForLeader(tabs: readonly Tab[], timeout = patienceMs) {
  let found: Leadership | null = null;
  const look = async (): Promise<string> => {
    const seen = await Promise.all(tabs.map(({ page }) => leader(page)));
    const [first] = seen;
    const tab = tabs.find(({ name }) => name === first?.name);
    const agreed = seen.every(
      (other) => other?.name === first?.name && other?.term === first?.term,
    );
    found = first && tab && agreed ? { ...tab, term: first.term } : null;
    return found ? 'one leader' : JSON.stringify(seen);
  };
  await expect.poll(look, { timeout, intervals: [50, 100] }).toBe('one leader');
  return found as unknown as Leadership;
}

export const without = (tabs: readonly Tab[], ...gone: readonly Tab[]): readonly Tab[] =>
  tabs.filter(({ name }) => !gone.some((tab) => tab.name === name));

/** The tab at `index`, which must be there. */
export function at<T extends object>(tabs: readonly T[], index: number): T {
  const tab = tabs[index];
  if (!tab) throw new Error(`there is no tab ${index}`);
  return tab;
}

/** Types a command and sends it. */
export async function send(page: Page, command: string): Promise<void> {
  await page.getByRole('textbox', { name: /^Command/ }).fill(command);
  await press(page.getByRole('button', { name: 'Send', exact: true }));
}

/** The line that says what became of a command. */
export const commandLine = (page: Page, command: string): Locator =>
  page
    .getByRole('list', { name: /^Commands/ })
    .getByRole('listitem')
    .filter({ hasText: command });

/** Sends `put key = value` and waits for the answer. */
export async function write(page: Page, key: string, value: string): Promise<void> {
  await send(page, `put ${key} = ${value}`);
  await expectDone(page, `put ${key} = ${value}`);
}

export async function expectDone(page: Page, command: string): Promise<void> {
  await expect(commandLine(page, command).first()).toContainText('done', { timeout: patienceMs });
}

/** What this screen shows under `key` in the replicated state. */
export const stored = (page: Page, key: string): Locator =>
  page
    .getByRole('table', { name: /Keys and values/ })
    .getByRole('row')
    .filter({ has: page.getByRole('rowheader', { name: key, exact: true }) })
    .getByRole('cell');

/** Waits until every one of `tabs` shows `key = value` in its state. */
export async function waitCommitted(
  tabs: readonly Tab[],
  key: string,
  value: string,
): Promise<void> {
  for (const { page } of tabs) {
    await expect(stored(page, key)).toHaveText(value, { timeout: patienceMs });
  }
}

export const lever = (page: Page, name: string): Locator =>
  page.getByRole('button', { name, exact: true });

/** Somebody cuts, on their own screen, their links to `others`. */
export async function cutOff(page: Page, others: readonly Tab[]): Promise<void> {
  for (const { name } of others) await press(lever(page, `Cut off ${name}`));
}

/** A newcomer to a room that runs already: an observer. */
export async function comeLate(room: Room, page: Page, name: string): Promise<Tab> {
  await joinRoom(page, room, name);
  await expect(page.getByText('You watch.')).toBeVisible({ timeout: patienceMs });
  return { name, page };
}

interface UntilAnswered {
  readonly answers: number;
  readonly inFlight: number;
  readonly prefix: string;
}

/** Writes until `answers` of them are answered: how many a second is no claim here. */
export async function loadUntil(page: Page, load: UntilAnswered): Promise<void> {
  await page.evaluate(async ({ answers, inFlight, prefix }) => {
    let answered = 0;
    while (answered < answers) {
      const options = { inFlight, durationMs: 1_000, prefix };
      const report = await globalThis.synod.screen?.session.run?.load(options);
      if (!report) throw new Error('a load needs a running room');
      answered += report.commands;
    }
  }, load);
}

/** Everybody writes at once, until each has some answers. */
export async function loadFromAll(tabs: readonly Tab[]): Promise<void> {
  await Promise.all(
    tabs.map(({ name, page }) => loadUntil(page, { answers: 12, inFlight: 4, prefix: name })),
  );
}
