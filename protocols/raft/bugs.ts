/**
 * The classic mistakes: each is the honest protocol with a rule or two of `rules.ts` replaced. They are here to show
 * what each rule is good for, and that the checkers see it when it is missing.
 */
import { clientId, ownerOf } from '../core/ids.ts';
import type { ReplicaId } from '../core/ids.ts';
import type { Bug } from '../core/laboratory.ts';
import { majority } from '../core/quorum.ts';
import { lastIndexOf, lastPositionOf } from './log.ts';
import type { RaftMessage, RequestVote } from './messages.ts';
import type { RaftNote } from './notes.ts';
import { createReplica } from './replica.ts';
import * as honest from './rules.ts';
import type { RaftState } from './state.ts';

type Rules = honest.Rules;
type RaftBug = Bug<RaftMessage, RaftState, RaftNote>;
type Description = Omit<RaftBug, 'create' | 'scripts'>;

function bug(description: Description, replaced: Partial<Rules>): RaftBug {
  const rules = { ...honest, ...replaced };
  return { ...description, create: (context) => createReplica(context, rules), scripts: [] };
}

// ── Terms and votes ─────────────────────────────────────────────────────────────────────────────────────────────────

const elections: readonly RaftBug[] = [
  bug(
    {
      name: 'vote-cleared-on-step-down',
      title: 'Stepping down within a term gives the vote back, and it is given twice',
      seenIn: 'akka-raft 56, Zeebe 5368, eliben 27, CCF 5891 and 8094',
      breaks: 'safety',
    },
    { votedForAfter: () => null },
  ),
  bug(
    {
      name: 'vote-not-persisted',
      title: 'The vote is kept in memory only: after a crash it is given again',
      seenIn: 'left open in many small implementations; Fig. 2 "updated on stable storage"',
      breaks: 'safety',
    },
    { hardStateWrites: (term) => [{ type: 'put', key: 'term', value: term }] },
  ),
  bug(
    {
      name: 'term-not-persisted',
      title: 'Neither term nor vote reaches the disk: a restarted replica lives in the past',
      seenIn: 'Fig. 2 "updated on stable storage before responding"',
      breaks: 'safety',
    },
    { hardStateWrites: () => [] },
  ),
  bug(
    {
      name: 'votes-twice-in-a-term',
      title: 'Whoever asks gets the vote, given or not',
      seenIn: 'Xraft#1',
      breaks: 'safety',
    },
    {
      mayGrantVote: (from, request, voter) =>
        honest.mayGrantVote(from, request, { ...voter, votedFor: null }),
    },
  ),
  bug(
    {
      name: 'log-not-compared',
      title: 'A candidate is elected although its log lacks what is committed',
      seenIn: 'several; §5.4.1 left out',
      breaks: 'safety',
    },
    { mayGrantVote: (from, request, voter) => mayVote(from, request, voter, () => true) },
  ),
  bug(
    {
      name: 'longer-log-wins',
      title: 'The longer log counts as more up to date, whatever the terms of its entries',
      seenIn: '§5.4.1 read too fast',
      breaks: 'safety',
    },
    {
      mayGrantVote: (from, request, voter) =>
        mayVote(from, request, voter, (mine) => request.lastLogIndex >= mine.index),
    },
  ),
  bug(
    {
      name: 'old-votes-counted',
      title: 'An answer to an earlier candidacy counts for this one',
      seenIn: 'ports of call-and-callback code; eliben 27',
      breaks: 'safety',
    },
    { mayCountVote: (_response, { role }) => role.name === 'candidate' },
  ),
  bug(
    {
      name: 'vote-quorum-off-by-one',
      title: 'One vote less than a majority wins',
      seenIn: 'a classic of integer division',
      breaks: 'safety',
    },
    { hasWon: (granted, voters) => granted.size >= majority(voters.length) - 1 },
  ),
  bug(
    {
      name: 'same-voter-counted-twice',
      title: 'Votes are counted by messages: a repeated answer counts again',
      seenIn: 'akka-raft 45',
      breaks: 'safety',
    },
    {
      addVote: (tally, from) => void tally.add(tally.has(from) ? anotherName(from) : from),
      hasWon: (granted, voters) => granted.size >= majority(voters.length),
    },
  ),
];

/** R4 with another comparison of logs. */
function mayVote(
  from: ReplicaId,
  { term }: RequestVote,
  voter: RaftState,
  isUpToDate: (mine: { index: number; term: number }) => boolean,
): boolean {
  const free = voter.votedFor === from || (voter.votedFor === null && voter.leaderId === null);
  return term === voter.currentTerm && free && isUpToDate(lastPositionOf(voter.log));
}

/** A tally of messages in a set of names. */
function anotherName(from: ReplicaId): ReplicaId {
  return `f${from.slice(1)}` as ReplicaId;
}

// ── Log replication, follower ───────────────────────────────────────────────────────────────────────────────────────

const followers: readonly RaftBug[] = [
  bug(
    {
      name: 'entries-not-persisted',
      title: 'Entries are acknowledged and never written: a crash loses them',
      seenIn: 'class of etcd 14370',
      breaks: 'safety',
    },
    { entryWrites: () => [] },
  ),
  bug(
    {
      name: 'prev-log-term-not-checked',
      title: 'An append fits wherever the index fits, whatever the term there',
      seenIn: 'Fig. 2 "AppendEntries RPC" 2 left out',
      breaks: 'safety',
    },
    { matches: (log, prevLogIndex) => prevLogIndex <= lastIndexOf(log) },
  ),
  bug(
    {
      name: 'truncates-without-conflict',
      title: 'Every append cuts the log after itself, even an old one that was overtaken',
      seenIn: 'RaftOS#2',
      breaks: 'safety',
    },
    { entriesHeld: () => 0, mayTruncate: () => true },
  ),
  bug(
    {
      name: 'conflict-not-truncated',
      title: 'What stands at an index stays there, also when the leader has another entry',
      seenIn: 'Fig. 2 "AppendEntries RPC" 3 left out',
      breaks: 'safety',
    },
    {
      entriesHeld: (log, prevLogIndex, entries) =>
        Math.max(0, Math.min(entries.length, lastIndexOf(log) - prevLogIndex)),
    },
  ),
  bug(
    {
      name: 'commits-to-end-of-log',
      title: 'A follower commits as far as its log goes, not as far as the message vouches for',
      seenIn: 'WRaft#2',
      breaks: 'safety',
    },
    {
      commitIndexOfFollower: ({ leaderCommit }, { commitIndex, log }) =>
        Math.max(commitIndex, Math.min(leaderCommit, lastIndexOf(log))),
      commitIndexToTell: (_matchIndex, commitIndex) => commitIndex,
    },
  ),
  bug(
    {
      name: 'acknowledges-whole-log',
      title: 'A follower acknowledges all that its log holds, not what the message proved',
      seenIn: 'ports that reply with the last index; raft.tla has mmatchIndex for it',
      breaks: 'safety',
    },
    { indexToAcknowledge: (_append, log) => lastIndexOf(log) },
  ),
  bug(
    {
      name: 'commit-index-goes-back',
      title: 'An old message takes the commit index back',
      seenIn: 'PySyncObj#2',
      breaks: 'safety',
    },
    {
      commitIndexOfFollower: ({ leaderCommit, prevLogIndex, entries }) =>
        Math.min(leaderCommit, prevLogIndex + entries.length),
    },
  ),
  bug(
    {
      name: 'old-leader-obeyed',
      title: 'Appends of an older term are taken',
      seenIn: 'Fig. 2 "AppendEntries RPC" 1 left out',
      breaks: 'safety',
    },
    { isStale: () => false },
  ),
];

// ── Log replication, leader ─────────────────────────────────────────────────────────────────────────────────────────

const leaders: readonly RaftBug[] = [
  bug(
    {
      name: 'old-term-committed-by-counting',
      title: 'Figure 8: an entry of an older term is committed by counting',
      seenIn: 'PySyncObj#5, CCF',
      breaks: 'safety',
    },
    { mayCommit: (index, { commitIndex }) => index > commitIndex, firstEntries: () => [] },
  ),
  bug(
    {
      name: 'old-acknowledgements-counted',
      title:
        'An acknowledgement of an earlier leadership counts, also for what was overwritten since',
      seenIn: 'ports of call-and-callback code',
      breaks: 'safety',
    },
    {
      mayCountAcknowledgement: (response, { log }) =>
        !response.success || response.matchIndex <= lastIndexOf(log),
    },
  ),
  bug(
    {
      name: 'commit-quorum-off-by-one',
      title: 'One acknowledgement less than a majority commits',
      seenIn: 'a classic of integer division',
      breaks: 'safety',
    },
    {
      majorityReached: (values) =>
        [...values].sort((a, b) => b - a)[Math.max(0, majority(values.length) - 2)] ?? 0,
    },
  ),
  bug(
    {
      name: 'match-index-overwritten',
      title: 'An older answer takes the match index back',
      seenIn: 'PySyncObj#4, RaftOS#1',
      breaks: 'safety',
    },
    { matchIndexAfter: (_matchIndex, acknowledged) => acknowledged },
  ),
  bug(
    {
      name: 'next-index-behind-match-index',
      title: 'An older answer takes the next index back, behind what is known to match',
      seenIn: 'PySyncObj#3, WRaft#7, etcd raft PR 149',
      breaks: 'safety',
    },
    { nextIndexAfter: (_nextIndex, acknowledged) => acknowledged + 1 },
  ),
  bug(
    {
      name: 'old-refusal-believed',
      title: 'A refusal that was overtaken moves the next index below what is known to match',
      seenIn: 'etcd `TestFastLogRejection` guards against it',
      breaks: 'safety',
    },
    { nextIndexAfterReject: (_log, _progress, { prevLogIndex }) => Math.max(1, prevLogIndex) },
  ),
  bug(
    {
      name: 'duplicate-execution',
      title: 'A request that comes again is executed again',
      seenIn: '§8: what client serial numbers are for',
      breaks: 'safety',
    },
    {
      execute: (service, { client, seq, command }, index) => {
        const once = clientId(ownerOf(client), index.toString(16).padStart(8, '0'));
        return service.execute({ client: once, seq, ackedBelow: 1, command }, index);
      },
    },
  ),
];

// ── Liveness ────────────────────────────────────────────────────────────────────────────────────────────────────────

const liveness: readonly RaftBug[] = [
  bug(
    {
      name: 'newer-term-ignored',
      title: 'A newer term in a message is not adopted',
      seenIn: 'Fig. 2 "Rules for Servers" left out',
      breaks: 'liveness',
    },
    { mustAdoptTerm: () => false },
  ),
  bug(
    {
      name: 'stops-heartbeats',
      title: 'A leader with appends on their way sends no heartbeat: what is lost is never missed',
      seenIn: 'WRaft#8; etcd `replicate_pause.txt`',
      breaks: 'liveness',
    },
    { isOwedHeartbeat: ({ inFlight }) => inFlight.length === 0 },
  ),
  bug(
    {
      name: 'lags-until-next-command',
      title: 'Heartbeats carry no commit index: a follower that missed the news lags for ever',
      seenIn: 'RaftOS#4, WRaft#3; etcd `lagging_commit.txt`',
      breaks: 'liveness',
    },
    { commitIndexToTell: () => 0 },
  ),
  bug(
    {
      name: 'probe-never-moves',
      title: 'A refused leader asks again at the same place',
      seenIn: '§5.3 "decrements nextIndex" left out',
      breaks: 'liveness',
    },
    { nextIndexAfterReject: (_log, { nextIndex }) => nextIndex },
  ),
  bug(
    {
      name: 'no-entry-of-its-own',
      title: 'A new leader appends nothing: what it found uncommitted stays so',
      seenIn: '§8 left out; etcd `TestCannotCommitWithoutNewTermEntry`',
      breaks: 'liveness',
    },
    { firstEntries: () => [] },
  ),
];

export const bugs: readonly RaftBug[] = [...elections, ...followers, ...leaders, ...liveness];
