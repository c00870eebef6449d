/** Mistakes that contradict nothing and get nowhere: they show once all is well again (I17). */
import { bug, type RaftBug } from './bug.ts';
import { commitNewsLost } from './schedules.ts';

export const liveness: readonly RaftBug[] = [
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
    [commitNewsLost],
  ),
  bug(
    {
      name: 'leads-unheard',
      title: 'A leader that nobody answers leads on, and keeps others from being elected',
      seenIn: 'dissertation §6.2 left out',
      breaks: 'liveness',
    },
    { hearsQuorum: () => true },
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
