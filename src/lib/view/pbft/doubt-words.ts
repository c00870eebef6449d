/** Why a replica does not believe what another says, in plain words. */
import type { PbftNote } from '#protocols/pbft/notes.ts';
import type { Narrate, Told } from '../narration.ts';

export type Doubt = Extract<
  PbftNote,
  {
    note:
      | 'prePrepareRefused'
      | 'voteIgnored'
      | 'proofRefused'
      | 'viewChangeRefused'
      | 'newViewRefused'
      | 'stateRefused';
  }
>;

const proposals = {
  'not-primary': 'it is not the primary of that view',
  'other-view': 'that is another view',
  'view-changing': 'the view is being changed',
  'outside-window': 'the slot is too far away',
  'second-digest': 'it proposed something else for that slot before',
  'wrong-digest': 'the digest it signed is not that of the commands it sent',
} as const;

const votes = {
  'of-primary': 'the primary’s proposal stands for it',
  stranger: 'it has no vote',
  'second-digest': 'it voted for something else there before',
} as const;

const viewChanges = {
  stranger: 'it has no vote',
  'unproven-checkpoint': 'the state it starts from is not proven',
  'wrong-slot': 'it names slots that it must not',
  'unproven-prepared': 'it does not prove what it says was prepared',
} as const;

const newViews = {
  'not-primary': 'it is not the primary of that view',
  duplicate: 'it counts somebody twice',
  'too-few': 'too few ask for that view',
  'other-view': 'those it shows ask for another view',
  'invalid-view-change': 'somebody it shows proves nothing',
  'wrong-pre-prepares': 'it leaves out or adds what does not follow from those it shows',
} as const;

const kinds = { PREPARE: 'prepare', COMMIT: 'commit', CHECKPOINT: 'checkpoint' } as const;

const warning = (text: string): Told => ({ text, tone: 'warning' });

export const narrateDoubt: Narrate<Doubt> = (note, { who, name }): Told | null => {
  const other = name(note.from);
  switch (note.note) {
    case 'prePrepareRefused': {
      // Late ones of a view that is over are nobody's fault.
      if (note.reason === 'other-view' || note.reason === 'view-changing') return null;
      return warning(
        `${who} refuses ${other}’s proposal for slot ${note.n}: ${proposals[note.reason]}`,
      );
    }
    case 'voteIgnored': {
      const vote = kinds[note.kind];
      return warning(
        `${who} does not count ${other}’s ${vote} for slot ${note.n}: ${votes[note.reason]}`,
      );
    }
    case 'proofRefused':
      return warning(`${who} refuses what ${other} sent as a proof: it proves nothing`);
    case 'viewChangeRefused':
      return warning(
        `${who} does not count ${other}, who asks for view ${note.view}: ${viewChanges[note.reason]}`,
      );
    case 'newViewRefused':
      return warning(
        `${who} refuses ${other}’s beginning of view ${note.view}: ${newViews[note.reason]}`,
      );
    case 'stateRefused':
      return warning(`${who} refuses a piece of the state that ${other} sent: its digest is wrong`);
  }
};
