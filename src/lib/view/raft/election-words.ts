/** Who leads and who would like to, in plain words. */
import type { RaftNote } from '#protocols/raft/notes.ts';
import { list, seconds, type Scene } from '../narration.ts';

type ElectionNote = Extract<
  RaftNote,
  {
    note:
      | 'preVoteStarted'
      | 'preVoteLost'
      | 'electionStarted'
      | 'electionLost'
      | 'becameLeader'
      | 'steppedDown'
      | 'voteGranted'
      | 'voteRefused'
      | 'transferStarted'
      | 'transferAborted'
      | 'toldToStand';
  }
>;

const voteRefusals = {
  'stale-term': (name: string): string => `${name} asks for an older term`,
  'already-voted': (_: string, votedFor: string): string =>
    `it already voted for ${votedFor} in this term`,
  'leader-known': (): string => 'it knows the leader of this term',
  'leader-heard': (): string => 'a leader was heard a moment ago',
  'log-behind': (name: string): string => `${name}'s log lacks entries that it has`,
} as const;

const transferFailures = {
  'timed-out': 'it did not take over in time',
  'not-a-voter': 'it votes no more',
  slept: 'the leader slept meanwhile',
} as const;

export function narrateElection(note: ElectionNote, { who, name, cause }: Scene): string {
  switch (note.note) {
    case 'preVoteStarted':
      return `${who} heard nothing${silence(cause)} and asks who would vote for it in term ${note.term}`;
    case 'preVoteLost':
      return `${who} does not stand in term ${note.term}: ${list(note.refusedBy.map(name))} would refuse`;
    case 'electionStarted': {
      const heard = cause.type === 'timeout' ? ` heard nothing${silence(cause)} and` : '';
      return `${who}${heard} stands for election in term ${note.term}`;
    }
    case 'electionLost':
      return `${who} loses the election of term ${note.term}: ${list(note.refusedBy.map(name))} refused`;
    case 'becameLeader':
      return `${who} leads term ${note.term}, elected by ${list(note.votes.map(name))}`;
    case 'steppedDown':
      return steppedDown(note, who);
    case 'voteGranted':
      return `${who} votes for ${name(note.to)} in term ${note.term}`;
    case 'voteRefused': {
      const because = voteRefusals[note.reason];
      const votedFor = note.votedFor ? name(note.votedFor) : 'somebody else';
      const refuses = note.preVote ? 'would refuse' : 'refuses';
      return `${who} ${refuses} ${name(note.to)} its vote: ${because(name(note.to), votedFor)}`;
    }
    case 'transferStarted':
      return `${who} hands its office over to ${name(note.to)}`;
    case 'transferAborted':
      return `${who} leads on and does not hand over to ${name(note.to)}: ${transferFailures[note.reason]}`;
    case 'toldToStand':
      return `${who} is told by ${name(note.from)} to take over`;
  }
}

function silence(cause: Scene['cause']): string {
  return cause.type === 'timeout' ? ` for ${seconds(cause.silentTicks)}` : '';
}

const gaveUp = {
  leader: 'no longer leads',
  candidate: 'gives up its candidacy',
  preCandidate: 'no longer asks for votes',
} as const;

function steppedDown(note: RaftNote & { note: 'steppedDown' }, who: string): string {
  const was = gaveUp[note.from];
  switch (note.reason) {
    case 'higher-term':
      return `${who} ${was}: it heard of term ${note.term}`;
    case 'leader-heard':
      return `${who} ${was}: term ${note.term} has a leader`;
    case 'quorum-lost':
      return `${who} ${was}: it no longer hears a majority`;
    case 'slept':
      return `${who} ${was}: it slept too long to be sure of its term`;
    case 'removed':
      return `${who} ${was}: it is no voter any more`;
  }
}
