/** Trees of HotStuff, as replicas show them: block `b7` has the digest `b7`, and its view may be said apart. */
import type { ReplicaSummary } from '#protocols/core/protocol.ts';
import type { BallotSummary, BlockSummary, TreeSummary } from '#protocols/core/tree-summary.ts';
import { byzantineQuorum } from '#protocols/core/quorum.ts';
import type { SeatView } from '#lib/view/types.ts';
import { idOf, seatOf, summaryOf } from '../../components/fixtures.ts';

const viewOf = (digest: string): number => Number.parseInt(digest.slice(1), 10);
export const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** `[b4, b5, …]`: each stands on the one before, and all but the last are certified by places 0 to 2. */
export function branch(
  digests: readonly string[],
  over: Partial<BlockSummary> = {},
): BlockSummary[] {
  return digests.slice(1).map((digest, i): BlockSummary => {
    const parent = digests[i] ?? '';
    return {
      digest,
      parent,
      parentView: viewOf(parent),
      view: viewOf(digest),
      height: viewOf(parent) + 1,
      proposer: viewOf(digest) % 4,
      text: `put x=${viewOf(digest)}`,
      certificate: i < digests.length - 2 ? { phase: 'generic', signers: [0, 1, 2] } : null,
      committed: false,
      ...over,
    };
  });
}

/** The blocks named are committed. */
export function committing(blocks: readonly BlockSummary[], ...names: string[]): BlockSummary[] {
  return blocks.map((block) => ({ ...block, committed: names.includes(block.digest) }));
}

export const ballot = (block: string, ...signers: number[]): BallotSummary => ({
  phase: 'generic',
  view: viewOf(block),
  block,
  signers,
});

export const at = (block: string) => ({ view: viewOf(block), block });

/** In the view of the newest block, nothing locked and nothing committed, unless `over` says otherwise. */
export function treeOf(
  blocks: readonly BlockSummary[],
  over: Partial<TreeSummary> = {},
): TreeSummary {
  const view = over.view ?? Math.max(1, ...blocks.map((block) => block.view));
  return {
    quorum: 3,
    leaders: upTo(4).map((ahead) => (view + ahead) % 4),
    highQC: ballot('b0'),
    lock: at('b0'),
    committed: at('b0'),
    vote: null,
    collected: null,
    timeouts: null,
    tcs: [],
    resting: false,
    ...over,
    view,
    blocks,
  };
}

export function hotStuffSummary(tree: TreeSummary, n = 4): ReplicaSummary {
  const configuration = { voters: upTo(n).map(idOf), votersOld: [], learners: [] };
  return summaryOf({ term: tree.view, configuration, tree });
}

/** One seat for each tree, of `n` voters. The first is one's own. */
export function seatsWith(trees: readonly TreeSummary[], over: Partial<SeatView> = {}): SeatView[] {
  return trees.map((tree, i) =>
    seatOf(i, { mine: i === 0, summary: hotStuffSummary(tree, trees.length), ...over }),
  );
}

/** All of `n` show the same. */
export function agreed(tree: TreeSummary, n = 4): SeatView[] {
  const quorum = byzantineQuorum(n);
  return seatsWith(upTo(n).map(() => ({ ...tree, quorum })));
}
