/** Where the blocks of the picture and the lines between them stand, in pixels. Pure, so that it can be tested. */
import type { Row } from './rows.ts';
import type { DrawnTree, TreeBlock } from './tree.ts';

/** A certificate: from the block that it is for to one that stands on it, or to nothing yet. */
export interface Line {
  readonly key: string;
  readonly path: string;
  /** Of the stroke. */
  readonly width: number;
  /** `QC 3/4`; empty where no certificate is known, as of genesis. */
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly faded: boolean;
}

export interface Layout {
  /** Of the lanes together. */
  readonly width: number;
  readonly height: number;
  /** Tops of the rows. */
  readonly tops: readonly number[];
  readonly lines: readonly Line[];
}

/** Of a row that can be pressed: a thumb hits nothing smaller. */
const blockHeight = 46;
const otherHeight = 30;
/** Of a block's box, in the middle of its row: the line to it has the rest. */
export const boxWidth = 38;
const boxHeight = 26;
const rise = (blockHeight - boxHeight) / 2;
const lanePitch = 48;
const margin = 4;
/** Of the dot that stands for genesis, or for a block to come. */
export const dotRadius = 4;

export const laneX = (lane: number): number => margin + boxWidth / 2 + lane * lanePitch;
export const heightOf = ({ kind }: Row): number =>
  kind === 'block' || kind === 'open' ? blockHeight : otherHeight;

export function layoutOf(rows: readonly Row[], drawn: DrawnTree): Layout {
  const tops: number[] = [];
  let height = 0;
  for (const row of rows) {
    tops.push(height);
    height += heightOf(row);
  }
  const lanes = Math.max(0, ...rows.map((row) => (row.kind === 'block' ? row.block.lane : 0)));
  const width = laneX(lanes) + boxWidth / 2 + margin;
  return { width, height, tops, lines: linesOf(rows, tops, drawn) };
}

function linesOf(rows: readonly Row[], tops: readonly number[], drawn: DrawnTree): Line[] {
  const n = drawn.names.length;
  const shown = rows.flatMap((row) => (row.kind === 'block' ? [row.block] : []));
  const topOf = ({ digest }: TreeBlock): number =>
    tops[rows.findIndex((row) => row.kind === 'block' && row.block.digest === digest)] ?? 0;
  const root = { x: laneX(0), y: otherHeight / 2 + dotRadius };
  const foot = (block: TreeBlock): Point => {
    return { x: laneX(block.lane), y: topOf(block) + blockHeight - rise };
  };
  const lines = shown.map((block) => {
    const of = drawn.blocks.find(({ digest }) => digest === block.parent) ?? null;
    const from = of && shown.includes(of) ? foot(of) : root;
    const to = { x: laneX(block.lane), y: topOf(block) + rise };
    const faded = block.standing === 'abandoned';
    return lineOf(block.digest, [from, to], { of, n, faded });
  });
  const tip = shown.findLast(({ lane, certificate }) => lane === 0 && certificate !== null);
  if (!tip || rows.at(-1)?.kind !== 'open' || shown.some(({ parent }) => parent === tip.digest)) {
    return lines;
  }
  const end = { x: laneX(0), y: (tops.at(-1) ?? 0) + blockHeight / 2 - dotRadius };
  return [...lines, lineOf('open', [foot(tip), end], { of: tip, n, faded: false })];
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function lineOf(
  key: string,
  [from, to]: readonly [Point, Point],
  { of, n, faded }: { readonly of: TreeBlock | null; readonly n: number; readonly faded: boolean },
): Line {
  const signers = of?.certificate?.signers.length ?? 0;
  const bend = from.y + 2 * rise - 4;
  const curve = `C${from.x} ${from.y + 10} ${to.x} ${bend - 10} ${to.x} ${bend}`;
  return {
    key,
    path: `M${from.x} ${from.y}${from.x === to.x ? '' : curve}L${to.x} ${to.y}`,
    // The thicker, the more have signed.
    width: signers === 0 ? 1.5 : 2 + (3 * signers) / n,
    label: signers === 0 ? '' : `QC ${signers}/${n}`,
    x: to.x + 7,
    y: to.y - rise + 3,
    faded,
  };
}
