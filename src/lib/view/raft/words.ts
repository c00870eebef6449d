/** Raft's notes in plain words. Only what a person in the room can use is said; heartbeats and the like are not. */
import type { RaftNote } from '#protocols/raft/notes.ts';
import type { Narrate, Scene, Told } from '../narration.ts';
import { list, seconds } from '../narration.ts';
import { isAboutMembers, narrateMembers, type MembersNote } from './members-words.ts';

const voteRefusals = {
  'stale-term': (name: string): string => `${name} asks for an older term`,
  'already-voted': (_: string, votedFor: string): string =>
    `it already voted for ${votedFor} in this term`,
  'leader-known': (): string => 'it knows the leader of this term',
  'log-behind': (name: string): string => `${name}'s log lacks entries that it has`,
} as const;

const appendRefusals = {
  'stale-term': (name: string): string => `${name} speaks for a term that is over`,
  'no-match': (_: string, at: string): string => `the entry before them is missing here${at}`,
  'second-leader': (): string => 'another leader spoke for this term, which Raft rules out',
  impossible: (): string => 'they contradict what is committed, which Raft rules out',
} as const;

const requestRefusals = {
  'no-leader': 'it knows no leader',
  'not-leader': 'it is not the leader',
  overloaded: 'too many entries wait to be committed',
  'stopped-voting': 'it stopped voting',
} as const;

const operations = {
  transferLeadership: 'hand over its office',
  changeMembership: 'change who votes',
} as const;

const operationRefusals = {
  'not-leader': 'it is not the leader',
  'change-under-way': 'another change is under way',
  'nothing-committed': 'it has committed nothing in its own term yet',
  'no-voters': 'somebody must vote',
  'named-twice': 'somebody is named twice',
  'too-many': 'so many cannot take part',
  unchanged: 'everything is so already',
} as const;

/** What `note` says, or `null` when it is not worth a line. */
export const narrateRaft: Narrate<RaftNote> = (note, scene): Told | null =>
  isAboutMembers(note) ? narrateMembers(note, scene) : narrateRest(note, scene);

const narrateRest: Narrate<Exclude<RaftNote, MembersNote>> = (
  note,
  { who, name, cause },
): Told | null => {
  switch (note.note) {
    case 'electionStarted': {
      const silence = cause.type === 'timeout' ? ` for ${seconds(cause.silentTicks)}` : '';
      const text = `${who} heard nothing${silence} and stands for election in term ${note.term}`;
      return { text, tone: 'election' };
    }
    case 'electionLost':
      return {
        text: `${who} loses the election of term ${note.term}: ${list(note.refusedBy.map(name))} refused`,
        tone: 'election',
      };
    case 'becameLeader': {
      const votes = list(note.votes.map(name));
      return { text: `${who} leads term ${note.term}, elected by ${votes}`, tone: 'election' };
    }
    case 'steppedDown':
      return { text: steppedDown(note, who), tone: 'election' };
    case 'leaderLearned':
      return { text: `${who} follows ${name(note.leader)} in term ${note.term}`, tone: 'plain' };
    case 'voteGranted':
      return { text: `${who} votes for ${name(note.to)} in term ${note.term}`, tone: 'election' };
    case 'voteRefused': {
      const because = voteRefusals[note.reason];
      const votedFor = note.votedFor ? name(note.votedFor) : 'somebody else';
      const text = `${who} refuses ${name(note.to)} its vote: ${because(name(note.to), votedFor)}`;
      return { text, tone: 'election' };
    }
    case 'appendRefused':
      return appendRefused(note, who, name);
    case 'truncated': {
      const entries =
        note.from === note.to ? `entry ${note.from}` : `entries ${note.from}–${note.to}`;
      const text = `${who} removes ${entries}, never committed, which its leader ${name(note.leader)} does not have`;
      return { text, tone: 'plain' };
    }
    case 'acknowledgementIgnored':
      return {
        text: `${who} ignores ${name(note.from)}'s acknowledgement of entries that were never sent`,
        tone: 'warning',
      };
    case 'requestsRefused':
      return {
        text: `${who} cannot take ${note.count === 1 ? 'a command' : `${note.count} commands`}: ${requestRefusals[note.reason]}`,
        tone: 'plain',
      };
    case 'operationRefused':
      return {
        text: `${who} cannot ${operations[note.operation]}: ${operationRefusals[note.reason]}`,
        tone: 'plain',
      };
    case 'strangerIgnored':
      return {
        text: `${who} ignores the vote of ${name(note.from)}, who is no voter`,
        tone: 'warning',
      };
    case 'assumptionBroken':
      return { text: `${who} stops voting: ${note.text}`, tone: 'warning' };
    case 'recovered':
      return { text: recovered(note, who), tone: 'plain' };
    case 'epochEnded':
      return { text: `${who} executed the end of the epoch at ${note.index}`, tone: 'room' };
  }
};

function recovered({ term, lastIndex }: RaftNote & { note: 'recovered' }, who: string): string {
  const entries = lastIndex === 1 ? 'one entry' : `${lastIndex} entries`;
  return term === 0 && lastIndex === 0
    ? `${who} starts with an empty disk`
    : `${who} is back with term ${term} and ${entries} on its disk`;
}

function steppedDown(note: RaftNote & { note: 'steppedDown' }, who: string): string {
  const was = note.from === 'leader' ? 'no longer leads' : 'gives up its candidacy';
  switch (note.reason) {
    case 'higher-term':
      return `${who} ${was}: it heard of term ${note.term}`;
    case 'leader-heard':
      return `${who} ${was}: term ${note.term} has a leader`;
    case 'slept':
      return `${who} ${was}: it slept too long to be sure of its term`;
    case 'removed':
      return `${who} ${was}: it is no voter any more`;
  }
}

function appendRefused(
  { reason, from, hint }: RaftNote & { note: 'appendRefused' },
  who: string,
  name: Scene['name'],
): Told {
  const at = hint ? `; the logs may agree up to ${hint.index}` : '';
  const text = `${who} refuses entries of ${name(from)}: ${appendRefusals[reason](name(from), at)}`;
  const impossible = reason === 'second-leader' || reason === 'impossible';
  return { text, tone: impossible ? 'warning' : 'plain' };
}
