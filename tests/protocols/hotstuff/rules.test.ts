/** The pure rules: certificates, what is voted for, locked and committed, for both rule sets. */
import { describe, expect, test } from 'vitest';
import { digestOf, genesisCertificate } from '#protocols/hotstuff/block.ts';
import * as chained from '#protocols/hotstuff/chained/rules.ts';
import * as jolteon from '#protocols/hotstuff/jolteon/rules.ts';
import type { Block } from '#protocols/hotstuff/messages.ts';
import { leaderOf } from '#protocols/hotstuff/rotation.ts';
import { settingOf } from '#protocols/hotstuff/setting.ts';
import type { HotStuffState } from '#protocols/hotstuff/state.ts';
import { genesisNode, nodeOf, type Node } from '#protocols/hotstuff/tree.ts';
import { r, roster } from '../fixtures/ids.ts';
import { batch } from '../pbft/statements.ts';
import { blockOf, certificate, chain, quorum, timeouts, vote, votesIn } from './statements.ts';

const setting = settingOf(roster(4), {});

/** The last of `blocks`, each on the one before. */
function nodesOf(blocks: readonly Block[], rules: chained.VariantRules = chained): Node[] {
  const nodes: Node[] = [{ ...genesisNode }];
  for (const block of blocks) {
    const parent = nodes.at(-1) as Node;
    nodes.push(
      nodeOf(block, digestOf(block), { parent, committed: rules.committedBy(parent, 'generic') }),
    );
  }
  return nodes.slice(1);
}

const tipOf = (views: readonly number[]): Node => nodesOf(chain(...views)).at(-1) as Node;
const lockedOn = (node: Node): HotStuffState =>
  ({ lock: { view: node.view, block: node.digest } }) as HotStuffState;

describe('[H2] [CI6] a certificate', () => {
  const [block] = chain(1) as [Block];
  const good = certificate(block);

  test('is a quorum of members for one block in one view', () => {
    expect(chained.isCertificate(good, setting)).toBe(true);
    expect(chained.isCertificate(certificate(block, [1, 2, 3]), setting)).toBe(true);
  });

  test.each([
    ['one vote too few', certificate(block, [0, 1])],
    ['[BH8] n - f votes of n - f - 1 voters', certificate(block, [0, 1, 1])],
    ['a stranger among them', certificate(block, [0, 1, 9])],
    ['of another view', { ...good, view: 2 }],
    ['of another block', { ...good, block: digestOf(blockOf(2, block)) }],
    [
      'a vote with another justify view',
      { ...good, votes: [...votesIn(good).slice(1), vote(3, block, { justifyView: 1 })] },
    ],
    [
      'a vote with another lock',
      { ...good, votes: [...votesIn(good).slice(1), vote(3, block, { lockView: 1 })] },
    ],
    ['genesis of a later view', { ...genesisCertificate, view: 1 }],
    ['another block in the place of genesis', { ...good, view: 0, votes: [] }],
    ['genesis with votes', { ...genesisCertificate, votes: good.votes }],
  ])('is not: %s', (_name, bad) => {
    expect(chained.isCertificate(bad, setting)).toBe(false);
  });

  test('[C1] is covered by the digest of the block above it, but for signatures', () => {
    const [a, b] = [
      blockOf(2, block),
      blockOf(2, block, { justify: certificate(block, [1, 2, 3]) }),
    ];
    expect(digestOf(a)).not.toBe(digestOf(b));
    expect(digestOf(a)).not.toBe(digestOf(blockOf(2, block, { batch: batch(1) })));
    expect(digestOf(a)).not.toBe(digestOf(blockOf(2, block, { height: 7 })));
    expect(digestOf(a)).not.toBe(digestOf(blockOf(2, block, { proposer: r(0) })));
    const resigned = votesIn(good).map((v) => ({ ...v, signature: 'e'.repeat(128) }));
    expect(digestOf(a)).toBe(
      digestOf(blockOf(2, block, { justify: { ...good, votes: resigned } })),
    );
  });
});

describe('[C20] timeouts end a view', () => {
  const high = certificate(chain(1)[0] as Block);

  test.each([
    ['a quorum of one view', timeouts(3), 3],
    ['[BH15] of a view that none can follow', timeouts(2 ** 52), null],
    ['one too few', timeouts(3, [0, 1]), null],
    ['one twice', timeouts(3, [0, 1, 1]), null],
    ['a stranger', timeouts(3, [0, 1, 9]), null],
    ['of different views', [...timeouts(3, [0, 1]), ...timeouts(4, [2])], null],
    ['one that names a certificate which did not come', timeouts(3, quorum(), 2), null],
    ['one that names the one that came', timeouts(3, quorum(), 1), 3],
  ])('%s', (_name, tc, view) => {
    expect(chained.viewEndedBy(tc, high, setting)).toBe(view);
  });
});

describe('[C6] [CS23] the three-chain commits its first, of consecutive views only', () => {
  test.each<[number[], number | null]>([
    [[1, 2, 3], 1],
    [[1, 2, 4], null],
    [[1, 3, 4], null],
    [[2, 3, 4], 2],
    [[1, 2], 0],
    [[1, 4, 5, 6], 4],
    [[1, 2, 3, 5, 7], null],
  ])('views %j', (views, committed) => {
    expect(chained.committedBy(tipOf(views))?.view ?? null).toBe(committed);
  });
});

test.each<[number[], number | null]>([
  [[1, 2], 1],
  [[1, 3], null],
  [[1, 3, 4], 3],
])('[C10] the two-chain of Jolteon, views %j', (views, committed) => {
  expect(jolteon.committedBy(tipOf(views))?.view ?? null).toBe(committed);
});

test.each<[number[], number]>([
  [[1], 0],
  [[1, 2], 1],
  [[1, 2, 5], 2],
  [[1, 7, 9], 7],
])('[C5] a certificate for the last of %j locks the one below it', (views, view) => {
  const tip = tipOf(views);
  expect(chained.lockedBy(tip)).toEqual({ view, block: tip.parent?.digest });
  expect(jolteon.lockedBy(tip)).toEqual({ view: tip.view, block: tip.digest });
});

describe('[C3] safeNode', () => {
  const trunk = chain(1, 2, 3);
  const [one, two, three] = nodesOf(trunk) as [Node, Node, Node];
  const fork = (view: number, on: Block): Node => {
    const path = trunk.slice(0, trunk.indexOf(on) + 1);
    return nodesOf([...path, blockOf(view, on)]).at(-1) as Node;
  };

  test('a block on the branch of the lock is voted for', () => {
    expect(chained.mayVote(three, null, lockedOn(two))).toBe(true);
    expect(chained.mayVote(fork(5, trunk[1] as Block), null, lockedOn(two))).toBe(true);
  });

  test('[BH5] a conflicting one is not, if its certificate is no higher than the lock', () => {
    expect(chained.mayVote(fork(5, trunk[0] as Block), null, lockedOn(two))).toBe(false);
    expect(chained.mayVote(fork(5, trunk[0] as Block), null, lockedOn(one))).toBe(true);
  });

  test('a conflicting one is, if its certificate is higher', () => {
    const other = nodesOf(chain(1, 4, 5)).at(-1) as Node;
    expect(chained.mayVote(other, null, lockedOn(two))).toBe(true);
  });

  test('a lock that two certificates of one view contradict is kept', () => {
    const twin = blockOf(2, trunk[0] as Block, { batch: batch(1) });
    const other = nodesOf([trunk[0] as Block, twin, blockOf(3, twin)]).at(-1) as Node;
    expect(chained.mayVote(other, null, lockedOn(two))).toBe(false);
  });
});

describe('[C10] Jolteon votes', () => {
  const state = {} as HotStuffState;

  test('for the view after the certificate, or after timeouts that name none higher', () => {
    expect(jolteon.mayVote(tipOf([1, 2]), null, state)).toBe(true);
    expect(jolteon.mayVote(tipOf([1, 3]), null, state)).toBe(false);
    expect(jolteon.mayVote(tipOf([1, 3]), timeouts(2, quorum(), 1), state)).toBe(true);
    expect(jolteon.mayVote(tipOf([1, 4]), timeouts(3, quorum(), 2), state)).toBe(false);
  });
});

describe('[H1] [C28] who leads', () => {
  test.each([
    [1, [0, 1, 2, 3, 0]],
    [2, [0, 0, 1, 1, 2]],
  ])('%i views each', (views, places) => {
    const rotation = { type: 'round-robin', views } as const;
    const leaders = places.map((_, view) => leaderOf(view, null, { ...setting, rotation }));
    expect(leaders).toEqual(places.map(r));
  });

  test('by reputation: who signed the last commit, and did not just propose', () => {
    const rotation = { type: 'reputation' } as const;
    const tip = nodesOf(chain(1, 2, 3, 4)).at(-1) as Node;
    expect(tip.committedHeight).toBe(1);
    const able = [4, 5, 6, 7].map((view) => leaderOf(view, tip, { ...setting, rotation }));
    // Signed by 0, 1, 2; and 1 proposed what is committed.
    expect(new Set(able)).toEqual(new Set([r(0), r(2)]));
    expect(leaderOf(3, null, { ...setting, rotation })).toBe(r(3));
  });
});

test.each<[number, number, number]>([
  [4, 2, 1],
  [4, 3, 2],
  [4, 100, 32],
  [7, 4, 1],
  [7, 5, 2],
])(
  '[C25] n = %i, after %i fruitless views a timer runs %i times as long',
  (n, fruitless, factor) => {
    const state = { fruitlessViews: fruitless, setting: settingOf(roster(n), {}) };
    expect(chained.timerFactor(state as HotStuffState)).toBe(factor);
  },
);
