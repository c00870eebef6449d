/** PBFT's notes in plain words. Only what a person in the room can use is said. */
import type { PbftNote } from '#protocols/pbft/notes.ts';
import type { Narrate, Told } from '../narration.ts';

const prePrepareRefusals = {
  'not-primary': 'it is not the primary of that view',
  'other-view': 'that is another view',
  'view-changing': 'the view is being changed',
  'outside-window': 'its number lies outside the window',
  'second-digest': 'another batch has that number already',
  'wrong-digest': 'its digest is not that of its batch',
} as const;

const voteRefusals = {
  'of-primary': 'the primary’s pre-prepare stands for it',
  stranger: 'it has no vote',
  'second-digest': 'it voted for another batch before',
} as const;

const moves = {
  'request-late': 'a request was not executed in time',
  'new-view-late': 'the new view did not begin in time',
  'others-move': 'others leave the view, and one of them at least is honest',
} as const;

const viewChangeRefusals = {
  stranger: 'it has no vote',
  'unproven-checkpoint': 'it does not prove its stable checkpoint',
  'wrong-slot': 'it names slots that it must not',
  'unproven-prepared': 'it does not prove what it says was prepared',
} as const;

const newViewRefusals = {
  'not-primary': 'it is not the primary of that view',
  duplicate: 'it counts somebody twice',
  'too-few': 'too few view changes are behind it',
  'other-view': 'its view changes are to another view',
  'invalid-view-change': 'one of its view changes proves nothing',
  'wrong-pre-prepares': 'what it proposes does not follow from its view changes',
} as const;

/** What `note` says, or `null` when it is not worth a line. */
export const narratePbft: Narrate<PbftNote> = (note, scene): Told | null => {
  const { who, name } = scene;
  switch (note.note) {
    case 'prePrepareRefused': {
      // Late ones of a view that is over are nobody's fault.
      const isLate = note.reason === 'other-view' || note.reason === 'view-changing';
      const text = `${who} refuses ${name(note.from)}’s pre-prepare for slot ${note.n}: ${prePrepareRefusals[note.reason]}`;
      return isLate ? null : { text, tone: 'warning' };
    }
    case 'voteIgnored': {
      const text = `${who} ignores ${name(note.from)}’s ${note.kind.toLowerCase()} for slot ${note.n}: ${voteRefusals[note.reason]}`;
      return { text, tone: 'warning' };
    }
    case 'proofRefused':
      return { text: `${who} refuses a proof of ${name(note.from)}`, tone: 'warning' };
    case 'viewChangeStarted':
      return { text: `${who} moves to view ${note.view}: ${moves[note.reason]}`, tone: 'election' };
    case 'newViewSaid':
      return { text: `${who} has a quorum for view ${note.view} and begins it`, tone: 'election' };
    case 'viewEntered': {
      const primary = note.leads ? 'as its primary' : `under ${name(note.primary)}`;
      return { text: `${who} enters view ${note.view} ${primary}`, tone: 'election' };
    }
    case 'viewChangeRefused': {
      const text = `${who} refuses ${name(note.from)}’s VIEW-CHANGE to view ${note.view}: ${viewChangeRefusals[note.reason]}`;
      return { text, tone: 'warning' };
    }
    case 'newViewRefused': {
      const text = `${who} refuses ${name(note.from)}’s NEW-VIEW for view ${note.view}: ${newViewRefusals[note.reason]}`;
      return { text, tone: 'warning' };
    }
    default:
      return narrateRest(note, scene);
  }
};

type Rest = Exclude<
  PbftNote,
  {
    note:
      | 'prePrepareRefused'
      | 'voteIgnored'
      | 'proofRefused'
      | 'viewChangeStarted'
      | 'newViewSaid'
      | 'viewEntered'
      | 'viewChangeRefused'
      | 'newViewRefused';
  }
>;

const narrateRest: Narrate<Rest> = (note, { who, name }): Told | null => {
  switch (note.note) {
    case 'checkpointStable':
      return { text: `${who} knows that everything up to slot ${note.n} is stable`, tone: 'plain' };
    case 'stateFetched': {
      const text = `${who} is behind and fetches the state after slot ${note.n} from ${name(note.from)}`;
      return { text, tone: 'plain' };
    }
    case 'stateRefused': {
      const text = `${who} refuses a piece of the state that ${name(note.from)} sent: its digest is wrong`;
      return { text, tone: 'warning' };
    }
    case 'stateInstalled': {
      if (note.from === null) return null;
      const text = `${who} goes on from the state after slot ${note.n}, sent by ${name(note.from)}`;
      return { text, tone: 'plain' };
    }
    case 'requestsRefused': {
      const commands = note.count === 1 ? 'a command' : `${note.count} commands`;
      return { text: `${who} cannot take ${commands}`, tone: 'plain' };
    }
    case 'operationRefused': {
      const text = `${who} cannot do that: PBFT hands over no office, and its roster stays for the epoch`;
      return { text, tone: 'plain' };
    }
    case 'assumptionBroken':
      return { text: `${who} signs nothing any more: ${note.text}`, tone: 'warning' };
    case 'recovered':
      return { text: `${who} is back in view ${note.view}`, tone: 'plain' };
    case 'epochEnded':
      return { text: `${who} executed the end of the epoch at ${note.index}`, tone: 'room' };
  }
};
