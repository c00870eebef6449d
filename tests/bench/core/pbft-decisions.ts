/** Decisions of PBFT per second: the core under symbolic signatures beside the bare pattern of its messages. */
import { interleaved, median, ratio, seconds, type BenchOptions, type Row } from './measure.ts';
import { PbftSkeleton } from './pbft-skeleton.ts';
import { PbftCluster } from './pbft-symbolic.ts';
import type { Load, Subject } from './subject.ts';

interface Deciding extends Subject {
  readonly decisions: number;
}

const loads: Readonly<Record<string, Load>> = {
  'one request each': { batch: 1, inFlight: 8 },
  'batches of 64': { batch: 64, inFlight: 1 },
};

export async function measurePbft({ repeat, commands }: BenchOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const n of [4, 7]) {
    for (const [load, how] of Object.entries(loads)) {
      const all = await interleaved(repeat, {
        pbft: () => decisionsPerSecond(new PbftCluster(n), commands, how),
        skeleton: () => decisionsPerSecond(new PbftSkeleton(n), commands, how),
      });
      rows.push({
        n,
        load,
        'decisions/s': Math.round(median(all.pbft)),
        'requests/s': Math.round(median(all.pbft) * how.batch),
        'skeleton/s': Math.round(median(all.skeleton)),
        'pbft : skeleton': Number(ratio(all.pbft, all.skeleton).toFixed(3)),
      });
    }
  }
  return rows;
}

/** After a tenth to warm up. `commands` is rounded up to whole batches; each of them must be one decision. */
function decisionsPerSecond(subject: Deciding, commands: number, load: Load): number {
  const batches = Math.ceil(commands / load.batch);
  subject.commit(Math.ceil(batches / 10) * load.batch, load);
  const before = subject.decisions;
  const took = seconds(() => subject.commit(batches * load.batch, load));
  const decisions = subject.decisions - before;
  if (decisions !== batches) throw new Error(`${batches} batches made ${decisions} decisions`);
  return decisions / took;
}
