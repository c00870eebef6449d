/** Mistakes of followers about their log (R12–R14). */
import { lastIndexOf } from '../log.ts';
import { bug, type RaftBug } from './bug.ts';
import { oldAppend } from './log-schedules.ts';

export const followers: readonly RaftBug[] = [
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
    [oldAppend],
  ),
];
