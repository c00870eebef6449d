/**
 * Who lies in a run, how, to whom and from when: drawn from its seed, as steps that a script can replay. The adversary of
 * the protocols has the network too, which decides beyond what they tolerate whether a fork comes about.
 */
import type { Behaviour } from '#protocols/core/behaviour.ts';
import type { Step } from '#protocols/core/schedule.ts';
import type { AnyLaboratory } from '#protocols/laboratory.ts';
import { Random } from './random.ts';

export interface Conspiracy {
  readonly liars: readonly number[];
  /** In order of time. */
  readonly turns: readonly Step[];
}

/** Of 1,000 behaviours, how many begin at once, and how many are told to some only. */
const atOncePerMille = 600;
const toSomePerMille = 500;
/** Of 1,000 liars, how many lie in two ways. */
const twoLiesPerMille = 500;
/** Of 1,000 runs, in how many all liars do the same; beyond what the protocol tolerates, where a fork is wanted, more. */
const plotPerMille = 400;
const plotBeyondPerMille = 800;
/** Of 1,000 plots beyond that, in how many the network keeps those apart who are told different stories. */
const apartPerMille = 700;
const latestTurn = 2_000;

type Told = Pick<Behaviour, 'what' | 'to'> & { readonly at: number };

interface Counts {
  readonly seed: number;
  readonly nodes: number;
  /** How many lie; `tolerated`: so many as the protocol stands, or fewer. */
  readonly count: number | 'tolerated';
}

export function drawConspiracy(
  { behaviours, plots, liarsTolerated }: AnyLaboratory,
  { seed, nodes, count }: Counts,
): Conspiracy {
  const random = new Random(seed, 'conspiracy');
  const all = Array.from({ length: nodes }, (_, i) => i);
  // The first to lead is as often among them as not.
  const order = random.chance(500) ? [0, ...random.shuffle(all.slice(1))] : random.shuffle(all);
  const most = liarsTolerated(nodes);
  const liars = order.slice(0, count === 'tolerated' ? random.between(0, most) : count);
  const honest = order.slice(liars.length);
  const isBeyond = liars.length > most;
  const accomplices = (machine: number): number[] => liars.filter((other) => other !== machine);
  const some = (): number[] => all.filter(() => random.chance(500));
  const time = (): number => (random.chance(atOncePerMille) ? 0 : random.between(1, latestTurn));
  const turnOf = (machine: number, told: Told): Step => ({
    type: 'turn',
    at: told.at,
    machine,
    behaviour: { what: told.what, to: told.to, with: accomplices(machine), when: null },
  });
  const oftenPerMille = isBeyond ? plotBeyondPerMille : plotPerMille;
  const plot = plots.length > 0 && random.chance(oftenPerMille) ? random.pick(plots) : null;
  // Who plots agrees on when, and on whom to tell the other story.
  const agreed = { at: time(), to: isBeyond ? halfOf(honest, random) : some() };
  const turns = liars.flatMap((machine) => {
    if (plot) return plot.map((what) => turnOf(machine, { ...agreed, what }));
    const lies = random.chance(twoLiesPerMille) ? 2 : 1;
    return Array.from({ length: lies }, () => {
      const to = random.chance(toSomePerMille) ? some() : null;
      return turnOf(machine, { at: time(), what: random.pick(behaviours).id, to });
    });
  });
  if (plot && isBeyond && random.chance(apartPerMille)) {
    const to = honest.filter((machine) => !agreed.to.includes(machine));
    turns.push({ type: 'cut', at: agreed.at, from: agreed.to, to, bothWays: true });
  }
  return { liars, turns: turns.sort((a, b) => a.at - b.at) };
}

/** Of an odd number, the larger half or the smaller one. */
function halfOf(machines: readonly number[], random: Random): number[] {
  const size = Math.floor((machines.length + random.between(0, 1)) / 2);
  return machines.slice(0, size).sort((a, b) => a - b);
}
