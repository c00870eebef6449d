/**
 * The rules of tentative execution (TOCS 2002, §5.1.2), which an epoch may turn on: what may be executed before it is
 * committed, what is said of it, and when it must be taken back. At most one slot is ever executed so.
 */
import type { Outcome } from '../core/service.ts';
import type { Batch } from './messages.ts';
import type { PbftState, Slot, Tentative } from './state.ts';

/**
 * "Replicas execute requests tentatively … as soon as: it is prepared; its state reflects the execution of all requests
 * with lower sequence number; and these are all known to be committed." Never the end of an epoch: others act on it at
 * once, and cannot take that back.
 */
export function mayExecuteTentatively(slot: Slot, batch: Batch, state: PbftState): boolean {
  const { setting, active, view, executed, tentative } = state;
  if (!setting.tentative || !active || tentative !== null) return false;
  if (slot.n !== executed + 1 || slot.decision !== null) return false;
  if (slot.prepared?.prePrepare.body.view !== view) return false;
  return batch.every(({ command }) => command.op !== 'stop');
}

/** P1: what is executed and not committed is answered as tentative, with the view, so that f + 1 such answers fool nobody. */
export function isTentative({ index }: Outcome, { index: committed }: PbftState): boolean {
  return index > committed;
}

/**
 * "If there is a view change … the state reverts": a later view may put something else there. Only the batch that was
 * committed at this number stands. `committed`: its digest, `null` while nobody knows.
 */
export function mustRollBack({ digest }: Tentative, committed: string | null): boolean {
  return digest !== committed;
}
