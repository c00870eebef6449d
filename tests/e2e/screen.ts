/** What a screen says of the room, read from its words; and the published view where words are too coarse. */
import { expect, type Locator, type Page } from '@playwright/test';
import type { App } from '../../src/lib/view/app.svelte.ts';
import type { RoomView, SeatView } from '../../src/lib/view/types.ts';

declare global {
  var synod: App;
}

/** One node of the ring, as its label says it. */
export interface Node {
  readonly name: string;
  /** `leader`, `backup`, `crashed`, `stale 4.1 s`. */
  readonly standing: string;
  readonly term: number;
  readonly lastIndex: number;
  readonly commitIndex: number;
}

const nodeLabel =
  /^(.+?)(?: \(you\))?, (.+?)(?:, (?:term|view) (\d+).*, (?:log|slots|chain) to (\d+), (?:committed|executed) to (\d+))?$/;

/** The nodes of the ring. */
export async function nodes(page: Page): Promise<Node[]> {
  const ring = page.getByRole('region', { name: 'Cluster' });
  const labels = await ring
    .locator('[role=button][aria-label], [role=img][aria-label]')
    .evaluateAll((all) => all.map((node) => node.getAttribute('aria-label') ?? ''));
  return labels.flatMap((label) => {
    const [, name, standing, term = 0, last = 0, commit = 0] = nodeLabel.exec(label) ?? [];
    if (name === undefined || standing === undefined) return [];
    const numbers = { term: Number(term), lastIndex: Number(last), commitIndex: Number(commit) };
    return [{ name, standing, ...numbers }];
  });
}

/** Whom the screen shows in office; of two the one of the newer term. */
export async function leader(page: Page): Promise<Node | null> {
  const leading = (await nodes(page)).filter(({ standing }) => standing.startsWith('leader'));
  return leading.sort((a, b) => b.term - a.term)[0] ?? null;
}

/** Waits until the screen says `standing` of `name`. */
export async function expectStanding(
  page: Page,
  name: string,
  standing: RegExp,
  timeout = 10_000,
): Promise<void> {
  const look = async () => (await nodes(page)).find((node) => node.name === name)?.standing ?? '';
  await expect.poll(look, { timeout }).toMatch(standing);
}

/** The published view of the screen. */
export const view = (page: Page): Promise<RoomView> =>
  page.evaluate(() => {
    const shown = globalThis.synod.screen?.view;
    if (!shown) throw new Error('this tab is in no room');
    return shown;
  });

/** Of the member whose screen it is. */
export const memberId = (page: Page): Promise<string> =>
  page.evaluate(() => globalThis.synod.screen?.session.id ?? 'none');

export async function seat(page: Page, name: string): Promise<SeatView> {
  const found = (await view(page)).seats.find((one) => one.name === name);
  if (!found) throw new Error(`${name} has no seat`);
  return found;
}

/** The committed part of each log, as this screen shows it, oldest entry first: `3/2 put a = 1`. */
async function committedLogs(page: Page): Promise<string[][]> {
  const { seats } = await view(page);
  return seats.map(({ summary }) =>
    (summary?.log ?? [])
      .filter(({ index }) => index <= (summary?.commitIndex ?? 0))
      .map(({ index, term, text }) => `${index}/${term} ${text}`),
  );
}

/** Waits until every screen shows every log committed to its end, and all of them the same. */
export async function expectSameLogs(pages: readonly Page[], timeout = 20_000): Promise<string[]> {
  let log: string[] = [];
  const look = async (): Promise<string> => {
    const logs = (await Promise.all(pages.map(committedLogs))).flat();
    const ends = (await Promise.all(pages.map(nodes))).flat();
    log = logs[0] ?? [];
    const same = logs.every((other) => other.join('\n') === log.join('\n'));
    const whole = ends.every(({ lastIndex, commitIndex }) => lastIndex === commitIndex);
    return same && whole && log.length > 0 ? 'the same' : JSON.stringify({ logs, ends });
  };
  await expect.poll(look, { timeout }).toBe('the same');
  return log;
}

/** The plain-words list. */
export const events = (page: Page): Locator => page.getByRole('log', { name: 'Events' });

/** Its lines, oldest first, without clock and tone. */
export const eventTexts = async (page: Page): Promise<string[]> =>
  (await view(page)).events.map(({ text }) => text);

/** The line over everything: how many are heard and needed. */
export const vitals = (page: Page): Locator => page.getByText(/\d+ seats?, \d+ heard/).first();
