/**
 * `npm run bench:live`: what a commit between real tabs takes, beside what its parts and the bare platform take in the
 * same tabs and the same run. Latencies are medians in ms over interleaved repetitions.
 *
 *   --n 3,5          sizes of the room
 *   --ms 2000        how long each measurement runs
 *   --repeat 5       repetitions, of which the median counts
 *   --screens        draw the room on every tab meanwhile; without it only the replicas work, as in hidden tabs
 *   --json           one JSON object at the end instead of the table
 */
import { parseArgs } from 'node:util';
import { ServerProcess } from '../../setup/server-process.ts';
import { connect } from './floor.ts';
import { leaderOf, load, openTabs, type Tabs } from './tabs.ts';

const { values } = parseArgs({
  options: {
    n: { type: 'string', default: '3,5' },
    ms: { type: 'string', default: '2000' },
    repeat: { type: 'string', default: '5' },
    screens: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

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
  const roundTrip = await leader.evaluate((to) => bareOf().roundTrip(to, 500), peer);
  const writeAlone = await leader.evaluate(() => bareOf().write(300));
  const together = await Promise.all(
    tabs.pages.map((page) => page.evaluate(() => bareOf().write(300))),
  );
  const hop = await leader.evaluate(() => bareOf().hop(500));
  const one = await load(leader, { inFlight: 1, durationMs: ms, prefix: 'one' });
  const floorPages = await leader.evaluate(
    ([ms, acks]) => bareOf().commits({ ms, acks, through: 'pages' }),
    [ms, acks] as const,
  );
  const floorWorkers = await leader.evaluate(
    ([ms, acks]) => bareOf().commits({ ms, acks, through: 'workers' }),
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

declare function bareOf(): Window['bare'];

const median = (all: readonly number[]): number =>
  [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;

function summarize(n: number, rounds: readonly Round[]) {
  const of = (key: keyof Round): number => median(rounds.map((round) => round[key]));
  const parts = (write: number, round: Round): number => round.roundTrip + write + hops * round.hop;
  const ratio = (f: (round: Round) => number): number => median(rounds.map(f));
  return {
    n,
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

async function main(): Promise<void> {
  const server = await ServerProcess.start();
  const results = [];
  for (const n of values.n.split(',').map(Number)) {
    const tabs = await openTabs(server.url, n);
    await connect(tabs.pages);
    for (const page of tabs.pages) {
      await page.evaluate((screens) => {
        Object.assign(globalThis, { bareOf: () => window.bare });
        synod.screen?.show(screens);
      }, values.screens);
    }
    await load(await leaderOf(tabs), { inFlight: 16, durationMs: 1_000, prefix: 'warm' });
    const rounds: Round[] = [];
    for (let i = 1; i <= Number(values.repeat); i++) {
      rounds.push(await measure(tabs, Number(values.ms)));
      if (!values.json) console.log(`n = ${n}: repetition ${i} of ${values.repeat} done`);
    }
    results.push(summarize(n, rounds));
    await tabs.close();
  }
  await server.stop();
  if (values.json) return console.log(JSON.stringify(results));
  const rounded = results.map((row) =>
    Object.fromEntries(Object.entries(row).map(([key, value]) => [key, Number(value.toFixed(3))])),
  );
  for (const row of rounded) {
    console.log('');
    for (const [key, value] of Object.entries(row)) console.log(`  ${key.padEnd(32)} ${value}`);
  }
}

await main();
