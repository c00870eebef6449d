/** Mistakes about who counts (R29–R31), and about snapshots (§7). */
import { majority, majorityReached } from '../../core/quorum.ts';
import { placedAt, votersIn } from '../configuration.ts';
import * as honest from '../rules.ts';
import { bug, type RaftBug } from './bug.ts';
import { bugOf2015, changesAtOnce } from './membership-schedules.ts';

export const membership: readonly RaftBug[] = [
  bug(
    {
      name: 'joint-counted-as-one',
      title: 'A joint configuration decides by a majority of all its voters together',
      seenIn: 'dissertation §4.3 read too fast',
      breaks: 'safety',
    },
    {
      quorumReached: (matchIndexOf, configuration) =>
        majorityReached(votersIn(configuration).map(matchIndexOf)),
      hasWon: (granted, configuration) => {
        const voters = votersIn(configuration);
        return voters.filter((id) => granted.has(id)).length >= majority(voters.length);
      },
    },
  ),
  bug(
    {
      name: 'new-half-decides',
      title: 'In a joint configuration the new voters commit without the old ones',
      seenIn: 'dissertation §4.3 left out',
      breaks: 'safety',
    },
    {
      quorumReached: (matchIndexOf, { voters }) =>
        honest.quorumReached(matchIndexOf, { voters, votersOld: [], learners: [] }),
    },
  ),
  bug(
    {
      name: 'many-voters-at-once',
      title: 'Any change of voters is made in one step',
      seenIn: 'dissertation §4.1: what "one server at a time" is for',
      breaks: 'safety',
    },
    { mustBeJoint: () => false },
  ),
  bug(
    {
      name: 'changes-overlap',
      title: 'A change of membership begins before the one before it is committed',
      seenIn: 'dissertation §4.1 read too fast',
      breaks: 'safety',
    },
    { isChangeUnderWay: () => false },
    [changesAtOnce],
  ),
  bug(
    {
      name: 'change-before-own-entry',
      title: 'A leader changes the membership before it has committed an entry of its own',
      seenIn: 'Ongaro on raft-dev, 2015: single-server changes as first published',
      breaks: 'safety',
    },
    { hasCommittedInTerm: () => true },
    [bugOf2015],
  ),
  bug(
    {
      name: 'committed-configuration-elects',
      title: 'A candidate counts by the latest configuration that it knows to be committed',
      seenIn: 'etcd 7625 and 12359: configurations in force when they are applied',
      breaks: 'safety',
    },
    {
      electorateOf: ({ log, commitIndex }) =>
        placedAt(log.configurations, commitIndex).configuration,
    },
  ),
  bug(
    {
      name: 'older-snapshot-taken-over',
      title: 'Every snapshot that comes is taken over, an older one too',
      seenIn: '§7: what "retain log entries following it" is for',
      breaks: 'safety',
    },
    { coversSnapshot: () => false },
  ),
  bug(
    {
      name: 'term-lowered-by-snapshot',
      title: 'Who takes a snapshot over takes its term too, and forgets a later one',
      seenIn: 'WRaft#4',
      breaks: 'safety',
    },
    { termAfterSnapshot: (_currentTerm, lastIncludedTerm) => lastIncludedTerm },
  ),
  bug(
    {
      name: 'sends-what-is-gone',
      title: 'A leader sends entries that its snapshot has replaced',
      seenIn: '§7: what InstallSnapshot is for',
      breaks: 'safety',
    },
    { isCompacted: () => false },
  ),
];
