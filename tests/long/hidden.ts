/**
 * A hidden tab leads. Three tabs of one real window; another tab hides the leader's for longer than browsers need to
 * slow a hidden page as much as they ever do. The leader's clock is its worker's, so nobody stands for election, and
 * what its own client writes goes on committing.
 */
import { ServerProcess } from '../setup/server-process.ts';
import { names } from './browser.ts';
import { electionsInWords, startControl } from './control.ts';
import type { LongOptions } from './main.ts';
import type { Status } from './probe/types.ts';
import { spread, type Report } from './report.ts';
import { Room } from './room.ts';
import { sleep, until, type Tab } from './tab.ts';
import { verify } from './verify.ts';
import { hasXvfb, RealWindow, type WindowTab } from './window.ts';

const replicas = 3;
const load = { inFlight: 1, thinkMs: 50 };
const lookMs = 10_000;
/** A timer that asks for 20 rings a second. */
const timerMs = 50;
/** More rings a second than a hidden page is ever given: Chromium gives it one. */
const hiddenRateMax = 2;

/** What was seen at one look. */
interface Look {
  readonly visibility: string;
  /** Rings a second of a plain timer of the hidden page, since the look before. */
  readonly timerRate: number;
  readonly status: Status;
  /** Writes answered since the look before. */
  readonly answered: number;
}

interface TimedPage {
  rings: number;
}

async function startTimer(tab: Tab): Promise<void> {
  await tab.inPage((page, ms) => {
    const timed = page as unknown as TimedPage;
    timed.rings = 0;
    setInterval(() => timed.rings++, ms);
  }, timerMs);
}

const ringsOf = (tab: Tab): Promise<number> =>
  tab.inPage((page) => (page as unknown as TimedPage).rings);

const visibilityOf = (tab: Tab): Promise<string> => tab.inPage(() => document.visibilityState);

async function watch(tab: Tab, minutes: number, report: Report): Promise<Look[]> {
  const looks: Look[] = [];
  const endAt = performance.now() + minutes * 60_000;
  let rings = await ringsOf(tab);
  let { answered } = await tab.status();
  let at = performance.now();
  while (performance.now() < endAt) {
    await sleep(lookMs);
    const [now, status, visibility] = [
      await ringsOf(tab),
      await tab.status(),
      await visibilityOf(tab),
    ];
    const timerRate = (1_000 * (now - rings)) / (performance.now() - at);
    looks.push({ visibility, timerRate, status, answered: status.answered - answered });
    at = performance.now();
    rings = now;
    answered = status.answered;
    const { role, term } = status;
    const words = `${visibility}, ${role} of term ${term}, ${answered} writes`;
    report.progress(`${words}, its page's timer rings ${timerRate.toFixed(2)} times a second`);
  }
  return looks;
}

/** Gaps in ms between what the leader of `term` said to this follower. */
async function gapsOf(tab: Tab, term: number): Promise<number[]> {
  const heard = await tab.inPage(({ probe }) => probe.heartbeats());
  const times = heard.filter(([, of]) => of === term).map(([at]) => at);
  return times.slice(1).map((at, i) => at - (times[i] ?? at));
}

function judge(report: Report, looks: readonly Look[], leader: Status): void {
  const last = looks.length;
  const problems = (bad: (look: Look) => boolean, what: string): string[] =>
    looks.flatMap((look, i) => (bad(look) ? [`look ${i + 1} of ${last}: ${what}`] : []));
  report.verdict({
    title: "the leader's tab was hidden all the time, and its page slowed",
    looked: last,
    problems: [
      ...problems(({ visibility }) => visibility !== 'hidden', 'it was visible'),
      ...problems(({ timerRate }) => timerRate > hiddenRateMax, 'its timers were not slowed'),
    ],
  });
  report.verdict({
    title: 'it led one term all the time',
    looked: last,
    problems: problems(
      ({ status: { role, term } }) => role !== 'leader' || term !== leader.term,
      'another leader or term',
    ),
  });
  report.verdict({
    title: 'its own writes went on committing',
    looked: last,
    problems: problems(({ answered }) => answered === 0, 'no write was answered'),
  });
}

async function lead(window: RealWindow, url: string, options: LongOptions, report: Report) {
  const tabs: WindowTab[] = [];
  for (const name of names.slice(0, replicas)) tabs.push(await window.tab(name, url));
  const room = await Room.gather(
    tabs.map(({ tab }) => tab),
    options.profile,
  );
  const before = await room.steady();
  const hiddenTab = room.tabOf(before.id, await room.statuses());
  const front = tabs.find(({ tab }) => tab !== hiddenTab);
  if (!front) throw new Error('there is a follower');
  await window.show(front);
  const isHidden = async () => (await visibilityOf(hiddenTab)) === 'hidden';
  await until("the leader's tab is hidden", isHidden);
  // The change of tabs itself may cost an election on a busy machine: what counts begins here.
  const leader = await room.steady();
  if (leader.id !== before.id)
    throw new Error('another leads since the tab was hidden; run it again');
  for (const { tab } of tabs) await startControl(tab);
  const startedAt = Date.now();
  await gapsOf(front.tab, leader.term);
  await startTimer(hiddenTab);
  await hiddenTab.write({ tag: hiddenTab.name, keys: 32, ...load });
  const looks = await watch(hiddenTab, options.minutes, report);
  const gaps = await gapsOf(front.tab, leader.term);
  judge(report, looks, leader);
  const rates = looks.map(({ timerRate }) => timerRate.toFixed(2));
  report.figure(
    'rings a second of a 50 ms timer of the hidden page',
    [...new Set(rates)].join(' '),
  );
  report.figure('elections', await electionsInWords(room.tabs, startedAt));
  report.figure('between two words of the leader', spread(gaps, [0.5, 0.99]));
  for (const verdict of verify(await room.settle())) report.verdict(verdict);
}

export async function hidden(options: LongOptions, report: Report): Promise<void> {
  report.figure(
    'configuration',
    `${replicas} tabs, ${options.profile}, ${options.minutes} minutes`,
  );
  if (!hasXvfb()) return report.stepAside('it needs Xvfb to give a window a screen (apt: xvfb)');
  const server = await ServerProcess.start();
  try {
    const window = await RealWindow.open();
    try {
      await lead(window, server.url, options, report);
    } finally {
      await window.close();
    }
  } finally {
    await server.kill();
  }
}
