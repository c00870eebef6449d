/** Full-page sentences: what happened and what to do about it. */

export type NoticeKind =
  | 'unknownRoom'
  | 'roomFull'
  | 'roomLocked'
  | 'nameTaken'
  | 'lostStorage'
  | 'duplicatedTab'
  | 'twin'
  | 'seatOffers'
  | 'removed'
  | 'ended'
  | 'problem';

export type ChoiceId = 'home' | 'retry' | 'takeOver' | 'newSeat' | 'twin' | 'watch';

export interface Choice {
  readonly id: ChoiceId;
  readonly label: string;
  /** What comes of it. */
  readonly note: string;
}

export interface NoticeText {
  readonly title: string;
  readonly text: string;
  /** The first is the one that most people want. */
  readonly choices: readonly Choice[];
}

const home: Choice = { id: 'home', label: 'Back to the start', note: '' };
const retry: Choice = { id: 'retry', label: 'Try again', note: '' };
const newSeat: Choice = {
  id: 'newSeat',
  label: 'Join as somebody new',
  note: 'A new name, a new key and an empty log.',
};

export const notices: Readonly<Record<NoticeKind, NoticeText>> = {
  unknownRoom: {
    title: 'There is no room with this code',
    text: 'Check the code with the person who gave it to you. Rooms close when everybody has left.',
    choices: [home],
  },
  roomFull: {
    title: 'This room is full',
    text: 'Ask the facilitator to open another one, or to remove somebody who has left.',
    choices: [retry, home],
  },
  roomLocked: {
    title: 'The door of this room is locked',
    text: 'Ask the facilitator to unlock it, then try again. Who was in before may always come back.',
    choices: [retry, home],
  },
  nameTaken: {
    title: 'Somebody in this room has this name',
    text: 'Choose another one. If it is you in another tab, go back to that tab.',
    choices: [{ ...newSeat, label: 'Choose another name', note: '' }, home],
  },
  lostStorage: {
    title: 'The disk of your replica is gone',
    text: 'This browser deleted its keys and its log. Your old seat must not vote with an empty log, because it could vote twice in one term; so it stays empty, and you come back as a stranger until the facilitator starts the next epoch.',
    choices: [{ ...newSeat, label: 'Come back as a stranger' }, home],
  },
  duplicatedTab: {
    title: 'This replica already runs in another tab',
    text: 'Two tabs with one key would be two replicas that sign as one. Which one do you want?',
    choices: [
      { ...newSeat, label: 'A seat of its own' },
      { id: 'takeOver', label: 'Move the replica here', note: 'The other tab stops.' },
      {
        id: 'twin',
        label: 'Be its twin',
        note: 'Two replicas sign as one: Byzantine, and everybody is told. The other tab runs both.',
      },
    ],
  },
  twin: {
    title: 'You are twins now',
    text: 'The other tab runs two honest replicas with your one key, and each hears half of the room. It counts against f, and what the two sign may convict you. End it there with “Stop lying”.',
    choices: [{ ...newSeat, label: 'A seat of its own' }, home],
  },
  seatOffers: {
    title: 'You were here before',
    text: 'This browser holds seats of this room that nobody uses now. Come back to one with its key and its log, or join as somebody new.',
    choices: [newSeat],
  },
  removed: {
    title: 'The facilitator removed you from this room',
    text: 'The others go on without you. Speak with the facilitator if that was a mistake.',
    choices: [home],
  },
  ended: {
    title: 'This room has ended',
    text: 'Everybody has left. Your log stays in this browser until you choose “Forget me”.',
    choices: [home],
  },
  problem: {
    title: 'This did not work',
    text: 'Reload the page. If it happens again, start a new room.',
    choices: [retry, home],
  },
};
