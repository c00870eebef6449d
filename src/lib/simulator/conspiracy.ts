/** Who lies in a run, how, to whom and from when: drawn from its seed, as steps that a script can replay. */
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
/** Of 1,000 runs, in how many all liars do the same. */
const plotPerMille = 400;
const latestTurn = 2_000;

/** @param count how many lie; 0: nobody */
export function drawConspiracy(
  { behaviours, plots }: AnyLaboratory,
  { seed, nodes, count }: { readonly seed: number; readonly nodes: number; readonly count: number },
): Conspiracy {
  const random = new Random(seed, 'conspiracy');
  const all = Array.from({ length: nodes }, (_, i) => i);
  // The first to lead is as often among them as not.
  const order = random.chance(500) ? [0, ...random.shuffle(all.slice(1))] : random.shuffle(all);
  const liars = order.slice(0, count);
  const plot = plots.length > 0 && random.chance(plotPerMille) ? random.pick(plots) : null;
  const turns = liars.flatMap((machine) => {
    const lies = plot ?? Array.from({ length: random.chance(twoLiesPerMille) ? 2 : 1 }, () => null);
    return lies.map((planned): Step => {
      const at = random.chance(atOncePerMille) ? 0 : random.between(1, latestTurn);
      const what = planned ?? random.pick(behaviours).id;
      const to = random.chance(toSomePerMille) ? all.filter(() => random.chance(500)) : null;
      const behaviour: Behaviour = {
        what,
        to,
        with: liars.filter((other) => other !== machine),
        when: null,
      };
      return { type: 'turn', at, machine, behaviour };
    });
  });
  return { liars, turns: turns.sort((a, b) => a.at - b.at) };
}
