/** The lines of the picture, oldest first: blocks, views that left none, and the view that is under way. */
import { descriptionOf, saysOf } from './block-words.ts';
import { marksAt, type Mark } from './marks.ts';
import { gapText, openText } from './timeouts.ts';
import type { DrawnTree, TreeBlock } from './tree.ts';

export type Row = RootRow | BlockRow | GapRow | OpenRow;

/** Genesis, or all that is older than what is shown. */
export interface RootRow {
  readonly kind: 'root';
  readonly text: string;
  readonly marks: readonly Mark[];
}

export interface BlockRow {
  readonly kind: 'block';
  readonly block: TreeBlock;
  readonly proposer: string;
  /** `committed`: in a word or two what its form shows. */
  readonly says: string;
  /** Everything the picture shows of it. */
  readonly description: string;
  readonly marks: readonly Mark[];
}

/** Views that ended without a block. */
export interface GapRow {
  readonly kind: 'gap';
  /** `view 7`, `7 to 9`. */
  readonly views: string;
  readonly text: string;
}

/** The view that is under way, while no block of it was heard of. */
export interface OpenRow {
  readonly kind: 'open';
  /** `view 7`. */
  readonly views: string;
  readonly text: string;
}

/** Blocks and gaps that are shown: what a phone has room for. */
export const rowsMax = 9;

export function rowsOf(drawn: DrawnTree): Row[] {
  const { view } = drawn.foremost.tree;
  const middle = blocksAndGaps(drawn).slice(-rowsMax);
  const blocks = middle.flatMap((row) => (row.kind === 'block' ? [row.block] : []));
  const shown = new Set(blocks.map(({ digest }) => digest));
  const root: RootRow = {
    kind: 'root',
    text: startsAtGenesis(blocks, drawn) ? 'genesis' : 'older',
    marks: marksAt(null, shown, drawn),
  };
  if (drawn.blocks.some((block) => block.view >= view)) return [root, ...middle];
  return [root, ...middle, { kind: 'open', views: `view ${view}`, text: openText(drawn) }];
}

function startsAtGenesis([lowest]: readonly TreeBlock[], { witnesses }: DrawnTree): boolean {
  if (lowest) return lowest.parentView === 0;
  return witnesses.every(({ tree }) => tree.committed.view === 0);
}

function blocksAndGaps(drawn: DrawnTree): (BlockRow | GapRow)[] {
  const { blocks, foremost } = drawn;
  const rows: (BlockRow | GapRow)[] = [];
  const first = blocks[0];
  let last = first && first.parentView > 0 ? first.view - 1 : 0;
  const skipTo = (view: number): void => {
    const [from, to] = [last + 1, view - 1];
    if (from <= to)
      rows.push({ kind: 'gap', views: viewsText(from, to), text: gapText(to, drawn) });
    last = view;
  };
  for (const block of blocks) {
    if (block.view > last) skipTo(block.view);
    rows.push(rowOf(block, drawn));
  }
  if (first || foremost.tree.tcs.length > 0) skipTo(Math.max(last, foremost.tree.view));
  return rows;
}

function viewsText(from: number, to: number): string {
  if (from === to) return `view ${from}`;
  return `${from} to ${to}`;
}

function rowOf(block: TreeBlock, drawn: DrawnTree): BlockRow {
  const shown = new Set([block.digest]);
  return {
    kind: 'block',
    block,
    proposer: drawn.names[block.proposer] ?? '?',
    says: saysOf(block, drawn),
    description: descriptionOf(block, drawn),
    marks: marksAt(block.digest, shown, drawn),
  };
}
