/**
 * Decisions per second: the cores under symbolic signatures, beside the bare pattern of their messages. In time that passed,
 * and in processor time, which other work on the same machine hardly touches.
 */
import { HotStuffSkeleton } from './hotstuff-skeleton.ts';
import { costOf, median, ratio, times, type BenchOptions, type Cost, type Row } from './measure.ts';
import { PbftSkeleton } from './pbft-skeleton.ts';
import {
  measuredAggregates,
  measuredBasic,
  measuredHotStuff,
  measuredJolteon,
  measuredPbft,
} from './protocols.ts';
import type { Load, Subject } from './subject.ts';
import { SymbolicCluster } from './symbolic-cluster.ts';

interface Deciding extends Subject {
  readonly decisions: number;
}

type Make = (n: number) => Deciding;

interface Compared {
  readonly core: Make;
  /** `null` where nothing bare is compared. */
  readonly skeleton: Make | null;
}

const pbft: Compared = {
  core: (n) => new SymbolicCluster(measuredPbft, n),
  skeleton: (n) => new PbftSkeleton(n),
};
const chained: Compared = {
  core: (n) => new SymbolicCluster(measuredHotStuff, n),
  skeleton: (n) => new HotStuffSkeleton(n, 3),
};
const aggregates: Compared = {
  core: (n) => new SymbolicCluster(measuredAggregates, n),
  skeleton: (n) => new HotStuffSkeleton(n, 3),
};
const jolteon: Compared = {
  core: (n) => new SymbolicCluster(measuredJolteon, n),
  skeleton: (n) => new HotStuffSkeleton(n, 2),
};
const basic: Compared = { core: (n) => new SymbolicCluster(measuredBasic, n), skeleton: null };

const single: Load = { batch: 1, inFlight: 8 };
const batches: Load = { batch: 64, inFlight: 1 };
/** A block of a chain is committed when more stand on it: fewer batches on their way would leave some of these empty. */
const chainedBatches: Load = { batch: 64, inFlight: 8 };

export async function measurePbft(options: BenchOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const n of [4, 7]) {
    rows.push(await compare(pbft, { n, load: 'one request each', how: single }, options));
    rows.push(await compare(pbft, { n, load: 'batches of 64', how: batches }, options));
  }
  return rows;
}

/**
 * Its messages are linear: what a block costs, divided by n, is to stay what it is where a certificate is an aggregate. As a
 * list of votes it grows with n, and all read it.
 */
export async function measureHotStuff(options: BenchOptions): Promise<Row[]> {
  const rows: Row[] = [];
  const add = async (name: string, compared: Compared, kind: Kind): Promise<void> => {
    rows.push({ 'rule set': name, ...(await compare(compared, kind, options)) });
  };
  for (const n of [4, 7, 16, 31]) {
    await add('chained', chained, { n, load: 'one request each', how: single });
    await add('with aggregates', aggregates, { n, load: 'one request each', how: single });
  }
  await add('chained', chained, { n: 4, load: 'batches of 64', how: chainedBatches });
  await add('Jolteon', jolteon, { n: 4, load: 'one request each', how: single });
  await add('basic', basic, { n: 4, load: 'one request each', how: single });
  return rows;
}

interface Kind {
  readonly n: number;
  readonly load: string;
  readonly how: Load;
}

async function compare(
  { core, skeleton }: Compared,
  { n, load, how }: Kind,
  { repeat, commands }: BenchOptions,
): Promise<Row> {
  const cores: Decision[] = [];
  const skeletons: Decision[] = [];
  // The first round warms up.
  for (let i = 0; i <= repeat; i++) {
    const cost = await costOfDecision(core(n), commands, how);
    const bare = skeleton && (await costOfDecision(skeleton(n), commands, how));
    if (i === 0) continue;
    cores.push(cost);
    if (bare) skeletons.push(bare);
  }
  const requests = median(cores.map((cost) => cost.requests));
  const passed = median(cores.map((cost) => cost.passed));
  const processors = median(cores.map((cost) => cost.processors));
  const bare = skeletons.map((cost) => cost.processors);
  const share = ratio(
    bare,
    cores.map((cost) => cost.processors),
  );
  return {
    n,
    load,
    'decisions/s': Math.round(1 / passed),
    'requests/decision': Number(requests.toFixed(1)),
    'decisions/s of processor': Math.round(1 / processors),
    'µs of processor/decision/n': Number(((1e6 * processors) / n).toFixed(2)),
    'skeleton/s of processor': skeleton ? Math.round(1 / median(bare)) : '',
    'core : skeleton': skeleton ? Number(share.toFixed(3)) : '',
  };
}

interface Decision extends Cost {
  /** A block is empty if it is proposed while the next request is on its way to its leader. */
  readonly requests: number;
}

/** Of each, after a tenth to warm up. `commands` is rounded up to whole batches; each of them is one decision, at least. */
async function costOfDecision(subject: Deciding, commands: number, load: Load): Promise<Decision> {
  const count = Math.ceil(commands / load.batch);
  subject.commit(Math.ceil(count / 10) * load.batch, load);
  const before = subject.decisions;
  const cost = await costOf(() => subject.commit(count * load.batch, load));
  const decisions = subject.decisions - before;
  if (decisions < count) throw new Error(`${count} batches made ${decisions} decisions`);
  return { ...times(cost, 1 / decisions), requests: (count * load.batch) / decisions };
}
