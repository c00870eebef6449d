/** Committed commands per second: this core, the npm peer, and the bare message pattern. */
import { CoatyCluster, howToInstallCoaty, isCoatyInstalled } from './coaty.ts';
import { interleaved, median, ratio, seconds, type BenchOptions, type Row } from './measure.ts';
import { SkeletonCluster } from './skeleton.ts';
import type { Load, Start } from './subject.ts';
import { SynodCluster } from './synod.ts';

const loads: Readonly<Record<string, Load>> = {
  'one at a time': { batch: 1, inFlight: 1 },
  '64 in flight': { batch: 1, inFlight: 64 },
  'batches of 64': { batch: 64, inFlight: 1 },
};

export async function measureCommits({ repeat, commands }: BenchOptions): Promise<Row[]> {
  if (!isCoatyInstalled) console.error(`coaty is left out; to install it: ${howToInstallCoaty}`);
  const rows: Row[] = [];
  for (const n of [3, 5]) {
    for (const [load, how] of Object.entries(loads)) {
      const perSecond = (start: Start) => () => commitsPerSecond(start(n), commands, how);
      const synod = perSecond((size) => new SynodCluster(size));
      const skeleton = perSecond((size) => new SkeletonCluster(size));
      const coaty = perSecond((size) => new CoatyCluster(size));
      const all = await interleaved(
        repeat,
        isCoatyInstalled ? { synod, skeleton, coaty } : { synod, skeleton, coaty: () => NaN },
      );
      rows.push({
        n,
        load,
        'synod/s': Math.round(median(all.synod)),
        'coaty/s': shown(Math.round(median(all.coaty))),
        'skeleton/s': Math.round(median(all.skeleton)),
        'synod : coaty': shown(Number(ratio(all.synod, all.coaty).toFixed(2))),
        'synod : skeleton': Number(ratio(all.synod, all.skeleton).toFixed(2)),
        'skeleton : coaty': shown(Number(ratio(all.skeleton, all.coaty).toFixed(2))),
      });
    }
  }
  return rows;
}

/** After a tenth to warm up. `commands` is rounded up to whole batches. */
function commitsPerSecond(subject: ReturnType<Start>, commands: number, load: Load): number {
  const count = Math.ceil(commands / load.batch) * load.batch;
  subject.commit(Math.ceil(count / 10 / load.batch) * load.batch, load);
  return count / seconds(() => subject.commit(count, load));
}

/** What was not measured, because coaty is not installed, is no number. */
function shown(figure: number): number | string {
  return Number.isNaN(figure) ? 'not measured' : figure;
}
