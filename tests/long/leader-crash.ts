/**
 * Five tabs; the leader's person crashes it, again and again. The room has a new leader within twice the maximum
 * election timeout in at least 95 of 100 tries, restart catches up, and nothing acknowledged is lost.
 */
import { profiles } from '#protocols/core/timing.ts';
import { LongBrowser } from './browser.ts';
import type { LongOptions } from './main.ts';
import type { Sighting } from './probe/types.ts';
import { Random } from './random.ts';
import { spread, type Report } from './report.ts';
import { Room } from './room.ts';
import { sleep, type Tab } from './tab.ts';
import { verify } from './verify.ts';

const replicas = 5;
const shareNeeded = 0.95;
/** One write of each tab every half second or so. */
const load = { inFlight: 1, thinkMs: 500 };
/** What is past this, in maximum election timeouts, is counted as never. */
const patience = 20;

interface Try {
  /** From the crash until another replica led, by its own trace, and until another screen showed it; ms. */
  readonly ledMs: number;
  readonly seenMs: number;
  /** From the restart until it had committed all that the leader had. */
  readonly caughtUpMs: number;
}

/** Some time after an election; one that has just begun by itself would make the figure too good. */
async function leaderToCrash(room: Room, random: Random): Promise<{ victim: Tab; term: number }> {
  for (;;) {
    const { id, term } = await room.steady();
    await sleep(random.between(0, 500));
    const statuses = await room.statuses();
    const still = statuses.every((status) => status.term === term && status.leader === id);
    if (still) return { victim: room.tabOf(id, statuses), term };
  }
}

async function crashOnce(room: Room, random: Random, electionMsMax: number): Promise<Try> {
  const { victim, term } = await leaderToCrash(room, random);
  const { at } = await victim.crash();
  const sighting = await firstSighting(room, victim, term, patience * electionMsMax);
  await victim.readJournal();
  const goal = Math.max(...(await room.statuses()).map(({ commitIndex }) => commitIndex));
  const restartedAt = performance.now();
  await victim.restart();
  await room.until('the crashed one is caught up', async () => {
    const { role, commitIndex } = await victim.status();
    return role !== null && commitIndex >= goal;
  });
  const caughtUpMs = performance.now() - restartedAt;
  const seenMs = sighting ? sighting.seenAt - at : Infinity;
  return { caughtUpMs, seenMs, ledMs: sighting?.ledAt ? sighting.ledAt - at : seenMs };
}

/** The first of the other screens on which another is to be seen to lead a higher term; not the new leader's own. */
async function firstSighting(
  room: Room,
  victim: Tab,
  term: number,
  ms: number,
): Promise<Sighting | null> {
  const others = room.tabs.filter((tab) => tab !== victim);
  const sightings = await Promise.all(others.map((tab) => tab.leaderAbove(term, ms)));
  const seen = sightings.filter((sighting) => sighting !== null);
  return seen.sort((a, b) => a.seenAt - b.seenAt)[0] ?? null;
}

export async function leaderCrash(options: LongOptions, report: Report): Promise<void> {
  const tries = options.runs ?? 100;
  const { electionTicksMax } = profiles[options.profile];
  const limit = 2 * electionTicksMax;
  report.figure('configuration', `${replicas} tabs, ${options.profile}, ${tries} crashes`);
  const random = new Random(options.seed);
  const browser = await LongBrowser.open();
  try {
    const room = await Room.gather(await browser.tabs(replicas), options.profile);
    await room.startWriting(load);
    const results: Try[] = [];
    while (results.length < tries) {
      const result = await crashOnce(room, random, electionTicksMax);
      results.push(result);
      const { seenMs, caughtUpMs } = result;
      const words = `led again after ${seenMs} ms, caught up after ${caughtUpMs.toFixed(0)} ms`;
      report.progress(`${results.length}/${tries}: ${words}`);
    }
    const evidence = await room.settle();
    tell(report, results, limit);
    for (const verdict of verify(evidence)) report.verdict(verdict);
    report.verdict({ title: 'no page complained', looked: replicas, problems: browser.errors });
  } finally {
    await browser.close();
  }
}

function tell(report: Report, results: readonly Try[], limit: number): void {
  const seen = results.map(({ seenMs }) => seenMs);
  const inTime = seen.filter((ms) => ms <= limit).length;
  report.figure('new leader on another screen', spread(seen));
  report.figure('new leader by its own trace', spread(results.map(({ ledMs }) => ledMs)));
  report.figure('restarted and caught up', spread(results.map(({ caughtUpMs }) => caughtUpMs)));
  const share = `${inTime} of ${results.length} within ${limit} ms`;
  report.figure('share', share);
  report.verdict({
    title: `a new leader within ${limit} ms in ${shareNeeded * 100} of 100 tries`,
    looked: results.length,
    problems: inTime >= shareNeeded * results.length ? [] : [share],
  });
}
