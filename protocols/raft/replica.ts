/** One Raft replica: hands each event to its handler and returns what that wants done. */
import { damage } from '../core/damage.ts';
import type { ReplicaContext } from '../core/protocol.ts';
import type { DurableState, Event, Replica, Ticks } from '../core/replica.ts';
import { onForwardReplies, onForwardRequests, onRequest } from './clients.ts';
import { compactIfDue, restore } from './compaction.ts';
import type { Configuration } from './configuration.ts';
import { recover } from './durable.ts';
import {
  onElectionTimeout,
  onRequestVote,
  onRequestVoteResponse,
  onTimeoutNow,
} from './election.ts';
import { onAppendEntries } from './follower.ts';
import { onInstallSnapshot } from './install-snapshot.ts';
import {
  onAppendEntriesResponse,
  onCheckQuorumTimeout,
  onCommitNewsTimeout,
  onHeartbeatTimeout,
  onInstallSnapshotResponse,
} from './leader.ts';
import { appendTo, lastIndexOf, latestConfiguration, restartLog } from './log.ts';
import { tendMembership } from './membership.ts';
import type { RaftMessage } from './messages.ts';
import type { RaftNote } from './notes.ts';
import { onOperate } from './operations.ts';
import { armCheckQuorum, armElection, armLeaderHeard, timers } from './pacemaker.ts';
import { onReadIndexResponse, settleReads } from './queries.ts';
import { endLease, onReadIndex } from './reads.ts';
import { becomeFollower, stopVoting } from './roles.ts';
import * as honestRules from './rules.ts';
import { abortTransfer, settleTransfer } from './transfer.ts';
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
      settleTransfer(raft);
      settleReads(raft);
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
      raft.state.incarnation = event.incarnation;
      return onStart(raft, event.durable);
    case 'receive':
      return onReceive(raft, event);
    case 'unverified':
      // Nobody signs here.
      return;
    case 'timeout':
      return onTimeout(raft, event.timer);
    case 'wake':
      return onWake(raft, event.elapsedTicks);
    case 'request':
      return onRequest(raft, event.requests);
    case 'operate':
      return onOperate(raft, event.operation);
  }
}

function onTimeout(raft: Raft, timer: string): void {
  switch (timer) {
    case timers.election:
      return onElectionTimeout(raft);
    case timers.heartbeat:
      return onHeartbeatTimeout(raft);
    case timers.commitNews:
      return onCommitNewsTimeout(raft);
    case timers.checkQuorum:
      return onCheckQuorumTimeout(raft);
    case timers.transfer:
      return abortTransfer(raft, 'timed-out');
    case timers.lease:
      return endLease(raft);
    case timers.leaderHeard:
      raft.state.heardLeader = false;
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
  if (stopped !== null) return stopVoting(raft, stopped);
  armElection(raft);
  // R24, R39: a leader may still count on what this replica promised it before the crash.
  if (durable.has('term')) stickToLeader(raft);
}

function onReceive(
  raft: Raft,
  { from, message }: Extract<Event<RaftMessage>, { type: 'receive' }>,
): void {
  const { state } = raft;
  // R28: whoever asks is answered, member or not; only who counts answers looks at the configuration.
  // A replica says one thing to itself: that its write is done (K4).
  if (from === state.self && message.type !== 'AppendEntriesResponse') return;
  const asks = message.type === 'ForwardRequests' || message.type === 'ReadIndex';
  if (state.role.name === 'stopped' && !asks) return;
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
    case 'TimeoutNow':
      return onTimeoutNow(raft, from, message);
    case 'ReadIndex':
      return onReadIndex(raft, from, message);
    case 'ReadIndexResponse':
      return onReadIndexResponse(raft, from, message);
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
  const isShort = rules.mayLeadOn(elapsedTicks, context.timing.electionTicksMin);
  if (state.role.name !== 'leader') {
    armElection(raft);
    if (state.heardLeader && isShort) return armLeaderHeard(raft);
    state.heardLeader = false;
    return;
  }
  if (!isShort) return becomeFollower(raft, state.currentTerm, 'slept');
  onHeartbeatTimeout(raft);
  armCheckQuorum(raft);
  // How much of these is left nobody knows.
  abortTransfer(raft, 'slept');
  endLease(raft);
}

function stickToLeader(raft: Raft): void {
  raft.state.heardLeader = true;
  armLeaderHeard(raft);
}
