/** One Raft replica: hands each event to its handler and returns what that wants done. */
import type { ReplicaContext } from '../core/protocol.ts';
import type { DurableState, Event, Replica, Ticks } from '../core/replica.ts';
import { onForwardReplies, onForwardRequests, onRequest } from './clients.ts';
import { compactIfDue, restore } from './compaction.ts';
import type { Configuration } from './configuration.ts';
import { damage, recover } from './durable.ts';
import { onElectionTimeout, onRequestVote, onRequestVoteResponse } from './election.ts';
import { onAppendEntries } from './follower.ts';
import { onInstallSnapshot } from './install-snapshot.ts';
import {
  onAppendEntriesResponse,
  onCommitNewsTimeout,
  onHeartbeatTimeout,
  onInstallSnapshotResponse,
} from './leader.ts';
import { appendTo, lastIndexOf, latestConfiguration, restartLog } from './log.ts';
import { tendMembership } from './membership.ts';
import type { RaftMessage } from './messages.ts';
import type { RaftNote } from './notes.ts';
import { onOperate } from './operations.ts';
import { armElection, timers } from './pacemaker.ts';
import { becomeFollower, stopVoting } from './roles.ts';
import * as honestRules from './rules.ts';
import {
  configurationOf,
  initialState,
  type Raft,
  type RaftEffect,
  type RaftState,
} from './state.ts';

/** `rules` are replaced only by those who want to see what happens without one. */
export function createReplica(
  context: ReplicaContext,
  rules: honestRules.Rules = honestRules,
): Replica<RaftMessage, RaftState, RaftNote> {
  const state = initialState(context);
  const raft: Raft = { state, context, rules, effects: [] };
  let started = false;
  return {
    state,
    step(event) {
      const effects: RaftEffect[] = [];
      raft.effects = effects;
      if (started === (event.type === 'start')) throw new Error('start comes first, and once');
      started = true;
      const before = configurationOf(state);
      handle(raft, event);
      tendMembership(raft);
      compactIfDue(raft);
      noteConfiguration(raft, before);
      return effects;
    },
  };
}

/** R27: whatever put another configuration in force, an entry, a truncation or a snapshot. */
function noteConfiguration({ state, effects }: Raft, before: Configuration): void {
  const { index, configuration } = latestConfiguration(state.log);
  if (configuration === before || JSON.stringify(configuration) === JSON.stringify(before)) return;
  const voters = [...configuration.voters];
  const votersOld = [...configuration.votersOld];
  const learners = [...configuration.learners];
  const note = { note: 'configurationInForce', index, voters, votersOld, learners } as const;
  effects.push({ type: 'note', note });
}

function handle(raft: Raft, event: Event<RaftMessage>): void {
  switch (event.type) {
    case 'start':
      return onStart(raft, event.durable);
    case 'receive':
      return onReceive(raft, event);
    case 'timeout':
      if (event.timer === timers.election) onElectionTimeout(raft);
      else if (event.timer === timers.heartbeat) onHeartbeatTimeout(raft);
      else if (event.timer === timers.commitNews) onCommitNewsTimeout(raft);
      return;
    case 'wake':
      return onWake(raft, event.elapsedTicks);
    case 'request':
      return onRequest(raft, event.requests);
    case 'operate':
      return onOperate(raft, event.operation);
  }
}

/** §5.6: term, vote and log come back from the disk; everything else is learnt again. */
function onStart(raft: Raft, durable: DurableState): void {
  const { state, effects } = raft;
  const recovered = recover(durable, configurationOf(state));
  if (!recovered.ok) return stopVoting(raft, recovered.error);
  const { currentTerm, votedFor, log, snapshot, stopped } = recovered;
  if (snapshot && !restore(raft, snapshot)) return stopVoting(raft, damage('snapshot'));
  state.currentTerm = currentTerm;
  state.votedFor = votedFor;
  const base = { index: log.baseIndex, term: log.baseTerm };
  if (snapshot) restartLog(state.log, base, snapshot.configuration);
  appendTo(state.log, log.entries);
  if (durable.has('term')) {
    const note = { note: 'recovered', term: currentTerm, lastIndex: lastIndexOf(log) } as const;
    effects.push({ type: 'note', note });
  }
  if (snapshot) {
    const { lastIncludedIndex } = snapshot;
    const note = { note: 'snapshotRestored', lastIncludedIndex, from: null } as const;
    effects.push({ type: 'note', note });
  }
  if (stopped === null) armElection(raft);
  else stopVoting(raft, stopped);
}

function onReceive(
  raft: Raft,
  { from, message }: Extract<Event<RaftMessage>, { type: 'receive' }>,
): void {
  const { state } = raft;
  // R28: whoever asks is answered, member or not; only who counts answers looks at the configuration.
  // A replica says one thing to itself: that its write is done (K4).
  if (from === state.self && message.type !== 'AppendEntriesResponse') return;
  if (state.role.name === 'stopped' && message.type !== 'ForwardRequests') return;
  switch (message.type) {
    case 'RequestVote':
      return onRequestVote(raft, from, message);
    case 'RequestVoteResponse':
      return onRequestVoteResponse(raft, from, message);
    case 'AppendEntries':
      return onAppendEntries(raft, from, message);
    case 'AppendEntriesResponse':
      return onAppendEntriesResponse(raft, from, message);
    case 'InstallSnapshot':
      return onInstallSnapshot(raft, from, message);
    case 'InstallSnapshotResponse':
      return onInstallSnapshotResponse(raft, from, message);
    case 'ForwardRequests':
      return onForwardRequests(raft, from, message.requests);
    case 'ForwardReplies':
      return onForwardReplies(raft, message);
  }
}

/** K13: one re-arming for all that was missed. A leader that may have been replaced meanwhile serves nobody. */
function onWake(raft: Raft, elapsedTicks: Ticks): void {
  const { state, rules, context } = raft;
  if (state.role.name === 'stopped') return;
  if (state.role.name !== 'leader') return armElection(raft);
  if (rules.mayLeadOn(elapsedTicks, context.timing.electionTicksMin))
    return onHeartbeatTimeout(raft);
  becomeFollower(raft, state.currentTerm, 'slept');
}
