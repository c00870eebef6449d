/**
 * What was executed, as one digest that two replicas can compare: h(n) = D(h(c), d(c + 1), …, d(n)), d the digests of the
 * slots and c the last multiple of K below n (after Kotla et al., "Zyzzyva", 2007, §4.1, whose h(n) is D(h(n - 1), d(n))).
 * It is part of every checkpoint, so that a quorum signs it too (PI8); between two it is worked out for who asks.
 */
import { sha256Hex } from '../core/digest.ts';
import type { ExecutedSlot } from '../core/protocol.ts';
import type { LedgerSlot, PbftState } from './state.ts';

/** Before slot 1. */
export const emptyHistory = '0'.repeat(64);

/** Notes that slot `n` was executed. Two windows of slots are remembered: more than one step can execute. */
export function remember(state: PbftState, n: number, digest: string): void {
  const { ledger, setting } = state;
  const slot: LedgerSlot = { n, digest, history: null };
  ledger.set(n, slot);
  ledger.delete(n - 2 * setting.window);
  if (n % setting.checkpointEvery === 0) slot.history = historyAt(state, n);
}

/** Goes on from a state after slot `n`, a multiple of K, that came as a whole: what its slots were is not known here. */
export function resumeHistory({ ledger }: PbftState, n: number, history: string): void {
  for (const key of ledger.keys()) ledger.delete(key);
  if (n > 0) ledger.set(n, { n, digest: null, history });
}

/** Over the digests of all executed slots: 64 hex digits. */
export function historyOf(state: Readonly<PbftState>): string {
  return historyAt(state, state.executed);
}

/** h(n) of a slot that is remembered. */
function historyAt({ ledger, setting }: Readonly<PbftState>, n: number): string {
  if (n === 0) return emptyHistory;
  const known = ledger.get(n)?.history ?? null;
  if (known !== null) return known;
  const before = n - 1 - ((n - 1) % setting.checkpointEvery);
  let text = before === 0 ? emptyHistory : (ledger.get(before)?.history ?? '');
  for (let i = before + 1; i <= n; i++) text += ` ${ledger.get(i)?.digest ?? ''}`;
  return sha256Hex(`synod/pbft/history/2 ${text}`);
}

/** What is remembered of slots above `n`, in their order. */
export function executedAbove(state: Readonly<PbftState>, n: number): ExecutedSlot[] {
  if (state.executed <= n) return [];
  return state.ledger
    .entries()
    .filter(([other]) => other > n)
    .map(([other, { digest }]) => ({ n: other, digest, history: historyAt(state, other) }));
}
