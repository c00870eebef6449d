/** One HotStuff replica: hands each event to its handler and returns what that wants done. */
import type { ReplicaContext } from '../core/protocol.ts';
import type { Event, Replica } from '../core/replica.ts';
import { onBlocks, onFetch, onFetchTimeout, tendFetch } from './fetching.ts';
import { sayNewView } from './certifying.ts';
import type { HotStuffMessage } from './messages.ts';
import type { HotStuffNote } from './notes.ts';
import { tendViewTimer, timers } from './pacemaker.ts';
import { onNewView, onPhase } from './phases.ts';
import { onProposal, proposeIfDue, resume } from './proposing.ts';
import { onStart, onWake } from './recovery.ts';
import { onForwarded, onRequest } from './requests.ts';
import type { Rules } from './rules.ts';
import { settingOf, type HotStuffOptions } from './setting.ts';
import { initialState, note, type HotStuff, type HotStuffState } from './state.ts';
import { certificatesOf, rotationOf } from './switches.ts';
import { onSync, onTimeoutMessage, onViewTimeout, settleTimeouts } from './synchronizer.ts';
import { onFetchState, onStable, onStateData, onStatePieces } from './state-transfer.ts';
import { onAnswer, onVote } from './voting.ts';

type Received = Extract<Event<HotStuffMessage>, { type: 'receive' }>;

/** `rules` say which HotStuff it is; `options` go before what the switches say. */
export function createReplica(
  context: ReplicaContext,
  rules: Rules,
  options: Partial<HotStuffOptions> = {},
): Replica<HotStuffMessage, HotStuffState, HotStuffNote> {
  const { voters, switches } = context;
  const chosen = { rotation: rotationOf(switches), certificates: certificatesOf(switches) };
  const state = initialState(context, settingOf(voters, { ...chosen, ...options }));
  const hotStuff: HotStuff = { state, context, rules, effects: [] };
  let started = false;
  return {
    state,
    step(event) {
      hotStuff.effects = [];
      if (started === (event.type === 'start')) throw new Error('start comes first, and once');
      started = true;
      handle(hotStuff, event);
      resume(hotStuff);
      settleTimeouts(hotStuff);
      tendFetch(hotStuff);
      sayNewView(hotStuff);
      proposeIfDue(hotStuff);
      tendViewTimer(hotStuff);
      return hotStuff.effects;
    },
  };
}

function handle(hotStuff: HotStuff, event: Event<HotStuffMessage>): void {
  switch (event.type) {
    case 'start':
      return onStart(hotStuff, event.durable);
    case 'receive':
      return onReceive(hotStuff, event);
    case 'timeout':
      return onTimeout(hotStuff, event.timer);
    case 'wake':
      return onWake(hotStuff);
    case 'request':
      return onRequest(hotStuff, event.requests);
    case 'answer':
      return onAnswer(hotStuff, event.answer);
    case 'operate':
      note(hotStuff, { note: 'operationRefused', operation: event.operation.type });
  }
}

function onTimeout(hotStuff: HotStuff, timer: string): void {
  const { state } = hotStuff;
  if (state.stopped !== null) return;
  switch (timer) {
    case timers.view:
      if (state.timedView === null) return;
      state.timedView = null;
      return onViewTimeout(hotStuff);
    case timers.fetch:
      return onFetchTimeout(hotStuff);
  }
}

/** A statement counts for its signer, whoever brings it: the host has checked that it was signed (K9). */
function onReceive(hotStuff: HotStuff, { from, message }: Received): void {
  if (hotStuff.state.stopped !== null) return;
  switch (message.type) {
    case 'PROPOSAL':
      return onProposal(hotStuff, message);
    case 'PRE-COMMIT':
    case 'COMMIT':
    case 'DECIDE':
      return onPhase(hotStuff, from, message);
    case 'NEW-VIEW':
      return onNewView(hotStuff, from, message);
    case 'VOTE':
      return onVote(hotStuff, message.statement);
    case 'TIMEOUT':
      return onTimeoutMessage(hotStuff, from, message);
    case 'SYNC':
      return onSync(hotStuff, from, message.sync);
    case 'HEARD':
      // For those who hold its signer to what it signs: nothing follows from it here.
      return;
    case 'REQUEST':
      return onForwarded(hotStuff, message.requests);
    case 'FETCH':
      return onFetch(hotStuff, from, message);
    case 'BLOCKS':
      return onBlocks(hotStuff, from, message.blocks);
    case 'STABLE':
      return onStable(hotStuff, from, message);
    case 'FETCH-STATE':
      return onFetchState(hotStuff, from, message);
    case 'STATE':
      return onStatePieces(hotStuff, from, message);
    case 'DATA':
      return onStateData(hotStuff, from, message);
  }
}
