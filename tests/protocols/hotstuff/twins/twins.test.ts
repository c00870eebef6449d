/** CS30 and longer: Twins in lock step. `npm run twins` plays more of them. */
import { describe, expect, test } from 'vitest';
import { genesisDigest } from '#protocols/hotstuff/block.ts';
import * as chained from '#protocols/hotstuff/chained/rules.ts';
import { committedBy as committedByTwo } from '#protocols/hotstuff/jolteon/rules.ts';
import type { Rules } from '#protocols/hotstuff/rules.ts';
import { bare, casts, playTwins } from './campaign.ts';
import { Twins } from './lockstep.ts';
import { everySequence } from './scenario.ts';

const minutes = 60_000;

test(
  '[CS30] four replicas, one of them twice and leading first, two sides, four views: all 50,625 are safe',
  { timeout: 15 * minutes },
  () => {
    let [count, conflicts, commits] = [0, 0, 0];
    const leading = { order: [0, 1, 2, 3], keeps: 1, twinned: 1, pacemaker: 'certified' } as const;
    for (const splits of everySequence(4)) {
      const ending = new Twins(chained, { ...leading, splits }).run();
      count++;
      if (ending.conflict) conflicts++;
      if (ending.committed > 0) commits++;
    }
    expect({ count, conflicts }).toEqual({ count: 50_625, conflicts: 0 });
    expect(commits).toBeGreaterThan(1_000);
  },
);

describe('8 to 12 views, sampled', () => {
  test.each(['hotstuff', 'basichotstuff', 'jolteon'] as const)(
    '[CI1] [HI1] %s: safe under each of its pacemakers, and blocks are committed',
    { timeout: 2 * minutes },
    (name) => {
      for (const cast of casts[name]) {
        const { divergences, commits } = playTwins([cast], [1, 400]);
        expect(divergences).toEqual([]);
        expect(commits).toBeGreaterThan(80);
      }
    },
  );

  test.each<[string, Partial<Rules>]>([
    ['[C3] no lock is asked for', { mayVote: () => true }],
    ['[C5] no lock is ever set', { lockedBy: () => ({ view: 0, block: genesisDigest }) }],
    ['[C6] gaps do not matter', { committedBy: (certified) => certified.parent?.parent ?? null }],
    ['[C6] two chains commit under the lock of three', { committedBy: committedByTwo }],
  ])('where timeouts prove nothing and %s, two commits conflict', (_name, wrong) => {
    const { divergences } = playTwins([bare({ ...chained, ...wrong })], [1, 2_000]);
    expect(divergences.length).toBeGreaterThan(0);
  });
});
