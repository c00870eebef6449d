/** The tree that all replicas together show, and its lines. */
import { describe, expect, test } from 'vitest';
import type { SeatView } from '#lib/view/types.ts';
import { rowsOf, rowsMax, type Row } from '#lib/view/hotstuff/rows.ts';
import { drawTree, type DrawnTree } from '#lib/view/hotstuff/tree.ts';
import { seatOf } from '../../components/fixtures.ts';
import { agreed, at, ballot, branch, committing, seatsWith, treeOf, upTo } from './fixtures.ts';

function drawn(seats: readonly SeatView[]): DrawnTree {
  const tree = drawTree(seats);
  if (!tree) throw new Error('nobody shows a tree');
  return tree;
}

const standings = (seats: readonly SeatView[]) =>
  drawn(seats).blocks.map(({ name, standing, lane }) => `${name} ${standing} ${lane}`);

/** `b7 certified | commit all 4`, `7 to 8: no block`. */
function textOf(row: Row): string {
  const marks = 'marks' in row ? row.marks.map(({ kind, text }) => ` | ${kind} ${text}`) : [];
  const what = row.kind === 'block' ? `${row.block.name} ${row.says}` : row.text;
  const views = 'views' in row ? `${row.views}: ` : '';
  return views + what + marks.join('');
}

const rows = (seats: readonly SeatView[]) => rowsOf(drawn(seats)).map(textOf);
const description = (seats: readonly SeatView[], name: string): string => {
  const row = rowsOf(drawn(seats)).find((one) => one.kind === 'block' && one.block.name === name);
  return row?.kind === 'block' ? row.description : '';
};

describe('blocks', () => {
  const trunk = committing(branch(['b0', 'b1', 'b2', 'b3', 'b4']), 'b1');

  test('are proposed, certified or committed', () => {
    expect(standings(agreed(treeOf(trunk)))).toEqual([
      'b1 committed 0',
      'b2 certified 0',
      'b3 certified 0',
      'b4 proposed 0',
    ]);
  });

  test('the newest is certified by whoever holds its certificate', () => {
    const plain = treeOf(trunk);
    const seats = seatsWith([plain, plain, { ...plain, highQC: ballot('b4', 1, 2, 3) }, plain]);
    expect(standings(seats).at(-1)).toBe('b4 certified 0');
    expect(description(seats, 'b4')).toContain('QC 3 of 4: Ben, Cleo and Dan.');
  });

  test('what the chain went on without is abandoned, in a lane of its own', () => {
    const left = branch(['b2', 'b5'], { certificate: null });
    const more = branch(['b4', 'b6', 'b7']);
    expect(standings(agreed(treeOf([...trunk, ...left, ...more])))).toEqual([
      'b1 committed 0',
      'b2 certified 0',
      'b3 certified 0',
      'b4 proposed 0',
      'b5 abandoned 1',
      'b6 certified 0',
      'b7 proposed 0',
    ]);
  });

  test('lanes are used again once a branch has ended, and not before', () => {
    const early = branch(['b1', 'b2']);
    const long = branch(['b3', 'b5', 'b7']);
    const beside = branch(['b4', 'b6'], { certificate: null });
    const main = branch(['b0', 'b1', 'b3', 'b4', 'b8', 'b9']);
    const lanes = drawn(agreed(treeOf([...main, ...early, ...long, ...beside]))).blocks;
    expect(lanes.map(({ name, lane }) => `${name} ${lane}`)).toEqual([
      'b1 0',
      'b2 1',
      'b3 0',
      'b4 0',
      'b5 1',
      'b6 2',
      'b7 1',
      'b8 0',
      'b9 0',
    ]);
  });

  test('[HB1] two of one view have two names, each from those who heard it', () => {
    const mine = treeOf(branch(['b0', 'b1', 'b4', 'b5']));
    const yours = treeOf(branch(['b0', 'b1', 'b4', 'b5x']));
    expect(standings(seatsWith([mine, mine, yours, yours])).slice(-2)).toEqual([
      'b5 proposed 1',
      'b5′ proposed 0',
    ]);
  });

  test('[CI1] what is committed on two branches is a fork, and says so', () => {
    const other = committing(branch(['b1', 'b5', 'b6', 'b7', 'b8']), 'b5');
    const seats = seatsWith([treeOf(trunk), treeOf(other), treeOf(other), treeOf(other)]);
    const forked = seatsWith([
      treeOf(committing(trunk, 'b1', 'b2')),
      ...[1, 2, 3].map(() => treeOf([...trunk.slice(0, 1), ...other])),
    ]);
    expect(standings(seats)).toContain('b2 abandoned 1');
    expect(rows(forked)).toContain('b2 committed: a fork');
    expect(description(forked, 'b2')).toContain(
      'Committed and executed by Ana, not yet by Ben, Cleo and Dan. The chain goes on elsewhere',
    );
  });
});

test('[K12] a replica that shows circles is drawn, too', () => {
  const circle = [...branch(['b3', 'b2']), ...branch(['b2', 'b3'])];
  const seats = seatsWith([treeOf(branch(['b0', 'b1'])), treeOf(circle, { committed: at('b3') })]);
  expect(standings(seats)).toHaveLength(3);
  expect(rows(seats)).toHaveLength(4);
});

describe('lines', () => {
  test('gaps between views are lines of their own, with whoever gave them up', () => {
    const blocks = committing(branch(['b0', 'b2', 'b3', 'b6']), 'b2');
    const tcs = [{ view: 5, signers: [0, 1, 3], highView: 3 }];
    expect(rows(agreed(treeOf(blocks, { tcs })))).toEqual([
      'genesis | commit all 4 | lock all 4',
      'view 1: no block',
      'b2 committed',
      'b3 certified',
      '4 to 5: no block, given up by Ana, Ben and Dan',
      'b6 proposed',
    ]);
  });

  test('the view that is under way has one while no block of it came', () => {
    const blocks = branch(['b0', 'b1', 'b2']);
    const open = (over: Parameters<typeof treeOf>[1]) =>
      rows(agreed(treeOf(blocks, { view: 3, ...over }))).at(-1);
    expect(open({})).toBe('view 3: Dan has not proposed yet');
    expect(open({ resting: true })).toBe('view 3: nothing to order, so nothing of Dan');
    expect(open({ timeouts: { view: 3, signers: [1], highView: 1 } })).toBe(
      'view 3: nothing of Dan, given up by Ben',
    );
    expect(open({ view: 5 })).toBe('view 5: Ben has not proposed yet');
    expect(rows(agreed(treeOf(blocks, { view: 5 }))).at(-2)).toBe('3 to 4: no block');
    expect(rows(agreed(treeOf([])))).toEqual([
      'genesis | commit all 4 | lock all 4',
      'view 1: Ben has not proposed yet',
    ]);
  });

  test('votes that somebody collects stand with their block', () => {
    const blocks = branch(['b0', 'b1', 'b2']);
    const tree = treeOf(blocks);
    const seats = seatsWith([tree, tree, tree, { ...tree, collected: ballot('b2', 1, 3) }]);
    expect(rows(seats).at(-1)).toBe('b2 proposed, votes 2 of 3');
    const certified = { ...tree, highQC: ballot('b2', 0, 1, 2) };
    expect(rows([...seats.slice(1), ...seatsWith([certified])]).at(-1)).toBe('b2 certified');
    const phases = ['prepare', 'pre-commit'] as const;
    const [highQC, collected] = phases.map((phase) => ({ ...ballot('b2', 0, 1, 2), phase }));
    const basic = { ...tree, ...(highQC && { highQC }), collected: collected ?? null };
    expect(rows(agreed(basic)).at(-1)).toBe('b2 pre-commit votes 3 of 3');
    expect(rows(agreed({ ...basic, collected: null })).at(-1)).toBe('b2 prepared');
  });

  test('no more are shown than a phone has room for, and what is older gathers on top', () => {
    const blocks = branch(['b3', ...upTo(12).map((i) => `b${i + 4}`)]);
    const lines = rows(agreed(treeOf(blocks, { lock: at('b13'), committed: at('b4') })));
    expect(lines).toHaveLength(1 + rowsMax);
    expect(lines[0]).toBe('older | commit all 4');
    expect(lines).toContain('b13 certified | lock all 4');
  });
});

describe('marks', () => {
  const blocks = committing(branch(['b0', 'b1', 'b2', 'b3', 'b4']), 'b1', 'b2');

  test('[C5] [C7] say by name where replicas are locked and what they committed last', () => {
    const ahead = treeOf(blocks, { lock: at('b3'), committed: at('b2') });
    const behind = treeOf(blocks, { lock: at('b2'), committed: at('b1') });
    const seats = seatsWith([ahead, behind, behind, ahead]);
    expect(rows(seats)).toEqual([
      'genesis',
      'b1 committed | commit Ben and Cleo',
      'b2 committed | commit Ana and Dan | lock Ben and Cleo',
      'b3 certified | lock Ana and Dan',
      'b4 proposed',
    ]);
    expect(description(seats, 'b2')).toBe(
      'b2, view 2, height 2, by Cleo, on the block of view 1: put x=2. QC 3 of 4: Ana, Ben and Cleo. ' +
        'Committed and executed by all 4. Committed up to it: Ana and Dan. Locked on it: Ben and Cleo. Digest b2.',
    );
  });

  test('of 31 gather to a number, with the colours of their views', () => {
    const tree = (i: number) =>
      treeOf(blocks, { quorum: 21, view: 4 + (i % 2), lock: at(i < 12 ? 'b2' : 'b3') });
    const seats = seatsWith(upTo(31).map(tree));
    const marked = rowsOf(drawn(seats)).flatMap((row) => ('marks' in row ? row.marks : []));
    expect(marked.map(({ kind, text, colours }) => `${kind} ${text} ${colours.length}`)).toEqual([
      'commit all 31 2',
      'lock 12 replicas 2',
      'lock 19 replicas 2',
    ]);
    expect(marked[1]?.title).toContain('Seat 10 and Seat 11');
  });

  test('of those who are not heard any more are of their past', () => {
    const [ana, ben, ...rest] = agreed(treeOf(blocks, { lock: at('b3') }));
    const old = { ...(ben as SeatView), stale: true };
    expect(description([ana as SeatView, old, ...rest], 'b3')).toContain('Ben (long ago)');
  });
});

test('whoever is farthest and still heard is told of, oneself among equals', () => {
  const seats = [4, 9, 6, 6].map((view, i) => {
    const [seat] = seatsWith([treeOf([], { view })]);
    return seatOf(i, { mine: i === 3, stale: i === 1, summary: seat?.summary ?? null });
  });
  expect(drawn(seats).foremost.seat.name).toBe('Dan');
  expect(drawTree([seatOf(0, { summary: null })])).toBeNull();
});
