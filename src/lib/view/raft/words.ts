/** Raft's notes in plain words. Only what a person in the room can use is said; heartbeats and the like are not. */
import type { RaftNote } from '#protocols/raft/notes.ts';
import type { Narrate, Scene, Told } from '../narration.ts';
import { narrateElection } from './election-words.ts';
import { isAboutMembers, narrateMembers, type MembersNote } from './members-words.ts';

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
  transferring: 'it is handing over its office',
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
  'not-a-voter': 'only who votes can lead',
  'to-itself': 'it leads already',
  'already-transferring': 'it is handing over its office already',
} as const;

/** What `note` says, or `null` when it is not worth a line. */
export const narrateRaft: Narrate<RaftNote> = (note, scene): Told | null =>
  isAboutMembers(note) ? narrateMembers(note, scene) : narrateRest(note, scene);

const narrateRest: Narrate<Exclude<RaftNote, MembersNote>> = (note, scene): Told | null => {
  const { who, name } = scene;
  switch (note.note) {
    case 'preVoteStarted':
    case 'preVoteLost':
    case 'electionStarted':
    case 'electionLost':
    case 'becameLeader':
    case 'steppedDown':
    case 'voteRefused':
    case 'transferStarted':
    case 'transferAborted':
    case 'toldToStand':
      return { text: narrateElection(note, scene), tone: 'election' };
    case 'voteGranted':
      // Who would vote is not worth a line each: the vote itself follows.
      if (note.preVote) return null;
      return { text: narrateElection(note, scene), tone: 'election' };
    case 'leaderLearned':
      return { text: `${who} follows ${name(note.leader)} in term ${note.term}`, tone: 'plain' };
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
    case 'queriesRefused':
      return {
        text: `${who} cannot answer ${note.count === 1 ? 'a read' : `${note.count} reads`}: ${requestRefusals[note.reason]}`,
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
