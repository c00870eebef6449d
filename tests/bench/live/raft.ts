/** Commits of Raft between real tabs, beside what their parts and the bare platform take. */
import { median, sectionOf } from './rounds.ts';
import { leaderOf, load, type Tabs } from './tabs.ts';

const hops = 6;

/** One round of all measurements, so that whatever else the machine does hits all of them alike. */
interface Round {
  roundTrip: number;
  writeAlone: number;
  writeTogether: number;
  hop: number;
  commitP50: number;
  commitP99: number;
  commitsPerSecond: number;
  floorPages: number;
  floorWorkers: number;
  floorWorkersP50: number;
  p50With64: number;
  commandsWith64: number;
}

async function measure(tabs: Tabs, ms: number): Promise<Round> {
  const leader = await leaderOf(tabs);
  const self = tabs.pages.indexOf(leader);
  const peer = self === 0 ? 1 : 0;
  const acks = Math.floor(tabs.pages.length / 2);
  const roundTrip = await leader.evaluate((to) => window.bare.roundTrip(to, 500), peer);
  const writeAlone = await leader.evaluate(() => window.bare.write(300));
  const together = await Promise.all(
    tabs.pages.map((page) => page.evaluate(() => window.bare.write(300))),
  );
  const hop = await leader.evaluate(() => window.bare.hop(500));
  const one = await load(leader, { inFlight: 1, durationMs: ms, prefix: 'one' });
  const floorPages = await leader.evaluate(
    ([ms, acks]) => window.bare.commits({ ms, acks, through: 'pages' }),
    [ms, acks] as const,
  );
  const floorWorkers = await leader.evaluate(
    ([ms, acks]) => window.bare.commits({ ms, acks, through: 'workers' }),
    [ms, acks] as const,
  );
  const many = await load(leader, { inFlight: 64, durationMs: ms, prefix: 'many' });
  return {
    roundTrip,
    writeAlone,
    writeTogether: median(together),
    hop,
    commitP50: one.p50,
    commitP99: one.p99,
    commitsPerSecond: (one.commands * 1_000) / one.elapsedMs,
    floorPages: floorPages.perSecond,
    floorWorkers: floorWorkers.perSecond,
    floorWorkersP50: floorWorkers.p50,
    p50With64: many.p50,
    commandsWith64: (many.commands * 1_000) / many.elapsedMs,
  };
}

function summarize(rounds: readonly Round[]) {
  const of = (key: keyof Round): number => median(rounds.map((round) => round[key]));
  const parts = (write: number, round: Round): number => round.roundTrip + write + hops * round.hop;
  const ratio = (f: (round: Round) => number): number => median(rounds.map(f));
  return {
    roundTripMs: of('roundTrip'),
    writeAloneMs: of('writeAlone'),
    writeAllTabsMs: of('writeTogether'),
    hopMs: of('hop'),
    commitP50Ms: of('commitP50'),
    commitP99Ms: of('commitP99'),
    commitsPerSecond: of('commitsPerSecond'),
    latencyToParts: ratio((round) => round.commitP50 / parts(round.writeTogether, round)),
    latencyToPartsWriteAlone: ratio((round) => round.commitP50 / parts(round.writeAlone, round)),
    // What of that is the platform's: its parts get in each other's way on few cores.
    floorLatencyToParts: ratio((r) => r.floorWorkersP50 / parts(r.writeTogether, r)),
    latencyToFloorLatency: ratio((r) => r.commitP50 / r.floorWorkersP50),
    floorThroughWorkersPerSecond: of('floorWorkers'),
    floorPagesOnlyPerSecond: of('floorPages'),
    commitsToFloorThroughWorkers: ratio((r) => r.commitsPerSecond / r.floorWorkers),
    commitsToFloorPagesOnly: ratio((r) => r.commitsPerSecond / r.floorPages),
    with64P50Ms: of('p50With64'),
    with64PerSecond: of('commandsWith64'),
    with64ToBound: ratio((r) => r.commandsWith64 / (64_000 / r.commitP50)),
  };
}

export const raft = sectionOf({
  n: [3, 5],
  prepare: () => Promise.resolve(),
  measure,
  summarize,
});
