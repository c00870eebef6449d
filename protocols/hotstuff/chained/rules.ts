/**
 * Chained HotStuff (Yin et al., PODC 2019, Algorithms 4 and 5): locks two certificates deep, commits three deep. To be
 * read beside the paper, with its names: b* is proposed, b* → b'' → b' → b by certificates (C2).
 */
import type { TimeoutCertificate } from '../messages.ts';
import { safeNode, type Place, type Shown } from '../rules.ts';
import type { HotStuffState } from '../state.ts';
import type { Node } from '../tree.ts';

export * from '../rules.ts';

/** Each vote is the first for its block, the second for its parent, the third for the one below. */
export const phases = ['generic'] as const;

/** C3: "b* extends from b_lock" or "b*.justify.node.height > b_lock.height". */
export function mayVote(
  node: Node,
  _tc: TimeoutCertificate | null,
  { lock }: HotStuffState,
): boolean {
  return safeNode(node, lock);
}

/** C5: b'' is certified, so b' is the end of a two-chain: "b_lock ← b'". */
export function lockedBy(certified: Node): Place {
  const block = certified.block?.justify.block ?? certified.digest;
  return { view: certified.justifyView, block };
}

/**
 * C6: b'' is certified, and b ← b' ← b'' are parents "and" of views that follow each other. Blocks of views that failed
 * are not in the chain, so parents alone prove nothing.
 */
export function committedBy(certified: Node): Node | null {
  const middle = certified.parent;
  const first = middle?.parent;
  if (!first) return null;
  const follow = certified.view === middle.view + 1 && middle.view === first.view + 1;
  return follow ? first : null;
}

/** Event-driven: the certificate of the view before is all it takes, or the timeouts that ended it. */
export function mayPropose(_state: HotStuffState): boolean {
  return true;
}

/** What the certificate of `head` commits, or one below it: a block brings all that with it. */
export function sharedHeight(head: Node): number {
  return Math.max(head.committedHeight, committedBy(head)?.height ?? 0);
}

/** C19: whoever has `head` and no more does not know its last commands to be committed. */
export function needsPush({ commandHeight, committedHeight }: Shown): boolean {
  return commandHeight > committedHeight;
}
