/** How fast the simulator runs the swarm, and what the checkers cost: every step, every message, and the history. */
import { laboratoryNamed } from '#protocols/laboratory.ts';
import { runSeed } from '#lib/simulator/run.ts';
import { interleaved, median, ratio, seconds, type BenchOptions, type Row } from './measure.ts';

const seeds = 12;
const eventsMax = 20_000;

export async function measureSimulator({ repeat }: BenchOptions): Promise<Row[]> {
  const laboratory = laboratoryNamed('raft');
  const rows: Row[] = [];
  for (const nodes of [3, 5]) {
    /** The same seeds either way, and so the same events. */
    const perSecond = (checkers: 'on' | 'off') => () => {
      let events = 0;
      const taken = seconds(() => {
        for (let seed = 1; seed <= seeds; seed++) {
          const told = { seed, nodes, mode: 'safety', eventsMax } as const;
          events += runSeed({ laboratory, checkers }, told).events;
        }
      });
      return Math.round(events / taken);
    };
    const [on, off] = [perSecond('on'), perSecond('off')];
    for (const warm of [on, off]) warm();
    const all = await interleaved(repeat, { on, off });
    rows.push({
      n: nodes,
      'events/s, checked': median(all.on),
      'events/s, unchecked': median(all.off),
      'checked : unchecked': Number(ratio(all.on, all.off).toFixed(2)),
    });
  }
  return rows;
}
