/** Entering a view (§4.4): what the NEW-VIEW re-proposes is prepared and committed again, and executed once. */
import type { Signed } from '../core/signed.ts';
import { requestKey } from './batch.ts';
import { learnProof } from './checkpoints.ts';
import { newViewWrite, prePrepareWrite, viewWrite } from './durable.ts';
import { contradicts } from './execution.ts';
import type { NewView, PrePrepare } from './messages.ts';
import { advance, missingBatches, sayPrepare } from './ordering.ts';
import { disarmNewView, disarmRequest } from './pacemaker.ts';
import { handOn, waitForBatch } from './requests.ts';
import { primaryOf } from './setting.ts';
import { batchOf, othersThan, slotAt, slotsInOrder, type Pbft, type Slot } from './state.ts';
import { rollBack } from './tentative.ts';

/** P18. A view far ahead is entered too: a quorum proves that it was agreed on. */
export function onNewView(pbft: Pbft, newView: Signed<NewView>): void {
  const { state, rules, effects } = pbft;
  const { body, signer } = newView;
  const { view } = body;
  if (view < state.view || (view === state.view && state.active)) return;
  const reason = rules.reasonToRefuseNewView(newView, state.setting);
  if (reason !== null) {
    const note = { note: 'newViewRefused', from: signer, view, reason } as const;
    effects.push({ type: 'note', note });
    return;
  }
  enterView(pbft, newView);
}

/** "It then enters view v + 1"; "they multicast a prepare for each message in O … and add these prepares to their log". */
function enterView(pbft: Pbft, newView: Signed<NewView>): void {
  const { state, rules, effects } = pbft;
  const { view, viewChanges, prePrepares } = newView.body;
  disarmRequest(pbft);
  disarmNewView(pbft);
  rollBack(pbft);
  state.view = view;
  state.active = true;
  state.newView = newView;
  state.viewChange = null;
  for (const [signer, { body }] of state.viewChanges) {
    if (body.view <= view) state.viewChanges.delete(signer);
  }
  effects.push({
    type: 'persist',
    writes: [
      viewWrite(view),
      newViewWrite(newView),
      ...prePrepares.filter(({ body }) => rules.isInWindow(body.n, state)).map(prePrepareWrite),
    ],
  });
  leaveBehind(pbft);
  const primary = primaryOf(view, state.setting);
  const leads = primary === state.self;
  const slots = prePrepares.length;
  effects.push({ type: 'note', note: { note: 'viewEntered', view, primary, leads, slots } });
  const { minStable } = rules.newViewPrePrepares(viewChanges);
  state.minStable = minStable?.n ?? 0;
  // P17: "the primary also inserts the proof of stability …, and discards information from its log".
  if (minStable) learnProof(pbft, minStable);
  for (const prePrepare of prePrepares) redo(pbft, prePrepare);
  state.lastProposed = Math.max(state.minStable, prePrepares.at(-1)?.body.n ?? 0);
  regroup(pbft);
}

/** Votes and pre-prepares of views that were left count no more. What prepared in them is kept (P15). */
function leaveBehind({ state, rules }: Pbft): void {
  const { view } = state;
  for (const slot of state.slots.values()) {
    if (slot.prePrepare && slot.prePrepare.body.view < view) slot.prePrepare = null;
    for (const votes of [slot.prepares, slot.commits]) {
      for (const [signer, { body }] of votes) if (body.view < view) votes.delete(signer);
    }
    slot.prepared = rules.preparedAfterNewView(slot.prepared);
  }
}

/** One pre-prepare of O. What is executed already is agreed on again for the others' sake. */
function redo(pbft: Pbft, prePrepare: Signed<PrePrepare>): void {
  const { state, rules, effects } = pbft;
  const { n, digest } = prePrepare.body;
  if (state.stopped !== null || !rules.isInWindow(n, state)) return;
  const slot = slotAt(state, n);
  if (contradicts(pbft, slot, digest)) return;
  slot.prePrepare = prePrepare;
  const batch = batchOf(slot, digest);
  if (!batch) {
    const message = { type: 'FETCH-BATCH', n, digest } as const;
    effects.push({ type: 'send', to: othersThan(state), message });
    return;
  }
  waitForBatch(pbft, batch);
  sayPrepare(pbft, prePrepare.body);
  advance(pbft, slot);
}

/** Asks the others again for batches that this replica still lacks (P18). */
export function fetchMissing({ state, effects }: Pbft): void {
  for (const slot of slotsInOrder(state)) {
    for (const digest of missingBatches(slot)) {
      const message = { type: 'FETCH-BATCH', n: slot.n, digest } as const;
      effects.push({ type: 'send', to: othersThan(state), message });
    }
  }
}

/** Requests that no slot has: the new primary orders them, and who is not it sends them there. */
export function regroup(pbft: Pbft): void {
  const { state } = pbft;
  state.queue.clear();
  const ordered = new Set<string>();
  for (const slot of state.slots.values()) for (const key of keysOf(slot)) ordered.add(key);
  const free = [...state.requests].filter(([key]) => !ordered.has(key));
  if (primaryOf(state.view, state.setting) === state.self) {
    for (const [key, request] of free) state.queue.set(key, request);
  } else {
    handOn(
      pbft,
      free.map(([, request]) => request),
    );
  }
}

/** The requests of the batch that the slot's pre-prepare names. */
function keysOf(slot: Slot): string[] {
  const digest = slot.prePrepare?.body.digest;
  const batch = digest === undefined ? null : batchOf(slot, digest);
  return (batch ?? []).map(requestKey);
}
