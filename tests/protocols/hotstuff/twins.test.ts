/** CS30 and longer: Twins in lock step. `TWINS=100000` plays so many scenarios of 12 views instead of some. */
import { describe, expect, test } from 'vitest';
import { genesisDigest } from '#protocols/hotstuff/block.ts';
import { paperRules } from '#protocols/hotstuff/bugs/chain.ts';
import * as chained from '#protocols/hotstuff/chained/rules.ts';
import * as jolteon from '#protocols/hotstuff/jolteon/rules.ts';
import type { Rules } from '#protocols/hotstuff/rules.ts';
import { Random } from '#lib/simulator/random.ts';
import { drawScenario, everySequence, Twins, type Scenario } from './twins.ts';

const minutes = 60_000;
const scenarios = Number(process.env['TWINS'] ?? 300);

interface Sample {
  readonly seed: number;
  readonly count: number;
  readonly views: number;
  /** Splits in one scenario. */
  readonly few: number;
  readonly pacemaker: Scenario['pacemaker'];
}

/** Of so many scenarios, how many end in a conflict, how many in a commit; up to the first conflict. */
function sampled(rules: Rules, { seed, count, ...drawn }: Sample) {
  const random = new Random(seed, 'twins');
  let [commits, played] = [0, 0];
  while (played < count) {
    const { conflict, committed } = new Twins(rules, drawScenario(random, drawn)).run();
    played++;
    if (committed > 0) commits++;
    if (conflict) return { conflictAt: played, commits };
  }
  return { conflictAt: null, commits };
}

test(
  '[CS30] four replicas, one of them twice and leading first, two sides, four views: all 50,625 are safe',
  { timeout: 15 * minutes },
  () => {
    let [count, conflicts, commits] = [0, 0, 0];
    for (const splits of everySequence(4)) {
      const scenario = { order: [0, 1, 2, 3], twinned: 1, splits, pacemaker: 'certified' } as const;
      const ending = new Twins(chained, scenario).run();
      count++;
      if (ending.conflict) conflicts++;
      if (ending.committed > 0) commits++;
    }
    expect({ count, conflicts }).toEqual({ count: 50_625, conflicts: 0 });
    expect(commits).toBeGreaterThan(1_000);
  },
);

describe('longer ones, sampled', () => {
  const long = { seed: 2, count: scenarios, views: 12, few: 3 } as const;

  test.each<[string, Rules, Scenario['pacemaker']]>([
    ['chained', chained, 'certified'],
    ['Jolteon', jolteon, 'certified'],
    ['chained, where timeouts prove nothing', paperRules, 'bare'],
  ])(
    '[CI1] %s: safe, and blocks are committed',
    { timeout: 60 * minutes },
    (_name, rules, pacemaker) => {
      const { conflictAt, commits } = sampled(rules, { ...long, pacemaker });
      expect(conflictAt).toBeNull();
      expect(commits).toBeGreaterThan(scenarios / 5);
    },
  );

  test.each<[string, Partial<Rules>]>([
    ['[C3] no lock is asked for', { mayVote: () => true }],
    ['[C5] no lock is ever set', { lockedBy: () => ({ view: 0, block: genesisDigest }) }],
    ['[C6] gaps do not matter', { committedBy: (certified) => certified.parent?.parent ?? null }],
  ])('where timeouts prove nothing and %s, two commits conflict', (_name, wrong) => {
    const sample = { ...long, count: 2_000, pacemaker: 'bare' } as const;
    const { conflictAt } = sampled({ ...paperRules, ...wrong }, sample);
    expect(conflictAt).not.toBeNull();
  });
});
