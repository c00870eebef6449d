/**
 * Four tabs of a protocol that tolerates liars; one is closed for good. The others go on writing: what they wait for
 * longest is no more than some views that nobody leads.
 */
import { profiles } from '#protocols/core/timing.ts';
import type { SessionNews } from '#lib/room/session-news.ts';
import { LongBrowser } from './browser.ts';
import type { LongOptions } from './main.ts';
import { spread, type Report } from './report.ts';
import { Room } from './room.ts';
import { sleep, type Tab } from './tab.ts';

const replicas = 4;
/** One write of each tab after the other. */
const load = { inFlight: 1, thinkMs: 50 };
const warmMs = 5_000;
const lookMs = 30_000;
/** A gap worth naming, in maximum election timeouts. */
const gapMax = 10;

interface WatchedPage {
  /** When each write was answered, and when its replica entered a view since a quorum gave up the one before. */
  answeredAt: number[];
  gaveUpAt: number[];
}

async function startWatching(tab: Tab): Promise<void> {
  await tab.inPage((page) => {
    const watched = page as unknown as WatchedPage;
    watched.answeredAt = [];
    watched.gaveUpAt = [];
    const { session } = page.synod.screen ?? {};
    session?.listen((news: SessionNews) => {
      if (news.type === 'settled') watched.answeredAt.push(Date.now());
      if (news.type !== 'steps' || news.from !== session.id) return;
      const effects = news.batch.events.flatMap((event) => event.effects);
      for (const effect of effects) {
        if (effect.type !== 'note') continue;
        const { note, by } = effect.note as { note: string; by?: string };
        if (note === 'viewEntered' && by === 'timeouts') watched.gaveUpAt.push(Date.now());
      }
    });
  });
}

const watchedOf = (tab: Tab): Promise<WatchedPage> =>
  tab.inPage((page) => {
    const { answeredAt, gaveUpAt } = page as unknown as WatchedPage;
    return { answeredAt, gaveUpAt };
  });

const gapsOf = (times: readonly number[]): number[] =>
  times.slice(1).map((at, i) => at - (times[i] ?? at));

export async function closedTab(options: LongOptions, report: Report): Promise<void> {
  const { profile, protocol, minutes } = options;
  report.figure('configuration', `${replicas} tabs, ${protocol}, ${profile}, ${minutes} minutes`);
  const browser = await LongBrowser.open();
  try {
    const tabs = await browser.tabs(replicas);
    const room = await Room.gather(tabs, profile, protocol);
    await room.startWriting(load);
    await sleep(warmMs);
    await browser.closeTab(replicas - 1);
    const rest = tabs.slice(0, -1);
    for (const tab of rest) await startWatching(tab);
    const startedAt = Date.now();
    while (Date.now() < startedAt + minutes * 60_000) {
      await sleep(Math.min(lookMs, startedAt + minutes * 60_000 - Date.now()));
      const statuses = await Promise.all(rest.map((tab) => tab.status()));
      report.progress(statuses.map(({ term, answered }) => `view ${term}, ${answered}`).join('; '));
    }
    const endedAt = Date.now();
    const seen = await Promise.all(rest.map(watchedOf));
    const limit = gapMax * profiles[profile].electionTicksMax;
    const all = seen.flatMap(({ answeredAt }) => answeredAt).sort((a, b) => a - b);
    report.figure('writes answered', all.length);
    const views = Math.max(...seen.map(({ gaveUpAt }) => gaveUpAt.length));
    report.figure('views given up by a quorum', views);
    report.figure('between two answers, of the room', spread(gapsOf(all), [0.5, 0.9, 0.99]));
    const problems = seen.flatMap(({ answeredAt }, i) => {
      const gap = Math.max(...gapsOf([startedAt, ...answeredAt, endedAt]));
      report.figure(`longest wait of ${rest[i]?.name}`, `${gap} ms`);
      return gap > limit ? [`${rest[i]?.name} waited ${gap} ms`] : [];
    });
    const title = `nobody waited longer than ${limit} ms for an answer`;
    report.verdict({ title, looked: all.length, problems });
    for (const tab of rest) await tab.stopWriting();
    report.verdict({ title: 'no page complained', looked: 1, problems: browser.errors });
  } finally {
    await browser.close();
  }
}
