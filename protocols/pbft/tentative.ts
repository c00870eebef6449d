/** Tentative execution (TOCS 2002, §5.1.2): one slot ahead of what is committed, and back again if it must be. */
import type { Outcome } from '../core/service.ts';
import { answer } from './requests.ts';
import { parseState } from './snapshot.ts';
import { batchOf, type Pbft, type PbftState, type Snapshot } from './state.ts';

/** Executes the next slot if it is prepared, and answers its clients before it is committed. */
export function executeTentatively(pbft: Pbft): void {
  const { state, rules, context } = pbft;
  const n = state.executed + 1;
  const slot = state.slots.get(n);
  const digest = slot?.prePrepare?.body.digest;
  const batch = slot && digest !== undefined ? batchOf(slot, digest) : null;
  if (!slot || digest === undefined || !batch) return;
  if (!rules.mayExecuteTentatively(slot, batch, state)) return;
  let index = state.index;
  const outcomes = batch.map((request) => rules.execute(context.service, request, ++index));
  state.tentative = { n, digest, outcomes };
  for (const [i, request] of batch.entries()) answer(pbft, request, outcomes[i] as Outcome);
}

/**
 * The batch `committed` is committed at the next number. Returns what executing it gave, if that has happened; `null`
 * if it is still to be executed.
 */
export function confirm(pbft: Pbft, committed: string): readonly Outcome[] | null {
  return endTentative(pbft, committed);
}

/** This replica leaves its view: what was executed and is not committed counts no more. */
export function rollBack(pbft: Pbft): void {
  endTentative(pbft, null);
}

function endTentative(pbft: Pbft, committed: string | null): readonly Outcome[] | null {
  const { state, rules, effects } = pbft;
  const { tentative } = state;
  if (!tentative) return null;
  state.tentative = null;
  const { n, outcomes } = tentative;
  if (!rules.mustRollBack(tentative, committed)) return outcomes;
  returnToCommitted(pbft);
  effects.push({ type: 'restore', index: state.index });
  effects.push({ type: 'note', note: { note: 'rolledBack', n, count: outcomes.length } });
  return null;
}

/** The state at the last checkpoint of its own, and the committed slots since: nothing else has to be kept for it. */
function returnToCommitted({ state, rules, context: { service } }: Pbft): void {
  const from = lastCheckpoint(state);
  const read = parseState(from.pieces);
  if (!read) throw new Error('a checkpoint of its own does not read');
  service.resume(read.service);
  let { index } = read;
  for (let n = from.n + 1; n <= state.executed; n++) {
    const slot = state.slots.get(n);
    const batch = slot?.decision ? batchOf(slot, slot.decision.digest) : null;
    if (!batch) throw new Error(`slot ${n} is executed and gone`);
    for (const request of batch) rules.execute(service, request, ++index);
  }
}

function lastCheckpoint({ snapshots, stableSnapshot, base }: PbftState): Snapshot {
  const own = [...snapshots.values()].sort((a, b) => b.n - a.n)[0];
  const last = own ?? stableSnapshot ?? base;
  if (!last) throw new Error('there is no state to return to');
  return last;
}
