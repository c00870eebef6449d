/** Leaving a view (§4.4): VIEW-CHANGE, said once for each view and kept until the next view is installed. */
import { say, type Signed } from '../core/signed.ts';
import { mayAnswer } from './answers.ts';
import { learnProof } from './checkpoints.ts';
import { newViewSaidWrite, viewChangeWrite, viewWrite } from './durable.ts';
import type { NewView, PrePrepare, ViewChange } from './messages.ts';
import type { ViewChangeReason } from './notes.ts';
import { sendToAll } from './ordering.ts';
import { armNewView, disarmNewView, disarmRequest, oldestWaiting } from './pacemaker.ts';
import { primaryOf } from './setting.ts';
import type { Pbft } from './state.ts';
import { rollBack } from './tentative.ts';

/** P14: "if the timer of backup i expires in view v, the backup starts a view change to move the system to view v + 1". */
export function onRequestTimeout(pbft: Pbft): void {
  const { state } = pbft;
  const { awaited } = state;
  state.awaited = null;
  if (awaited === null || !state.active) return;
  // What it waited for may have been executed under another name for it: a client that gave up.
  oldestWaiting(pbft);
  if (state.requests.has(awaited)) startViewChange(pbft, state.view + 1, 'request-late');
}

/** P19: "if the timer expires before it receives a valid new-view message …, it starts a view change for view v + 2". */
export function onNewViewTimeout(pbft: Pbft): void {
  const { state } = pbft;
  if (!state.awaitsNewView) return;
  state.awaitsNewView = false;
  if (!state.active) startViewChange(pbft, state.view + 1, 'new-view-late');
}

/** P14, P22: "it stops accepting messages (other than checkpoint, view-change, and new-view messages)". */
export function startViewChange(pbft: Pbft, view: number, reason: ViewChangeReason): void {
  const { state, effects } = pbft;
  disarmRequest(pbft);
  disarmNewView(pbft);
  rollBack(pbft);
  state.view = view;
  state.active = false;
  state.fruitlessViewChanges++;
  state.viewChange = viewChangeTo(view, pbft);
  effects.push({ type: 'note', note: { note: 'viewChangeStarted', view, reason } });
  const writes = [viewWrite(view), viewChangeWrite(state.viewChange)];
  effects.push({ type: 'persist', writes });
  sayViewChange(pbft, state.viewChange);
  considerViewChanges(pbft);
}

function viewChangeTo(view: number, { state, rules }: Pbft): ViewChange {
  const { n: stable, checkpoints } = state.stable;
  const prepared = rules.preparedToShow(state);
  return { kind: 'VIEW-CHANGE', view, stable, checkpoints, prepared };
}

/** Its own VIEW-CHANGE, unchanged however often it is said (P22). */
export function sayViewChange(pbft: Pbft, viewChange: ViewChange): void {
  const { self } = pbft.state;
  sendToAll(pbft, { type: 'VIEW-CHANGE', statement: say(self, viewChange) });
}

/** P16 to P20. One for an installed view is answered with what installed it (P22). */
export function onViewChange(pbft: Pbft, viewChange: Signed<ViewChange>): void {
  const { state, rules, effects } = pbft;
  const { body, signer } = viewChange;
  const { view } = body;
  if (view < state.view || (view === state.view && state.active)) {
    if (signer !== state.self) answerLate(pbft, viewChange);
    return;
  }
  if (!rules.replacesViewChange(viewChange, state.viewChanges.get(signer))) return;
  const reason = rules.reasonToRefuseViewChange(viewChange, state.setting);
  if (reason !== null) {
    const note = { note: 'viewChangeRefused', from: signer, view, reason } as const;
    effects.push({ type: 'note', note });
    return;
  }
  state.viewChanges.set(signer, viewChange);
  const proof = rules.stableProof(body.checkpoints, state.setting);
  if (proof) learnProof(pbft, proof);
  considerViewChanges(pbft);
}

/** A replica that moves to a view which others are in, or have left, lacks the NEW-VIEW. */
function answerLate(pbft: Pbft, { signer }: Signed<ViewChange>): void {
  const { state, effects } = pbft;
  const { newView, active } = state;
  if (!active || !newView || !mayAnswer(pbft, signer, 'new view')) return;
  effects.push({ type: 'send', to: [signer], message: { type: 'NEW-VIEW', statement: newView } });
}

/** What the view changes collected so far call for. */
function considerViewChanges(pbft: Pbft): void {
  const { state, rules } = pbft;
  if (state.stopped !== null) return;
  const joined = rules.viewToJoin(state.viewChanges.values(), state);
  if (joined !== null) return startViewChange(pbft, joined, 'others-move');
  if (state.active) return;
  if (rules.mustAwaitNewView(state.viewChanges.values(), state)) armNewView(pbft);
  sayNewViewIfReady(pbft);
}

/** P17: the primary of the view this replica moves to, with a quorum behind it. */
function sayNewViewIfReady(pbft: Pbft): void {
  const { state, rules, effects } = pbft;
  const { view, self, setting } = state;
  if (primaryOf(view, setting) !== self || state.newViewSaid >= view) return;
  const viewChanges = rules.newViewQuorum(state.viewChanges, view, setting);
  if (!viewChanges) return;
  state.newViewSaid = view;
  const body = newViewOf(pbft, view, viewChanges);
  effects.push({ type: 'persist', writes: [newViewSaidWrite(body)] });
  effects.push({ type: 'note', note: { note: 'newViewSaid', view } });
  sendToAll(pbft, { type: 'NEW-VIEW', statement: say(self, body) });
}

/** ⟨NEW-VIEW, v, V, O⟩: O follows from V. */
export function newViewOf(
  { state, rules }: Pbft,
  view: number,
  viewChanges: NewView['viewChanges'],
): NewView {
  const prePrepares = rules
    .newViewPrePrepares(viewChanges)
    .slots.map(({ n, digest }) =>
      say<PrePrepare>(state.self, { kind: 'PRE-PREPARE', view, n, digest }),
    );
  return { kind: 'NEW-VIEW', view, viewChanges, prePrepares };
}
