/** Mistakes about reads outside the log (R36). */
import { bug, type RaftBug } from './bug.ts';

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
];
