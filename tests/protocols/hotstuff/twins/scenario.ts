/** What happens in a run of Twins: who there are two of, who leads when, and how each view is split. */
import type { Random } from '#lib/simulator/random.ts';

export interface Scenario {
  /** The order in which they lead: a permutation of 0 to 3. */
  readonly order: readonly number[];
  /** Views in a row that each leads. */
  readonly keeps: number;
  /** Who there are two of: a number of `order`. */
  readonly twinned: number;
  /** Of view 1, 2 …: bit i stands for the side of instance i. Instance 4 is the twin. */
  readonly splits: readonly number[];
  readonly pacemaker: Pacemaker;
}

/**
 * - `certified`: the protocol's own, in which timeouts come with the certificates that they name
 * - `bare`: as in the paper, where a pacemaker proves nothing: all enter each view at once, and only the lock keeps
 *   them together
 */
export type Pacemaker = 'certified' | 'bare';

/** All ways to split five in two: instance 0 is on side 0, and somebody is on the other. */
export const allSplits: readonly number[] = Array.from({ length: 15 }, (_, i) => 2 * (i + 1));

/** Every sequence of `views` splits. */
export function* everySequence(views: number): Generator<readonly number[], void> {
  if (views === 0) return yield [];
  for (const first of allSplits) {
    for (const rest of everySequence(views - 1)) yield [first, ...rest];
  }
}

/**
 * Of 8 to 12 views, in which up to four splits come again and again, so that each side goes on where it was; with any
 * order, and any of the four twinned.
 */
export function drawScenario(random: Random, pacemaker: Pacemaker): Scenario {
  const drawn = Array.from({ length: random.between(2, 4) }, () => random.pick(allSplits));
  const order = random.shuffle([0, 1, 2, 3]);
  const keeps = random.chance(250) ? 2 : 1;
  const twinned = random.between(0, 3);
  const views = random.between(8, 12);
  const splits = Array.from({ length: views }, () => random.pick(drawn));
  return { order, keeps, twinned, splits, pacemaker };
}
