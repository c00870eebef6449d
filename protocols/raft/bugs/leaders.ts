/** Mistakes of leaders about what others hold (R9, R15–R17), and of the service (R22). */
import { clientId, ownerOf } from '../../core/ids.ts';
import { majority } from '../../core/quorum.ts';
import { halvesOf } from '../configuration.ts';
import { lastIndexOf } from '../log.ts';
import { bug, type RaftBug } from './bug.ts';
import { figureEight, oldAcknowledgement } from './log-schedules.ts';

export const leaders: readonly RaftBug[] = [
  bug(
    {
      name: 'old-term-committed-by-counting',
      title: 'Figure 8: an entry of an older term is committed by counting',
      seenIn: 'PySyncObj#5, CCF',
      breaks: 'safety',
    },
    { mayCommit: (index, { commitIndex }) => index > commitIndex, firstEntries: () => [] },
    [figureEight],
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
    [oldAcknowledgement],
  ),
  bug(
    {
      name: 'commit-quorum-off-by-one',
      title: 'One acknowledgement less than a majority commits',
      seenIn: 'a classic of integer division',
      breaks: 'safety',
    },
    {
      quorumReached: (matchIndexOf, configuration) =>
        Math.min(
          ...halvesOf(configuration).map((half) => {
            const held = half.map(matchIndexOf).sort((a, b) => b - a);
            return held[Math.max(0, majority(half.length) - 2)] ?? 0;
          }),
        ),
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
