/**
 * The tree that all replicas together show, as far as this screen heard of them: blocks by view, the branch that the
 * chain goes on with, and beside it what was proposed and left.
 */
import type { BlockSummary, TreeSummary } from '#protocols/core/tree-summary.ts';
import { list } from '../narration.ts';
import type { SeatView } from '../types.ts';

/** A seat that has told of its tree. */
export interface Witness {
  readonly seat: SeatView;
  readonly tree: TreeSummary;
}

/**
 * - `proposed`: no certificate is known
 * - `certified`: a quorum voted for it
 * - `committed`: by one replica at least
 * - `abandoned`: not committed, and the chain goes on without it
 */
export type Standing = 'proposed' | 'certified' | 'committed' | 'abandoned';

export interface TreeBlock extends BlockSummary {
  /** `b7`; of several in one view `b7′` and so on. */
  readonly name: string;
  readonly standing: Standing;
  /** 0 for the branch that the chain goes on with. */
  readonly lane: number;
}

export interface DrawnTree {
  readonly witnesses: readonly Witness[];
  /** Of the highest view among those that are heard. */
  readonly foremost: Witness;
  /** Of the voters, by their places. */
  readonly names: readonly string[];
  /** By view, ascending. */
  readonly blocks: readonly TreeBlock[];
  /** Of lane 0, ascending: each stands on the one before. */
  readonly chain: readonly TreeBlock[];
}

/** `null` while nobody has told of a tree. */
export function drawTree(seats: readonly SeatView[]): DrawnTree | null {
  const witnesses = seats.flatMap((seat) =>
    seat.summary?.tree ? [{ seat, tree: seat.summary.tree }] : [],
  );
  const foremost = foremostOf(witnesses);
  if (!foremost) return null;
  const merged = mergedBlocks(witnesses);
  const main = mainBranch(merged);
  const lanes = lanesOf(merged, main);
  const blocks = merged.map((block, i): TreeBlock => {
    const isMain = main.includes(block);
    return {
      ...block,
      name: nameOf(block, merged.slice(0, i)),
      standing: standingOf(block, isMain ? null : (main.at(-1) ?? null)),
      lane: lanes.get(block.digest) ?? 0,
    };
  });
  return {
    witnesses,
    foremost,
    names: namesOf(foremost, seats),
    blocks,
    chain: blocks.filter(({ lane }) => lane === 0),
  };
}

function namesOf({ seat }: Witness, seats: readonly SeatView[]): string[] {
  const voters = seat.summary?.configuration.voters ?? [];
  return voters.map((id) => seats.find((other) => other.id === id)?.name ?? '?');
}

/** `Ana, Ben and Cleo`. */
export const listAt = (places: readonly number[], { names }: Pick<DrawnTree, 'names'>): string =>
  list(places.map((place) => names[place] ?? '?'));

const isHeard = ({ seat }: Witness): boolean =>
  !seat.stale && (seat.condition === 'running' || seat.condition === 'frozen');

/** Whoever is farthest among those that are heard, oneself if there are several. */
function foremostOf(witnesses: readonly Witness[]): Witness | null {
  const heard = witnesses.filter(isHeard);
  const order = (heard.length > 0 ? heard : witnesses).toSorted(
    (a, b) => b.tree.view - a.tree.view || Number(b.seat.mine) - Number(a.seat.mine),
  );
  return order[0] ?? null;
}

/** What one shows of a block, and what others know besides. */
function mergedBlocks(witnesses: readonly Witness[]): BlockSummary[] {
  const known = new Map<string, BlockSummary>();
  for (const block of witnesses.flatMap(({ tree }) => tree.blocks)) {
    const other = known.get(block.digest);
    known.set(block.digest, other ? joined(block, other) : block);
  }
  const certified = new Map(witnesses.map(({ tree: { highQC } }) => [highQC.block, highQC]));
  return [...known.values()]
    .map((block) => ({
      ...block,
      certificate: block.certificate ?? certified.get(block.digest) ?? null,
    }))
    .toSorted((a, b) => a.view - b.view || (a.digest < b.digest ? -1 : 1));
}

function joined(a: BlockSummary, b: BlockSummary): BlockSummary {
  const decides = b.certificate?.phase === 'commit';
  return {
    ...a,
    certificate: decides ? b.certificate : (a.certificate ?? b.certificate),
    committed: a.committed || b.committed,
  };
}

/** From the lowest block that is shown to the newest on the branch of the highest certificate. */
function mainBranch(blocks: readonly BlockSummary[]): readonly BlockSummary[] {
  const top = blocks.findLast(({ certificate }) => certificate !== null);
  const above = blocks.findLast(({ parent }) => parent === (top?.digest ?? blocks[0]?.parent));
  const tip = above ?? top;
  return tip ? pathTo(tip, blocks) : [];
}

/** From the lowest block that is shown up to `tip`, ascending. */
export function pathTo(tip: BlockSummary, blocks: readonly BlockSummary[]): BlockSummary[] {
  // What others show is not held to be a tree before this.
  const parent = blocks.find(({ digest, view }) => digest === tip.parent && view < tip.view);
  return parent ? [...pathTo(parent, blocks), tip] : [tip];
}

/** A branch has the first lane that is free from where it leaves another up to its tip. */
function lanesOf(
  blocks: readonly BlockSummary[],
  main: readonly BlockSummary[],
): ReadonlyMap<string, number> {
  const lanes = new Map(main.map(({ digest }) => [digest, 0]));
  /** Of each lane: the view of its lowest branch so far. */
  const taken: number[] = [-1];
  for (const tip of blocks.toReversed()) {
    if (lanes.has(tip.digest)) continue;
    const branch = pathTo(tip, blocks).filter(({ digest }) => !lanes.has(digest));
    const from = branch[0]?.parentView ?? 0;
    const free = taken.findIndex((lowest) => lowest > tip.view);
    const lane = free === -1 ? taken.length : free;
    taken[lane] = from;
    for (const { digest } of branch) lanes.set(digest, lane);
  }
  return lanes;
}

function nameOf({ view }: BlockSummary, before: readonly BlockSummary[]): string {
  const same = before.filter((other) => other.view === view).length;
  return `b${view}${'′'.repeat(same)}`;
}

/** `tip`: of the branch that the chain goes on with, for a block that is not on it. */
function standingOf(
  { committed, certificate, view }: BlockSummary,
  tip: BlockSummary | null,
): Standing {
  if (committed) return 'committed';
  if (tip && tip.view > view) return 'abandoned';
  return certificate ? 'certified' : 'proposed';
}
