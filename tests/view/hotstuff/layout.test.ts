/** Where blocks and certificates stand. */
import { expect, test } from 'vitest';
import { heightOf, laneX, layoutOf } from '#lib/view/hotstuff/layout.ts';
import { rowsOf, type Row } from '#lib/view/hotstuff/rows.ts';
import { drawTree, type DrawnTree } from '#lib/view/hotstuff/tree.ts';
import type { TreeSummary } from '#protocols/core/tree-summary.ts';
import { agreed, ballot, branch, treeOf } from './fixtures.ts';

function laidOut(tree: TreeSummary, n = 4) {
  const drawn = drawTree(agreed(tree, n)) as DrawnTree;
  const rows = rowsOf(drawn);
  return { rows, layout: layoutOf(rows, drawn) };
}

/** The first and the last point of a path. */
function ends(path: string): { from: number[]; to: number[] } {
  const numbers = path
    .split(/[A-Z ]/)
    .filter((text) => text !== '')
    .map(Number);
  return { from: numbers.slice(0, 2), to: numbers.slice(-2) };
}

const forked = [
  ...branch(['b0', 'b1', 'b2', 'b5']),
  ...branch(['b1', 'b4'], { certificate: null }),
];

test('lines follow each other without a gap, and blocks are as high as a thumb needs', () => {
  const { rows, layout } = laidOut(treeOf(forked));
  for (const [i, top] of layout.tops.entries()) {
    const next = layout.tops[i + 1] ?? layout.height;
    expect(next - top).toBe(heightOf(rows[i] as Row));
  }
  for (const row of rows)
    if (row.kind === 'block') expect(heightOf(row)).toBeGreaterThanOrEqual(44);
});

test('each block hangs on the one that its certificate is for', () => {
  const { rows, layout } = laidOut(treeOf(forked));
  const rowOf = (name: string) =>
    rows.findIndex((row) => row.kind === 'block' && row.block.name === name);
  const inside = (y: number, row: number): boolean => {
    const top = layout.tops[row] ?? NaN;
    return y > top && y < top + heightOf(rows[row] as Row);
  };
  const parents: [string, string | null, number][] = [
    ['b1', null, 0],
    ['b2', 'b1', 0],
    ['b4', 'b1', 1],
    ['b5', 'b2', 0],
  ];
  for (const [name, parent, lane] of parents) {
    const line = layout.lines.find(({ key }) => key === name);
    const { from, to } = ends(line?.path ?? '');
    expect(from[0]).toBe(laneX(0));
    expect(inside(from[1] ?? NaN, parent === null ? 0 : rowOf(parent)), name).toBe(true);
    expect(to[0]).toBe(laneX(lane));
    expect(inside(to[1] ?? NaN, rowOf(name)), name).toBe(true);
    expect(line?.faded).toBe(name === 'b4');
  }
  expect(layout.width).toBeGreaterThan(laneX(1));
});

test('[H2] a certificate is labelled with its signers, and the thicker the more they are', () => {
  const by = (signers: number[]) => ({ phase: 'generic', signers }) as const;
  const many = Array.from({ length: 21 }, (_, i) => i);
  const of = (signers: number[]) =>
    laidOut(treeOf(branch(['b0', 'b1', 'b2'], { certificate: by(signers) })), 31);
  const few = of([0, 1, 2]);
  const more = of(many);
  const lineOf = ({ layout }: typeof few) => layout.lines.find(({ key }) => key === 'b2');
  expect(lineOf(few)?.label).toBe('QC 3/31');
  expect(lineOf(more)?.label).toBe('QC 21/31');
  expect(lineOf(more)?.width).toBeGreaterThan(lineOf(few)?.width ?? Infinity);
  expect(more.layout.lines.find(({ key }) => key === 'b1')?.label).toBe('');
});

test('the highest certificate leads to the block that is to come', () => {
  const certified = treeOf(branch(['b0', 'b1']), { view: 2, highQC: ballot('b1', 0, 1, 2) });
  const { layout } = laidOut(certified);
  const line = layout.lines.find(({ key }) => key === 'open');
  expect(line?.label).toBe('QC 3/4');
  expect(ends(line?.path ?? '').to[1]).toBeGreaterThan(layout.tops.at(-1) ?? Infinity);
  expect(laidOut(treeOf(branch(['b0', 'b1']))).layout.lines).toHaveLength(1);
});
