/**
 * Retransmission: who finds nothing moving says what it has, and is sent what it lacks. Nothing is sent twice while
 * nothing is lost.
 */
import type { ReplicaId } from '../core/ids.ts';
import { listBytesMax } from '../core/batches.ts';
import type { Signed } from '../core/signed.ts';
import { mayAnswer } from './answers.ts';
import { bytesOfBatch } from './batch.ts';
import { ownCheckpointsAbove } from './checkpoints.ts';
import type { Commit, PbftMessage, PrePrepare } from './messages.ts';
import { fetchMissing, regroup } from './new-view.ts';
import { laggards, needsHelp, noteStillness } from './pacemaker.ts';
import { fetchAgain } from './state-transfer.ts';
import {
  batchOf,
  othersThan,
  slotsInOrder,
  type Pbft,
  type PbftState,
  type Slot,
} from './state.ts';
import type { Status } from './transfer-messages.ts';
import { sayViewChange } from './view-change.ts';

export function onStatusTimeout(pbft: Pbft): void {
  const { state, effects } = pbft;
  if (!noteStillness(pbft)) return;
  if (!needsHelp(state)) {
    effects.push({ type: 'send', to: laggards(state), message: statusOf(state, 'ask') });
    return;
  }
  if (state.viewChange) sayViewChange(pbft, state.viewChange);
  effects.push({ type: 'send', to: othersThan(state), message: statusOf(state, 'ask') });
  fetchMissing(pbft);
  fetchAgain(pbft);
  if (state.active) regroup(pbft);
}

/** Tells the others where it is, since it may have missed anything: after a restart or a sleep. */
export function askAround({ state, effects }: Pbft): void {
  effects.push({ type: 'send', to: othersThan(state), message: statusOf(state, 'ask') });
}

function statusOf(state: PbftState, purpose: 'ask' | 'reply'): Status {
  const { view, active, stable, executed } = state;
  const above = slotsInOrder(state).filter(({ n }) => n > executed);
  const accepted = above.filter(({ prePrepare }) => prePrepare !== null);
  const prepared = accepted.filter((slot) => slot.prepared?.prePrepare.body.view === view);
  return {
    type: 'STATUS',
    view,
    active,
    stable: stable.n,
    executed,
    prePrepared: accepted.map(({ n }) => n),
    prepared: prepared.map(({ n }) => n),
    reply: purpose === 'reply',
  };
}

/** Sends `from` what it lacks, with its proof. Believed or not, its numbers make this replica do nothing else. */
export function onStatus(pbft: Pbft, from: ReplicaId, status: Status): void {
  const { state, effects } = pbft;
  if (!mayAnswer(pbft, from, 'status')) return;
  const send = (message: PbftMessage): void => {
    effects.push({ type: 'send', to: [from], message });
  };
  if (!status.reply) send(statusOf(state, 'reply'));
  sendView(pbft, status, send);
  if (status.stable < state.stable.n) {
    send({ type: 'STABLE', checkpoints: state.stable.checkpoints });
  }
  for (const statement of ownCheckpointsAbove(state, state.self, status.stable)) {
    send({ type: 'CHECKPOINT', statement });
  }
  let bytes = 0;
  for (const slot of slotsInOrder(state)) {
    if (slot.n <= status.executed) continue;
    for (const message of missingOf(slot, status, pbft)) {
      send(message);
      if ('batch' in message) bytes += bytesOfBatch(message.batch);
    }
    // K11: a small question does not bring a flood; who has got so far asks again.
    if (bytes > listBytesMax) return;
  }
}

/** What brings the other one into this replica's view: the NEW-VIEW, or its own wish to go there. */
function sendView({ state }: Pbft, status: Status, send: (message: PbftMessage) => void): void {
  const { view, active, newView } = state;
  if (status.view > view || (status.view === view && status.active)) return;
  if (active) {
    if (newView) send({ type: 'NEW-VIEW', statement: newView });
    return;
  }
  const own = state.viewChanges.get(state.self);
  if (own?.body.view === view) send({ type: 'VIEW-CHANGE', statement: own });
}

/** Of one slot that `status` says is not executed. */
function missingOf(slot: Slot, status: Status, { state, rules }: Pbft): PbftMessage[] {
  const mayPassOn = ({ signer }: Signed<PrePrepare | Commit>): boolean =>
    rules.mayPassOn(signer, state);
  const { decision } = slot;
  const decided = decision && batchOf(slot, decision.digest);
  if (decided && decision.commits.every(mayPassOn)) {
    return [{ type: 'DECIDED', batch: decided, commits: decision.commits }];
  }
  const { prePrepare } = slot;
  if (!state.active || !prePrepare || status.view !== state.view || !status.active) return [];
  const messages: PbftMessage[] = [];
  const batch = batchOf(slot, prePrepare.body.digest);
  if (batch && mayPassOn(prePrepare) && !status.prePrepared.includes(slot.n)) {
    messages.push({ type: 'PRE-PREPARE', statement: prePrepare, batch });
  }
  const prepare = slot.prepares.get(state.self);
  if (prepare && !status.prepared.includes(slot.n)) {
    messages.push({ type: 'PREPARE', statement: prepare });
  }
  const commit = slot.commits.get(state.self);
  if (commit) messages.push({ type: 'COMMIT', statement: commit });
  return messages;
}

/** Where a replica is, by what it signed or said about itself. */
export function notePosition({ state }: Pbft, id: ReplicaId, view: number, n: number): void {
  if (id === state.self || !state.setting.voters.includes(id)) return;
  const held = state.positions.get(id);
  const isLater = !held || view > held.view || (view === held.view && n > held.n);
  if (isLater) state.positions.set(id, { view, n });
}
