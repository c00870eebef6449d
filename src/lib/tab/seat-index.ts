/**
 * What a browser remembers of its seats outside their databases: sessionStorage says which seat this tab holds in
 * which room (it survives a reload, and a duplicated tab gets a copy of it), localStorage which seats there are at
 * all, for browsers that cannot list their databases. Both are hints; a browser that refuses them loses only those.
 */
import { isMemberId, type MemberId } from '#protocols/core/ids.ts';
import { reportedSeats } from './seat-db.ts';

const tabPrefix = 'synod-seat-in/';
const indexKey = 'synod-seats';

/** The seat this tab last held in `room`. */
export function seatOfTab(room: string): MemberId | null {
  const id = quietly(() => sessionStorage.getItem(tabPrefix + room)) ?? '';
  return isMemberId(id) ? id : null;
}

export function setSeatOfTab(room: string, member: MemberId): void {
  quietly(() => sessionStorage.setItem(tabPrefix + room, member));
}

/** Makes this tab forget every room in which it held `member`. */
export function dropSeatOfTab(member: MemberId): void {
  quietly(() => {
    for (const key of Object.keys(sessionStorage)) {
      if (key.startsWith(tabPrefix) && sessionStorage.getItem(key) === member)
        sessionStorage.removeItem(key);
    }
  });
}

/** Every seat of this browser: by its databases where it lists them, and by the index. */
export async function allSeats(): Promise<MemberId[]> {
  const reported = await reportedSeats();
  return reported ?? indexedSeats();
}

export function addToIndex(member: MemberId): void {
  writeIndex([...new Set([...indexedSeats(), member])]);
}

export function dropFromIndex(member: MemberId): void {
  writeIndex(indexedSeats().filter((other) => other !== member));
}

function indexedSeats(): MemberId[] {
  const ids = quietly(() => JSON.parse(localStorage.getItem(indexKey) ?? '[]') as unknown);
  if (!Array.isArray(ids)) return [];
  return ids.filter((id): id is MemberId => typeof id === 'string' && isMemberId(id));
}

function writeIndex(members: readonly MemberId[]): void {
  quietly(() => localStorage.setItem(indexKey, JSON.stringify(members)));
}

/** `null` where site data is refused, full, or no longer what was written. */
function quietly<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}
