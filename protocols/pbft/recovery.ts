/** A life begins, or goes on after a stop: every statement not superseded is said again, unchanged (P22). */
import type { DurableState } from '../core/replica.ts';
import { notYetSigned, say } from '../core/signed.ts';
import { forgetAnswers } from './answers.ts';
import { sayCheckpoint } from './checkpoints.ts';
import { damage } from '../core/damage.ts';
import { recover, type Recovered } from './durable.ts';
import { regroup } from './new-view.ts';
import { sayCommit, sayPrepare, sendToAll } from './ordering.ts';
import { armNewView } from './pacemaker.ts';
import { primaryOf } from './setting.ts';
import { snapshotFrom } from './snapshot.ts';
import { batchOf, slotAt, slotsInOrder, type Pbft } from './state.ts';
import { restoreState } from './state-transfer.ts';
import { askAround } from './status.ts';
import { stopSigning } from './stop.ts';
import { newViewOf, sayViewChange } from './view-change.ts';

export function onStart(pbft: Pbft, durable: DurableState): void {
  const { state, effects } = pbft;
  if (durable.size === 0) return;
  const recovered = recover(durable);
  if (!recovered.ok) return stopSigning(pbft, recovered.error);
  if (!takeOver(pbft, recovered)) return stopSigning(pbft, damage('stable'));
  const note = {
    note: 'recovered',
    view: state.view,
    stable: state.stable.n,
    slots: state.slots.size,
  } as const;
  effects.push({ type: 'note', note });
  if (recovered.stopped !== null) {
    state.stopped = recovered.stopped;
    effects.push({ type: 'note', note: { note: 'assumptionBroken', text: recovered.stopped } });
    return;
  }
  for (const checkpoint of recovered.checkpoints) sayCheckpoint(pbft, checkpoint);
  if (state.active) sayAgain(pbft, recovered);
  else sayViewChangeAgain(pbft, recovered);
  askAround(pbft);
}

/** `false` if the disk does not hold what this replica wrote. */
function takeOver(pbft: Pbft, recovered: Recovered): boolean {
  const { state, rules, effects } = pbft;
  const { view, newView, viewChange, newViewSaid, stable, pieces, slots } = recovered;
  if (stable) {
    const snapshot = snapshotFrom(stable.n, pieces, rules);
    if (snapshot.digest !== stable.digest || !restoreState(pbft, snapshot)) return false;
    state.stable = stable;
    state.stableSnapshot = snapshot;
    effects.push({ type: 'note', note: { note: 'stateInstalled', n: stable.n, from: null } });
  }
  state.executedBefore = recovered.executed;
  state.view = view;
  state.newView = newView;
  if (newView) {
    state.minStable = rules.newViewPrePrepares(newView.body.viewChanges).minStable?.n ?? 0;
    state.lastProposed = state.minStable;
  }
  state.active = view === 0 || newView?.body.view === view;
  state.viewChange = !state.active && viewChange?.view === view ? viewChange : null;
  state.newViewSaid = newViewSaid?.view ?? 0;
  // O may go beyond what this replica could hold: its primary must not propose anything else there.
  const carried = state.active ? newView?.body.prePrepares.at(-1)?.body.n : undefined;
  state.lastProposed = Math.max(state.lastProposed, carried ?? 0);
  for (const { n, prePrepare, prepared, batches } of slots.values()) {
    if (!rules.isInWindow(n, state)) return false;
    const slot = slotAt(state, n);
    slot.prepared = prepared;
    for (const [digest, batch] of batches) slot.batches.set(digest, batch);
    if (!state.active || prePrepare?.body.view !== view) continue;
    state.lastProposed = Math.max(state.lastProposed, n);
    // Its own counts once the host has signed it.
    if (prePrepare.signature !== notYetSigned) slot.prePrepare = prePrepare;
  }
  return state.active || state.viewChange !== null;
}

/** In the view it was in: its pre-prepares or prepares, and its commits. */
function sayAgain(pbft: Pbft, { slots }: Recovered): void {
  const { state } = pbft;
  const { view, self, newView, setting } = state;
  if (newView && primaryOf(view, setting) === self) {
    sendToAll(pbft, { type: 'NEW-VIEW', statement: newView });
  }
  for (const slot of slotsInOrder(state)) {
    const { prePrepare, prepared } = slot;
    const unsigned = slots.get(slot.n)?.prePrepare;
    const batch = unsigned && batchOf(slot, unsigned.body.digest);
    if (batch && unsigned.body.view === view && unsigned.signature === notYetSigned) {
      sendToAll(pbft, { type: 'PRE-PREPARE', statement: unsigned, batch });
    }
    if (prePrepare && batchOf(slot, prePrepare.body.digest)) sayPrepare(pbft, prePrepare.body);
    if (prepared?.prePrepare.body.view === view) sayCommit(pbft, prepared.prePrepare.body);
  }
}

function sayViewChangeAgain(pbft: Pbft, { newViewSaid }: Recovered): void {
  const { state } = pbft;
  if (!state.viewChange) return;
  sayViewChange(pbft, state.viewChange);
  if (newViewSaid?.view !== state.view) return;
  const body = newViewOf(pbft, newViewSaid.view, newViewSaid.viewChanges);
  sendToAll(pbft, { type: 'NEW-VIEW', statement: say(state.self, body) });
}

/** K13: timers are set anew, once; and others may have gone on meanwhile. */
export function onWake(pbft: Pbft): void {
  const { state } = pbft;
  if (state.stopped !== null) return;
  state.awaited = null;
  state.watched = null;
  forgetAnswers(pbft);
  if (state.awaitsNewView) {
    state.awaitsNewView = false;
    armNewView(pbft);
  }
  askAround(pbft);
  if (state.active) regroup(pbft);
}
