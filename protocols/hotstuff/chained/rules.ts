/**
 * Chained HotStuff (Yin et al., PODC 2019, Algorithms 4 and 5): locks two certificates deep, commits three deep. To be
 * read beside the paper, with its names: b* is proposed, b* → b'' → b' → b by certificates (C2).
 */
import type { TimeoutCertificate } from '../messages.ts';
import type { Place } from '../rules.ts';
import type { HotStuffState } from '../state.ts';
import type { Node } from '../tree.ts';

export * from '../rules.ts';

/**
 * C3, safeNode: "b* extends from b_lock" (safety), or "b*.justify.node.height > b_lock.height" (liveness); of views,
 * since here a chain may leave some out.
 */
export function mayVote(
  node: Node,
  _tc: TimeoutCertificate | null,
  { lock }: HotStuffState,
): boolean {
  return node.justifyView > lock.view || extendsLock(node, lock);
}

function extendsLock(node: Node, lock: Place): boolean {
  let at: Node | null = node;
  while (at && at.view > lock.view) at = at.parent;
  return at?.digest === lock.block;
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
