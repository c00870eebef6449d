/** Mistakes about terms and votes (R1–R9). */
import type { ReplicaId } from '../../core/ids.ts';
import { majority } from '../../core/quorum.ts';
import { lastPositionOf } from '../log.ts';
import type { RequestVote } from '../messages.ts';
import * as honest from '../rules.ts';
import type { RaftState } from '../state.ts';
import { bug, type RaftBug } from './bug.ts';
import { manyOldEntries } from './log-schedules.ts';
import { voteComesLate } from './election-schedules.ts';

/** How many answers came for a tally, repeated ones too. */
const answersIn = new WeakMap<ReadonlySet<ReplicaId>, number>();

export const elections: readonly RaftBug[] = [
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
    [manyOldEntries],
  ),
  bug(
    {
      name: 'old-votes-counted',
      title: 'An answer to an earlier candidacy counts for this one',
      seenIn: 'ports of call-and-callback code; eliben 27',
      breaks: 'safety',
    },
    {
      mayCountVote: ({ preVote }, { role }) =>
        role.name === (preVote ? 'preCandidate' : 'candidate'),
    },
    [voteComesLate],
  ),
  bug(
    {
      name: 'pre-votes-counted-as-votes',
      title: 'The answers to a pre-vote count for the election that follows it',
      seenIn: 'one handler for both kinds of answer; dissertation §9.6',
      breaks: 'safety',
    },
    {
      mayCountVote: ({ term }, { role, currentTerm }) =>
        (role.name === 'candidate' || role.name === 'preCandidate') && term >= currentTerm,
    },
  ),
  bug(
    {
      name: 'vote-quorum-off-by-one',
      title: 'One vote less than a majority wins',
      seenIn: 'a classic of integer division',
      breaks: 'safety',
    },
    { hasWon: (granted, { voters }) => granted.size >= majority(voters.length) - 1 },
  ),
  bug(
    {
      name: 'same-voter-counted-twice',
      title: 'Votes are counted by messages: a repeated answer counts again',
      seenIn: 'akka-raft 45',
      breaks: 'safety',
    },
    {
      addVote: (tally, from) => {
        answersIn.set(tally, (answersIn.get(tally) ?? tally.size) + 1);
        tally.add(from);
      },
      hasWon: (granted, { voters }) =>
        (answersIn.get(granted) ?? granted.size) >= majority(voters.length),
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
  const { votedFor, leaderId, currentTerm } = voter;
  const free = votedFor === from || (votedFor === null && leaderId === null);
  // A pre-vote may ask about a later term, whose vote is free.
  if (term < currentTerm || (term === currentTerm && !free)) return false;
  return isUpToDate(lastPositionOf(voter.log));
}
