/** How far blocks are, who leads, and what keeps the chain from growing: in words. */
import { describe, expect, test } from 'vitest';
import type { TreeSummary } from '#protocols/core/tree-summary.ts';
import type { SeatView } from '#lib/view/types.ts';
import { fourPhases, pipelineOf, threeChain, twoChain } from '#lib/view/hotstuff/pipeline.ts';
import { votesCollected } from '#lib/view/hotstuff/progress.ts';
import { leadersWords, troubleWords } from '#lib/view/hotstuff/timeouts.ts';
import { drawTree, type DrawnTree } from '#lib/view/hotstuff/tree.ts';
import {
  agreed,
  at,
  ballot,
  branch,
  committing,
  hotStuffSummary,
  seatsWith,
  treeOf,
} from './fixtures.ts';

const drawn = (seats: readonly SeatView[]): DrawnTree => drawTree(seats) as DrawnTree;
const tree = (blocks: string[], committed: string[] = [], over: Partial<TreeSummary> = {}) =>
  treeOf(committing(branch(blocks), ...committed), over);

describe('[C6] the pipeline of a three-chain', () => {
  const told = (one: TreeSummary) => {
    const { text, waits } = pipelineOf(drawn(agreed(one)), threeChain);
    return [text, waits];
  };

  test('has a block in each stage while views follow each other', () => {
    expect(told(tree(['b3', 'b4', 'b5', 'b6', 'b7'], ['b4']))).toEqual([
      'view 7: prepare b7, pre-commit b6, commit b5, decide b4',
      '',
    ]);
  });

  test('begins with one block after the other', () => {
    expect(told(tree([]))[0]).toBe('view 1: no block yet');
    expect(told(tree(['b0', 'b1']))[0]).toBe('view 1: prepare b1');
    expect(told(tree(['b0', 'b1', 'b2']))[0]).toBe('view 2: prepare b2, pre-commit b1');
    const certified = tree(['b0', 'b1', 'b2'], [], { view: 3, highQC: ballot('b2', 0, 1, 2) });
    expect(told(certified)[0]).toBe('view 3: pre-commit b2, commit b1');
  });

  test('is broken by a gap, and says which', () => {
    expect(told(tree(['b4', 'b5', 'b6', 'b8', 'b9'], []))).toEqual([
      'view 9: prepare b9, pre-commit b8, commit b6',
      'b5 waits: views 6 and 8 are not consecutive',
    ]);
    expect(told(tree(['b3', 'b4', 'b6', 'b7', 'b8', 'b9'], []))[1]).toBe(
      'b4 waits: views 4 and 6 are not consecutive',
    );
    const rests = tree(['b4', 'b5', 'b6', 'b8', 'b9'], [], { resting: true });
    expect(told(rests)[1]).toBe('');
  });
});

test('[C10] Jolteon commits a stage earlier, and waits for two consecutive views', () => {
  const told = (one: TreeSummary) => pipelineOf(drawn(agreed(one)), twoChain);
  expect(told(tree(['b4', 'b5', 'b6', 'b7'], ['b5'])).text).toBe(
    'view 7: propose b7, lock b6, commit b5',
  );
  expect(told(tree(['b4', 'b5', 'b7', 'b8'])).waits).toBe(
    'b5 waits: views 5 and 7 are not consecutive',
  );
});

describe('basic: the one block of a view goes through all stages', () => {
  const told = (...trees: TreeSummary[]) => {
    const { text, stages, waits } = pipelineOf(drawn(seatsWith(trees)), fourPhases);
    expect(waits).toBe('');
    return `${text} ${stages.map(({ done }) => Number(done)).join('')}`;
  };
  const proposed = tree(['b6', 'b7']);
  const prepared: TreeSummary = {
    ...proposed,
    highQC: { ...ballot('b7', 0, 1, 2), phase: 'prepare' },
  };

  test.each([
    ['no certificate', [proposed], 'view 7: prepare b7 0000'],
    ['its prepare certificate', [proposed, prepared], 'view 7: pre-commit b7 1000'],
    ['a lock on it', [prepared, { ...prepared, lock: at('b7') }], 'view 7: commit b7 1100'],
    ['a commit', [prepared, tree(['b6', 'b7'], ['b7'])], 'view 7: decide b7 1110'],
    ['its view given up', [{ ...prepared, view: 8 }], 'view 8: no block yet 0000'],
  ])('%s', (_what, trees, text) => {
    expect(told(...trees)).toBe(text);
  });
});

describe('[C20] [C21] timeouts', () => {
  const words = (over: Partial<TreeSummary>) =>
    troubleWords(drawn(agreed(tree(['b4', 'b5', 'b6'], [], over))), '');

  test('are counted while a view is being given up', () => {
    expect(words({ view: 7, timeouts: { view: 7, signers: [0, 1], highView: 5 } })).toBe(
      'Gave up on view 7: Ana and Ben (2 of 3, one more).',
    );
    expect(words({ view: 8, timeouts: { view: 7, signers: [0, 1], highView: 5 } })).toBe('');
    const gaveUp = (...signers: number[]) =>
      treeOf([], { view: 7, timeouts: { view: 7, signers, highView: 5 } });
    const [ana, ben] = seatsWith([gaveUp(0, 1), gaveUp(0, 1, 3)]) as [SeatView, SeatView];
    expect(troubleWords(drawn([ana, { ...ben, stale: true }]), '')).toContain('2 of 3, one more');
  });

  test('of a quorum are the certificate that began the next view', () => {
    const tcs = [{ view: 7, signers: [0, 1, 3], highView: 5 }];
    expect(words({ view: 8, tcs })).toBe(
      'View 7 ended by timeouts of Ana, Ben and Dan (TC); highest certificate among them: view 5.',
    );
    expect(words({ view: 9, tcs })).toBe('');
    expect(words({ view: 8, tcs: [{ view: 7, signers: [0, 1, 3], highView: 0 }] })).toContain(
      'none but that of genesis',
    );
  });
});

test('[C28] who leads this view and the next ones', () => {
  expect(leadersWords(drawn(agreed(treeOf([], { view: 7 }))))).toBe(
    'Dan leads view 7, next Ana, Ben and Cleo.',
  );
  expect(leadersWords(drawn(agreed(treeOf([], { view: 7, leaders: [1] }))))).toBe(
    'Ben leads view 7.',
  );
});

test('[C27] under a node: the votes that it collects', () => {
  const progress = (over: Partial<TreeSummary>, role?: 'candidate') =>
    votesCollected({ ...hotStuffSummary(treeOf([], over)), ...(role && { role }) });
  expect(progress({})).toBeNull();
  expect(progress({ collected: ballot('b7', 1, 2) })).toEqual({
    brief: 'votes 2 of 3',
    text: 'view 7: votes for b7 2 of 3, one more',
  });
  expect(progress({ collected: { ...ballot('b7', 1), phase: 'pre-commit' } })?.brief).toBe(
    'pre-commit votes 1 of 3',
  );
  expect(progress({ collected: ballot('b7', 1, 2) }, 'candidate')).toBeNull();
});
