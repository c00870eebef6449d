/** What the schedules that lead straight to a mistake have in common. */
import type { Step } from '../../core/schedule.ts';

const tenfold = 9_000_000;

/** From `from` to `to` the clock of `machine` runs ten times as fast: it stands for election before all others. */
export function hurries(machine: number, from: number, to: number): Step[] {
  return [
    { type: 'drift', at: from, machine, millionths: tenfold },
    { type: 'drift', at: to, machine, millionths: 0 },
  ];
}

/** In a world that has just begun `machine` leads in term 1, by tick 100 or so. */
export function first(machine: number): Step[] {
  return hurries(machine, 0, 200);
}

export function inOrder(steps: readonly Step[]): Step[] {
  return [...steps].sort((a, b) => a.at - b.at);
}

/** None of `machines` ever stands for election: its questions reach nobody. */
export function neverStand(...machines: readonly number[]): Step[] {
  return machines.map((from) => ({ type: 'filter', at: 0, from, to: null, message: 'PreVote' }));
}
