/** Where a tab can be. */
import type { DoorError } from '#signaling/messages.ts';
import type { SeatOutcome } from '../room/seats.ts';

/** Full-page sentences, by what went wrong. */
export type Trouble =
  | 'unknownRoom'
  | 'roomFull'
  | 'roomLocked'
  | 'nameTaken'
  | 'lostStorage'
  | 'duplicatedTab'
  | 'twin'
  | 'seatOffers'
  | 'removed'
  | 'problem';

export type Place =
  | { readonly at: 'home' }
  /** Asked for a name, to go into room `code`. */
  | { readonly at: 'name'; readonly code: string }
  | { readonly at: 'entering' }
  | { readonly at: 'room'; readonly code: string }
  | { readonly at: 'trouble'; readonly trouble: Trouble; readonly detail: string };

/** What the door refused, as a full page says it; nothing for what needs words of its own. */
export const troubleOf: Partial<Record<DoorError, Trouble>> = {
  'no-such-room': 'unknownRoom',
  'room-full': 'roomFull',
  'room-locked': 'roomLocked',
  'name-taken': 'nameTaken',
  removed: 'removed',
};

/** Why a seat could not be taken, as a full page says it. */
export function troubleOfSeat({
  why,
  error,
}: Extract<SeatOutcome, { ok: false }>): [trouble: Trouble, detail: string] {
  if (why === 'held') return ['duplicatedTab', ''];
  return [why === 'lost' ? 'lostStorage' : 'problem', error];
}
