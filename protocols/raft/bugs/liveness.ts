/** Mistakes that contradict nothing and get nowhere: they show once all is well again (I17). */
import * as honest from '../rules.ts';
import { bug, type RaftBug } from './bug.ts';
import {
  asksBehindWithoutEnd,
  asksWithoutEnd,
  commitNewsLost,
  deafToItsLeader,
  leftUncommitted,
} from './liveness-schedules.ts';

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
      name: 'stops-checking-commitment',
      title:
        'A leader looks only at the next index: when more is acknowledged at once it commits no more',
      seenIn: 'RaftOS#4',
      breaks: 'liveness',
    },
    {
      mayCommit: (index, state) =>
        honest.mayCommit(index, state) && index === state.commitIndex + 1,
    },
  ),
  bug(
    {
      name: 'pre-vote-restarts-timer',
      title:
        'A pre-vote given restarts the election timer: who cannot win keeps others from standing',
      seenIn: 'hashicorp/raft PR 609',
      breaks: 'liveness',
    },
    { restartsElectionTimer: (_request, isGranted) => isGranted },
    [asksWithoutEnd],
  ),
  bug(
    {
      name: 'refusal-restarts-timer',
      title: 'A vote refused restarts the election timer, as a vote given does',
      seenIn: '§5.2 "granting vote to candidate" read too fast',
      breaks: 'liveness',
    },
    { restartsElectionTimer: ({ preVote }, isGranted) => !isGranted || !preVote },
    [asksBehindWithoutEnd],
  ),
  bug(
    {
      name: 'no-stickiness',
      title: 'Who hears its leader votes for another all the same',
      seenIn: 'dissertation §4.2.3 left out; Howard and Abraham 2020',
      breaks: 'liveness',
    },
    { mustKeepLeader: () => false },
    [deafToItsLeader],
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
    [leftUncommitted],
  ),
];
