/** P10: executes what is committed, in the order of sequence numbers and once, and answers the clients. */
import type { Outcome } from '../core/service.ts';
import type { Signed } from '../core/signed.ts';
import { requestKey } from './batch.ts';
import { takeCheckpoint } from './checkpoints.ts';
import { remember } from './history.ts';
import type { Batch, Commit } from './messages.ts';
import { answer } from './requests.ts';
import { batchOf, slotAt, type Pbft, type Slot } from './state.ts';
import { stopSigning } from './stop.ts';
import { answerReads, noteExecuted } from './reads.ts';
import { confirm, executeTentatively } from './tentative.ts';

/** §4.2: "after executing the requested operation, replicas send a reply to the client". */
export function executeReady(pbft: Pbft): void {
  const { state, rules } = pbft;
  for (;;) {
    const slot = state.slots.get(state.executed + 1);
    if (!slot || !rules.mayExecute(slot, state)) break;
    const { decision } = slot;
    const batch = decision && batchOf(slot, decision.digest);
    if (!batch) break;
    const outcomes = confirm(pbft, decision.digest);
    state.executed = slot.n;
    remember(state, slot.n, decision.digest);
    noteExecuted(pbft);
    executeBatch(pbft, batch, outcomes);
    answerReads(pbft);
    if (rules.isCheckpointDue(slot.n, state.setting)) takeCheckpoint(pbft, slot.n);
    if (state.stopped !== null) return;
  }
  executeTentatively(pbft);
}

/** @param outcomes what executing it gave, if that has happened; its clients have been answered then. */
function executeBatch(pbft: Pbft, batch: Batch, outcomes: readonly Outcome[] | null): void {
  const { state, rules, context, effects } = pbft;
  const { service } = context;
  for (const [i, request] of batch.entries()) {
    const wasStopped = service.stopped;
    const index = ++state.index;
    const outcome = outcomes?.[i] ?? rules.execute(service, request, index);
    effects.push({ type: 'apply', index, command: request.command, result: outcome.result });
    if (service.stopped && !wasStopped) {
      const digest = service.digest();
      effects.push({ type: 'note', note: { note: 'epochEnded', index, digest } });
    }
    if (!outcomes) answer(pbft, request, outcome);
    const key = requestKey(request);
    state.queue.delete(key);
    // P19: what was waited for is done in this view: the view serves.
    if (state.requests.delete(key) && state.active) {
      state.fruitlessViewChanges = rules.fruitlessAfterProgress(state);
    }
  }
}

/** A decision with its proof, from anyone: the same as if this replica had counted the commits itself. */
export function onDecided(pbft: Pbft, commits: readonly Signed<Commit>[], batch: Batch): boolean {
  const { state, rules } = pbft;
  const [first] = commits;
  if (!first || !rules.isInWindow(first.body.n, state)) return true;
  const held = state.slots.get(first.body.n);
  if (held?.decision && batchOf(held, held.decision.digest)) return true;
  const proven = rules.provenDecision(commits, batch, state);
  if (!proven) return false;
  const slot = slotAt(state, proven.n);
  slot.decision = { digest: proven.digest, commits };
  slot.batches.set(proven.digest, batch);
  executeReady(pbft);
  return true;
}

/** More than f liars could commit two batches at one number. Who executed one of them signs for no other. */
export function contradicts(pbft: Pbft, slot: Slot, digest: string): boolean {
  if (!slot.decision || slot.decision.digest === digest) return false;
  stopSigning(pbft, `another batch than the committed one is proposed for slot ${slot.n}`);
  return true;
}
