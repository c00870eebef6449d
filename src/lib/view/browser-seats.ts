/** The seats that this browser keeps, as the front door offers and forgets them. */
import { aloneRoom } from '../room/alone.ts';
import { doorLimits } from '#signaling/messages.ts';
import { createSeat, forgetAll, offers, openSeat, resumeSeat } from '../room/seats.ts';
import type { SeatOutcome } from '../room/seats.ts';
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

const watcher = ' watches';

/** `Ana watches`: told apart from Ana, whom the room may hold. */
export function watcherName(person: string): string {
  const room = doorLimits.nameCharactersMax - watcher.length;
  return ([...person].slice(0, room).join('').trim() || 'Somebody') + watcher;
}

/** For a screen that is asked for nothing: this tab's seat in the room, else a free one of an earlier screen, else a new one. */
export async function seatToWatch(code: string): Promise<SeatOutcome> {
  const resumed = await resumeSeat(code);
  if (resumed.ok || resumed.why !== 'none') return resumed;
  const name = watcherName(lastName());
  const free = (await offers(code)).find((offer) => offer.name === name);
  return free ? openSeat(free.id) : createSeat({ room: code, name, role: 'member' });
}

/** Deletes every key and log of this browser. Resolves to what is in the way, empty when nothing is. */
export async function forgetEverything(): Promise<string> {
  const { left } = await forgetAll();
  localStorage.removeItem(nameRecord);
  return left.length === 0
    ? ''
    : `${left.length} of this browser's seats are still in use by a tab. Close it and try again.`;
}
