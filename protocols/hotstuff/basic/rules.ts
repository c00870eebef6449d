/**
 * Basic HotStuff (Yin et al., PODC 2019, Algorithms 1 and 2): each view decides one block, in three phases of votes that
 * its leader counts.
 */
import type { Phase, TimeoutCertificate } from '../messages.ts';
import { safeNode, type Place, type Shown } from '../rules.ts';
import { quorumOf } from '../setting.ts';
import type { HotStuffState } from '../state.ts';
import type { Node } from '../tree.ts';

export * from '../rules.ts';

export const phases = ['prepare', 'pre-commit', 'commit'] as const;

/** Algorithm 2, prepare phase: "if m.node extends from m.justify.node ∧ safeNode(m.node, m.justify)". */
export function mayVote(
  node: Node,
  _tc: TimeoutCertificate | null,
  { lock }: HotStuffState,
): boolean {
  return safeNode(node, lock);
}

/** Commit phase: "lockedQC ← m.justify", the pre-commit certificate. */
export function lockedBy({ view, digest }: Node, phase: Phase): Place | null {
  return phase === 'pre-commit' ? { view, block: digest } : null;
}

/** Decide phase: "execute new commands through m.justify.node". */
export function committedBy(certified: Node, phase: Phase): Node | null {
  return phase === 'commit' ? certified : null;
}

/** Prepare phase: "wait for (n − f) new-view messages". Before the first view there is nothing to hear of. */
export function mayPropose({ view, newViews, setting }: HotStuffState): boolean {
  const heard = [...newViews.values()].filter((entered) => entered === view);
  return view === 1 || heard.length >= quorumOf(setting);
}

/** A block that was prepared in a view that failed, and that commands wait for. */
export function needsPush({ commandHeight }: Shown, { committed }: HotStuffState): boolean {
  return commandHeight > committed.height;
}

/** A proposal shows the last decision. */
export function sharedHeight(_head: Node, { committed }: HotStuffState): number {
  return committed.height;
}
