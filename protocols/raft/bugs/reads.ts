/** Mistakes about reads outside the log (R36, R37). */
import { majority } from '../../core/quorum.ts';
import { bug, type RaftBug } from './bug.ts';
import { answeredLate, confirmedByLearners } from './read-schedules.ts';

export const reads: readonly RaftBug[] = [
  bug(
    {
      name: 'read-not-confirmed',
      title: 'A leader answers a read without asking whether it still leads',
      seenIn: 'etcd and Consul in the Jepsen analysis of 2014',
      breaks: 'safety',
    },
    { roundConfirmed: () => Infinity, hearsQuorum: () => true },
  ),
  bug(
    {
      name: 'read-before-own-entry',
      title: 'A new leader gives a read index before it has committed an entry of its own',
      seenIn: 'dissertation §6.4, step 1 left out',
      breaks: 'safety',
    },
    { mayGiveReadIndex: () => true },
  ),
  bug(
    {
      name: 'any-answer-confirms-a-round',
      title: 'An answer is not tied to its round: a late one confirms the round under way',
      seenIn: 'etcd raft PR 397: rounds were known by what clients called them',
      breaks: 'safety',
    },
    { roundAfter: (_answered, _response, begun) => begun },
    [answeredLate],
  ),
  bug(
    {
      name: 'anyone-confirms-a-round',
      title: 'Whoever answers confirms a round, a learner or a removed voter too',
      seenIn: 'etcd raft 77ae04b: answers were counted, not voters',
      breaks: 'safety',
    },
    {
      roundConfirmed: ({ progress, round }, self, { voters }) => {
        const rounds = [...progress].map(([id, theirs]) => (id === self ? round : theirs.round));
        return rounds.sort((a, b) => b - a)[majority(voters.length) - 1] ?? 0;
      },
    },
    [confirmedByLearners],
  ),
];
