/**
 * Commits of PBFT between real tabs, beside what their parts take and what the bare pattern does: the same frames,
 * strict writes and signatures, and no protocol.
 */
import { connectPbft } from './pbft-floor.ts';
import { median, sectionOf, type Row } from './rounds.ts';
import { leaderOf, load, type Tabs } from './tabs.ts';

/**
 * On the way of one request: from client to primary and back; PRE-PREPARE, PREPARE, COMMIT and REPLY each from a worker
 * to its page and from a page to its worker.
 */
const hops = 10;
/** PRE-PREPARE, PREPARE, COMMIT and REPLY: each half a round trip. */
const roundTrips = 2;
/** What must be on a disk before it is said: proposal, acceptance, that it prepared. */
const writes = 3;
/** Of the request and of each of the three phases. */
const signatures = 4;
/** The request at the primary; request and proposal at a backup; two PREPAREs; two COMMITs. */
const verifications = 7;

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
  const primary = await leaderOf(tabs);
  const peer = tabs.pages.indexOf(primary) === 0 ? 1 : 0;
  const roundTrip = await primary.evaluate((to) => window.bare.roundTrip(to, 500), peer);
  const together = await Promise.all(
    tabs.pages.map((page) => page.evaluate(() => window.bare.write(300))),
  );
  const hop = await primary.evaluate(() => window.bare.hop(500));
  const signing = await primary.evaluate(() => window.barePbft.signing(1_000));
  const one = await load(primary, { inFlight: 1, durationMs: ms, prefix: 'one' });
  const floor = await primary.evaluate((ms) => window.barePbft.decisions(ms), ms);
  const many = await load(primary, { inFlight: 64, durationMs: ms, prefix: 'many' });
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

function partsOf({ roundTrip, write, hop, sign, verify }: Round): number {
  const travel = roundTrips * roundTrip + hops * hop;
  return travel + writes * write + signatures * sign + verifications * verify;
}

function summarize(rounds: readonly Round[]): Row {
  const of = (f: (round: Round) => number): number => median(rounds.map(f));
  return {
    roundTripMs: of(({ roundTrip }) => roundTrip),
    writeAllTabsMs: of(({ write }) => write),
    hopMs: of(({ hop }) => hop),
    signMs: of(({ sign }) => sign),
    verifyMs: of(({ verify }) => verify),
    partsMs: of(partsOf),
    commitP50Ms: of(({ commitP50 }) => commitP50),
    commitP99Ms: of(({ commitP99 }) => commitP99),
    commitsPerSecond: of(({ commitsPerSecond }) => commitsPerSecond),
    floorP50Ms: of(({ floorP50 }) => floorP50),
    floorPerSecond: of(({ floorPerSecond }) => floorPerSecond),
    latencyToParts: of((round) => round.commitP50 / partsOf(round)),
    latencyToFloor: of((round) => round.commitP50 / round.floorP50),
    commitsToFloor: of((round) => round.commitsPerSecond / round.floorPerSecond),
    with64P50Ms: of(({ p50With64 }) => p50With64),
    with64P99Ms: of(({ p99With64 }) => p99With64),
    with64PerSecond: of(({ perSecondWith64 }) => perSecondWith64),
    with64ToBound: of((round) => round.perSecondWith64 / (64_000 / round.commitP50)),
  };
}

export const pbft = sectionOf({
  n: [4],
  prepare: ({ pages }) => connectPbft(pages),
  measure,
  summarize,
});
