/**
 * What a commit costs when the log is long already: it must not depend on it. No snapshot shortens these logs; each grows
 * by what is measured.
 */
import * as rules from '#protocols/raft/rules.ts';
import { interleaved, median, seconds, type BenchOptions, type Row } from './measure.ts';
import { SynodCluster } from './synod.ts';

const lengths = [1_000, 100_000, 1_000_000];
const load = { batch: 64, inFlight: 1 };
const measured = 64 * 300;

export async function measureLog({ repeat }: BenchOptions): Promise<Row[]> {
  // One cluster for each length, grown before anything is measured.
  const clusters = lengths.map((length) => {
    const cluster = new SynodCluster(3, { ...rules, isSnapshotDue: () => false });
    cluster.commit(Math.floor(length / load.batch) * load.batch, load);
    return cluster;
  });
  const cost = (cluster: SynodCluster) => () =>
    (seconds(() => cluster.commit(measured, load)) / measured) * 1e6;
  const figures = Object.fromEntries(
    clusters.map((cluster, i) => [String(lengths[i]), cost(cluster)]),
  );
  const all = await interleaved(repeat, figures);
  return lengths.map((length) => ({
    'log length': length,
    'µs per entry': Number(median(all[String(length)] ?? []).toFixed(2)),
  }));
}
