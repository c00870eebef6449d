/** Many scenarios of Twins, each drawn from a seed of its own. */
import { withPaperPacemaker } from '#protocols/hotstuff/bugs/chain.ts';
import * as basic from '#protocols/hotstuff/basic/rules.ts';
import * as chained from '#protocols/hotstuff/chained/rules.ts';
import * as jolteon from '#protocols/hotstuff/jolteon/rules.ts';
import type { Rules } from '#protocols/hotstuff/rules.ts';
import { Random } from '#lib/simulator/random.ts';
import { Twins } from './lockstep.ts';
import { drawScenario, type Pacemaker } from './scenario.ts';

/** Rules, and the pacemaker that they are played under. */
export interface Cast {
  readonly rules: Rules;
  readonly pacemaker: Pacemaker;
}

const certified = (rules: Rules): Cast => ({ rules, pacemaker: 'certified' });
/** What a rule set is worth where timeouts prove nothing. */
export const bare = (rules: Rules): Cast => ({
  rules: withPaperPacemaker(rules),
  pacemaker: 'bare',
});

/** By the registry's name; the seeds take turns. Jolteon is not safe under a bare pacemaker: its timeouts are its lock. */
export const casts = {
  hotstuff: [certified(chained), bare(chained)],
  basichotstuff: [certified(basic), bare(basic)],
  jolteon: [certified(jolteon)],
} as const satisfies Record<string, readonly Cast[]>;

/** What some seeds came to. */
export interface Tally {
  scenarios: number;
  /** Of these, how many committed anything. */
  commits: number;
  /** The seeds in which honest replicas committed different blocks. */
  readonly divergences: number[];
}

export const emptyTally = (): Tally => ({ scenarios: 0, commits: 0, divergences: [] });

/** Plays seeds `first` to `last`. */
export function playTwins(
  among: readonly Cast[],
  [first, last]: readonly [first: number, last: number],
): Tally {
  const tally = emptyTally();
  for (let seed = first; seed <= last; seed++) {
    const { rules, pacemaker } = among[seed % among.length] as Cast;
    const scenario = drawScenario(new Random(seed, 'twins'), pacemaker);
    const { conflict, committed } = new Twins(rules, scenario).run();
    tally.scenarios++;
    if (committed > 0) tally.commits++;
    if (conflict) tally.divergences.push(seed);
  }
  return tally;
}
