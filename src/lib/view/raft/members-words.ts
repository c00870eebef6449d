/** Who votes, and what a log forgets, in plain words. */
import type { RaftNote } from '#protocols/raft/notes.ts';
import type { Scene, Told } from '../narration.ts';
import { list } from '../narration.ts';

type Name = Scene['name'];
type Noted<Kind extends RaftNote['note']> = Extract<RaftNote, { note: Kind }>;

const kinds = [
  'configurationInForce',
  'learnersAdded',
  'learnerCaughtUp',
  'changeAbandoned',
  'membershipChanged',
  'compacted',
  'snapshotNeeded',
  'snapshotRestored',
  'snapshotRefused',
] as const;
export type MembersNote = Noted<(typeof kinds)[number]>;

const abandonReasons = {
  'no-answer': 'does not answer',
  'too-slow': 'does not catch up',
} as const;

export function isAboutMembers(note: RaftNote): note is MembersNote {
  return (kinds as readonly string[]).includes(note.note);
}

export function narrateMembers(note: MembersNote, { who, name }: Scene): Told {
  switch (note.note) {
    case 'configurationInForce': {
      const text = `${who} goes by entry ${note.index} now: ${voters(note, name)}`;
      return { text, tone: 'plain' };
    }
    case 'learnersAdded': {
      const learners = list(note.learners.map(name));
      return { text: `${who} first sends ${learners} everything, without a vote`, tone: 'room' };
    }
    case 'learnerCaughtUp': {
      const rounds = note.rounds === 1 ? 'one round' : `${note.rounds} rounds`;
      return {
        text: `${name(note.learner)} has caught up with ${who} in ${rounds}`,
        tone: 'plain',
      };
    }
    case 'changeAbandoned': {
      const why = `${name(note.newcomer)} ${abandonReasons[note.reason]}`;
      return { text: `${who} gives up the change of who votes: ${why}`, tone: 'warning' };
    }
    case 'membershipChanged':
      return { text: `Committed at ${note.index}: ${changes(note, name)}`, tone: 'room' };
    case 'compacted': {
      const text = `${who} puts everything up to ${note.lastIncludedIndex} into a snapshot`;
      return { text, tone: 'plain' };
    }
    case 'snapshotNeeded': {
      const why = 'the entries it lacks are no longer in the log';
      return { text: `${who} sends ${name(note.to)} its snapshot: ${why}`, tone: 'plain' };
    }
    case 'snapshotRestored': {
      const from = note.from === null ? 'on its own disk' : `of ${name(note.from)}`;
      const text = `${who} goes on from the snapshot ${from}, up to ${note.lastIncludedIndex}`;
      return { text, tone: 'plain' };
    }
    case 'snapshotRefused':
      return { text: `${who} refuses a snapshot of ${name(note.from)}`, tone: 'warning' };
  }
}

function voters(
  { voters, votersOld, learners }: Noted<'configurationInForce'>,
  name: Name,
): string {
  const joint =
    votersOld.length > 0 ? `a majority of ${list(votersOld.map(name))} and another of ` : '';
  const learning = learners.length > 0 ? `, ${list(learners.map(name))} without a vote` : '';
  return `${joint}${list(voters.map(name))}${joint ? '' : ' vote'}${learning}`;
}

function changes({ promoted, removed, learners }: Noted<'membershipChanged'>, name: Name): string {
  const parts: string[] = [];
  if (promoted.length > 0) parts.push(`${list(promoted.map(name))} votes from now on`);
  if (removed.length > 0) parts.push(`${list(removed.map(name))} votes no longer`);
  if (learners.length > 0) parts.push(`without a vote: ${list(learners.map(name))}`);
  return parts.length > 0 ? parts.join('; ') : 'nobody learns any more';
}
