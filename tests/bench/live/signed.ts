/**
 * Commits between real tabs of a protocol whose replicas sign, beside what their parts take and what the bare pattern
 * does: the same frames, strict writes and signatures, and no protocol.
 */
import { median, sectionOf, type Row, type Section } from './rounds.ts';
import { connectSigned } from './signed-floor.ts';
import { leaderOf, load, type Tabs } from './tabs.ts';

/** What is on the way of one request that is alone, one after the other. */
export interface Way {
  /** From client to replica and back, and each message from a worker to its page and from a page to its worker. */
  readonly hops: number;
  readonly roundTrips: number;
  /** Of what must be on a disk before it is said. */
  readonly writes: number;
  readonly signatures: number;
  readonly verifications: number;
}

interface Round {
  readonly roundTrip: number;
  readonly write: number;
  readonly hop: number;
  readonly sign: number;
  readonly verify: number;
  readonly commitP50: number;
  readonly commitP99: number;
  readonly commitsPerSecond: number;
  readonly floorP50: number;
  readonly floorPerSecond: number;
  readonly p50With64: number;
  readonly p99With64: number;
  readonly perSecondWith64: number;
}

async function measure(tabs: Tabs, ms: number): Promise<Round> {
  const leader = await leaderOf(tabs);
  const peer = tabs.pages.indexOf(leader) === 0 ? 1 : 0;
  const roundTrip = await leader.evaluate((to) => window.bare.roundTrip(to, 500), peer);
  const together = await Promise.all(
    tabs.pages.map((page) => page.evaluate(() => window.bare.write(300))),
  );
  const hop = await leader.evaluate(() => window.bare.hop(500));
  const signing = await leader.evaluate(() => window.bareSigned.signing(1_000));
  const one = await load(leader, { inFlight: 1, durationMs: ms, prefix: 'one' });
  const floor = await leader.evaluate((ms) => window.bareSigned.decisions(ms), ms);
  const many = await load(leader, { inFlight: 64, durationMs: ms, prefix: 'many' });
  return {
    roundTrip,
    write: median(together),
    hop,
    sign: signing.signMs,
    verify: signing.verifyMs,
    commitP50: one.p50,
    commitP99: one.p99,
    commitsPerSecond: (one.commands * 1_000) / one.elapsedMs,
    floorP50: floor.p50,
    floorPerSecond: floor.perSecond,
    p50With64: many.p50,
    p99With64: many.p99,
    perSecondWith64: (many.commands * 1_000) / many.elapsedMs,
  };
}

function partsOf(way: Way, { roundTrip, write, hop, sign, verify }: Round): number {
  const travel = way.roundTrips * roundTrip + way.hops * hop;
  return travel + way.writes * write + way.signatures * sign + way.verifications * verify;
}

function summarize(way: Way, rounds: readonly Round[]): Row {
  const of = (f: (round: Round) => number): number => median(rounds.map(f));
  return {
    roundTripMs: of(({ roundTrip }) => roundTrip),
    writeAllTabsMs: of(({ write }) => write),
    hopMs: of(({ hop }) => hop),
    signMs: of(({ sign }) => sign),
    verifyMs: of(({ verify }) => verify),
    partsMs: of((round) => partsOf(way, round)),
    commitP50Ms: of(({ commitP50 }) => commitP50),
    commitP99Ms: of(({ commitP99 }) => commitP99),
    commitsPerSecond: of(({ commitsPerSecond }) => commitsPerSecond),
    floorP50Ms: of(({ floorP50 }) => floorP50),
    floorPerSecond: of(({ floorPerSecond }) => floorPerSecond),
    latencyToParts: of((round) => round.commitP50 / partsOf(way, round)),
    latencyToFloor: of((round) => round.commitP50 / round.floorP50),
    commitsToFloor: of((round) => round.commitsPerSecond / round.floorPerSecond),
    with64P50Ms: of(({ p50With64 }) => p50With64),
    with64P99Ms: of(({ p99With64 }) => p99With64),
    with64PerSecond: of(({ perSecondWith64 }) => perSecondWith64),
    with64ToBound: of((round) => round.perSecondWith64 / (64_000 / round.commitP50)),
  };
}

/** @param pattern of its messages, for the workers of signed-floor.ts */
export function signedSection(pattern: string, way: Way): Section {
  return sectionOf({
    n: [4],
    prepare: ({ pages }) => connectSigned(pages, pattern),
    measure,
    summarize: (rounds) => summarize(way, rounds),
  });
}
