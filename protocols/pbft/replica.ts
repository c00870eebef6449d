/** One PBFT replica: hands each event to its handler and returns what that wants done. */
import type { ReplicaContext } from '../core/protocol.ts';
import type { Event, Replica } from '../core/replica.ts';
import { forgetAnswers } from './answers.ts';
import { onCheckpoint, onStable } from './checkpoints.ts';
import { onDecided } from './execution.ts';
import { emptyHistory } from './history.ts';
import type { PbftMessage } from './messages.ts';
import { onNewView } from './new-view.ts';
import type { PbftNote } from './notes.ts';
import { onBatch, onCommit, onPrepare, onPrePrepare, proposeWaiting } from './ordering.ts';
import { tendRequestTimer, tendStatusTimer, timers } from './pacemaker.ts';
import { onStart, onWake } from './recovery.ts';
import { onForwarded, onRequest } from './requests.ts';
import * as honestRules from './rules.ts';
import { settingOf, type PbftOptions } from './setting.ts';
import { snapshotOf } from './snapshot.ts';
import { initialState, type Pbft, type PbftEffect, type PbftState } from './state.ts';
import {
  fetchIfBeyond,
  onFetch,
  onFetchBatch,
  onStateData,
  onStatePieces,
} from './state-transfer.ts';
import { notePosition, onStatus, onStatusTimeout } from './status.ts';
import { switchedOn } from './switches.ts';
import { onNewViewTimeout, onRequestTimeout, onViewChange } from './view-change.ts';

type Received = Extract<Event<PbftMessage>, { type: 'receive' }>;
type Unverified = Extract<Event<PbftMessage>, { type: 'unverified' }>;

/** `rules` are replaced only by those who want to see what happens without one. */
export function createReplica(
  context: ReplicaContext,
  rules: honestRules.Rules = honestRules,
  options: Partial<PbftOptions> = {},
): Replica<PbftMessage, PbftState, PbftNote> {
  const setting = settingOf(context.voters, { ...options, ...switchedOn(context.switches) });
  const beginning = { index: 0, history: emptyHistory };
  const base = setting.tentative ? snapshotOf(0, beginning, context.service, rules) : null;
  const state = initialState(context, setting, base);
  const pbft: Pbft = { state, context, rules, effects: [] };
  let started = false;
  return {
    state,
    step(event) {
      const effects: PbftEffect[] = [];
      pbft.effects = effects;
      if (started === (event.type === 'start')) throw new Error('start comes first, and once');
      started = true;
      handle(pbft, event);
      fetchIfBeyond(pbft);
      proposeWaiting(pbft);
      tendRequestTimer(pbft);
      tendStatusTimer(pbft);
      return effects;
    },
  };
}

function handle(pbft: Pbft, event: Event<PbftMessage>): void {
  switch (event.type) {
    case 'start':
      return onStart(pbft, event.durable);
    case 'receive':
      return onReceive(pbft, event);
    case 'unverified':
      return onUnverified(pbft, event);
    case 'timeout':
      return onTimeout(pbft, event.timer);
    case 'wake':
      return onWake(pbft);
    case 'request':
      return onRequest(pbft, event.requests);
    case 'operate': {
      const note = { note: 'operationRefused', operation: event.operation.type } as const;
      pbft.effects.push({ type: 'note', note });
    }
  }
}

function onTimeout(pbft: Pbft, timer: string): void {
  if (pbft.state.stopped !== null) return;
  switch (timer) {
    case timers.request:
      return onRequestTimeout(pbft);
    case timers.newView:
      return onNewViewTimeout(pbft);
    case timers.status:
      return onStatusTimeout(pbft);
    case timers.answers:
      return forgetAnswers(pbft);
  }
}

/** A statement counts for its signer, whoever brings it: the host has checked that it was signed (K9). */
function onReceive(pbft: Pbft, { from, message }: Received): void {
  if (pbft.state.stopped !== null) return;
  switch (message.type) {
    case 'PRE-PREPARE':
      return onPrePrepare(pbft, message.statement, message.batch);
    case 'PREPARE':
    case 'COMMIT': {
      const { body, signer } = message.statement;
      notePosition(pbft, signer, body.view, body.n);
      return message.type === 'PREPARE'
        ? onPrepare(pbft, message.statement)
        : onCommit(pbft, message.statement);
    }
    case 'CHECKPOINT':
      return onCheckpoint(pbft, message.statement);
    case 'VIEW-CHANGE': {
      const { body, signer } = message.statement;
      notePosition(pbft, signer, body.view, body.stable);
      return onViewChange(pbft, message.statement);
    }
    case 'NEW-VIEW':
      return onNewView(pbft, message.statement);
    case 'REQUEST':
      return onForwarded(pbft, message.requests);
    case 'DECIDED':
      return refuseUnless(pbft, from, onDecided(pbft, message.commits, message.batch));
    case 'STABLE':
      return refuseUnless(pbft, from, onStable(pbft, message.checkpoints));
    case 'BATCH':
      return onBatch(pbft, message.n, message.batch);
    default:
      return onTransfer(pbft, from, message);
  }
}

/** A vote that came too late to count still tells how far its sender is, like the bare numbers of a STATUS, and is shown. */
function onUnverified(pbft: Pbft, { from, message }: Unverified): void {
  if (pbft.state.stopped !== null) return;
  if (message.type !== 'PREPARE' && message.type !== 'COMMIT') return;
  const { statement } = message;
  const { kind, view, n } = statement.body;
  notePosition(pbft, from, view, n);
  const late = pbft.state.slots.get(n)?.late;
  if (!late) return;
  const held = late.findIndex(({ signer, body }) => signer === from && body.kind === kind);
  late[held < 0 ? late.length : held] = statement;
}

function onTransfer(
  pbft: Pbft,
  from: Received['from'],
  message: Extract<PbftMessage, { type: 'STATUS' | 'FETCH-BATCH' | 'FETCH' | 'STATE' | 'DATA' }>,
): void {
  switch (message.type) {
    case 'STATUS':
      notePosition(pbft, from, message.view, message.executed);
      return onStatus(pbft, from, message);
    case 'FETCH-BATCH':
      return onFetchBatch(pbft, from, message);
    case 'FETCH':
      return onFetch(pbft, from, message);
    case 'STATE':
      return onStatePieces(pbft, from, message);
    case 'DATA':
      return onStateData(pbft, from, message);
  }
}

function refuseUnless({ effects }: Pbft, from: Received['from'], isProof: boolean): void {
  if (!isProof) effects.push({ type: 'note', note: { note: 'proofRefused', from } });
}
