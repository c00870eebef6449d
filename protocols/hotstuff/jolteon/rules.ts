/**
 * Jolteon, which DiemBFT v4 runs (Gelashvili et al., FC 2022; Diem's `safety_rules_2chain.rs`): locks one certificate
 * deep, commits two deep. What three-chain HotStuff gets from its third phase, here timeouts carry (C10).
 */
import type { TimeoutCertificate } from '../messages.ts';
import type { Place } from '../rules.ts';
import type { HotStuffState } from '../state.ts';
import type { Node } from '../tree.ts';

export * from '../rules.ts';
export { mayPropose, needsPush, phases } from '../chained/rules.ts';

/**
 * C10: "b.round = b.qc.round + 1", or "b.round = tc.round + 1 and b.qc.round ≥ max{qc_high.round | qc_high ∈ tc}". The
 * second half of the round conditions, a proposal had to show (C8).
 */
export function mayVote(node: Node, tc: TimeoutCertificate | null, _state: HotStuffState): boolean {
  if (node.view === node.justifyView + 1) return true;
  return tc !== null && tc.every(({ body }) => node.justifyView >= body.highView);
}

/** C10: the one-chain. Nothing asks for it when voting: it is what the highest certificate of a timeout stands for. */
export function lockedBy(certified: Node): Place {
  return { view: certified.view, block: certified.digest };
}

/** C10: "two adjacent certified blocks with consecutive round numbers". */
export function committedBy(certified: Node): Node | null {
  const first = certified.parent;
  return first && certified.view === first.view + 1 ? first : null;
}

/** What the certificate of `head` commits, or one below it: a block brings all that with it. */
export function sharedHeight(head: Node): number {
  return Math.max(head.committedHeight, committedBy(head)?.height ?? 0);
}
