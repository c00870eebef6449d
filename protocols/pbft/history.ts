/**
 * What was executed, as one digest that two replicas can compare: h(n) = D(h(n-1), d), d the digest of slot n (after
 * Kotla et al., "Zyzzyva", 2007, §4.1). It is part of every checkpoint, so that a quorum signs it too (PI8).
 */
import { sha256Hex } from '../core/digest.ts';
import type { ExecutedSlot } from '../core/protocol.ts';
import type { PbftState } from './state.ts';

/** Before slot 1. */
export const emptyHistory = '0'.repeat(64);

export function historyAfter(history: string, digest: string): string {
  return sha256Hex(`synod/pbft/history/1 ${history} ${digest}`);
}

/** Notes that slot `n` was executed. Two windows of slots are remembered: more than one step can execute. */
export function remember(state: PbftState, n: number, digest: string): void {
  const { ledger, setting } = state;
  state.history = historyAfter(state.history, digest);
  ledger.set(n, { n, digest, history: state.history });
  ledger.delete(n - 2 * setting.window);
}

/** Goes on from a state after slot `n` that came as a whole: what its slots were is not known here. */
export function resumeHistory(state: PbftState, n: number, history: string): void {
  state.history = history;
  state.ledger.clear();
  if (n > 0) state.ledger.set(n, { n, digest: null, history });
}

/** What is remembered of slots above `n`, in their order. */
export function executedAbove(
  { ledger, executed }: Readonly<PbftState>,
  n: number,
): ExecutedSlot[] {
  if (executed <= n) return [];
  return [...ledger.values()].filter((slot) => slot.n > n);
}
