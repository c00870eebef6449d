/** Mistakes about who counts (R29–R31), and about snapshots (§7). */
import { majority, majorityReached } from '../../core/quorum.ts';
import { votersIn } from '../configuration.ts';
import * as honest from '../rules.ts';
import { bug, type RaftBug } from './bug.ts';
import { changesAtOnce } from './schedules.ts';

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
      name: 'older-snapshot-taken-over',
      title: 'Every snapshot that comes is taken over, an older one too',
      seenIn: '§7: what "retain log entries following it" is for',
      breaks: 'safety',
    },
    { coversSnapshot: () => false },
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
