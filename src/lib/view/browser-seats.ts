/** The seats that this browser keeps, as the front door offers and forgets them. */
import { aloneRoom } from '../room/alone.ts';
import { forgetAll, offers } from '../room/seats.ts';
import type { SeatOffer } from './types.ts';

const nameRecord = 'synod-name';

/** The name that was used here last. */
export const lastName = (): string => localStorage.getItem(nameRecord) ?? '';

export function keepName(name: string): void {
  localStorage.setItem(nameRecord, name);
}

/** Seats of rooms, or of room `code`, that nobody holds now. */
export async function seatOffers(code?: string): Promise<SeatOffer[]> {
  const found = (await offers(code)).filter(({ room }) => room !== '' && room !== aloneRoom);
  return found.map(({ id, name, room, lastSeen }) => ({ id, name, code: room, lastSeen }));
}

/** Deletes every key and log of this browser. Resolves to what is in the way, empty when nothing is. */
export async function forgetEverything(): Promise<string> {
  const { left } = await forgetAll();
  localStorage.removeItem(nameRecord);
  return left.length === 0
    ? ''
    : `${left.length} of this browser's seats are still in use by a tab. Close it and try again.`;
}
