/**
 * The rules of one room: who is let in, who is told, who is kept out. Pure: connections are names, time is passed
 * in, and what is to be sent comes back as a list.
 */
import { doorLimits, type DoorError, type DoorMember, type ToTab } from './messages.ts';

/** Names one open socket: the process that has it, a dot, and a number never used twice there. */
export type ConnectionId = string;

export const processOf = (connection: ConnectionId): string => connection.split('.', 1)[0] ?? '';

/** Why the server ends a connection of its own accord. */
export type FarewellReason = 'replaced' | 'removed';

export type Outgoing =
  | { readonly to: ConnectionId; readonly message: ToTab }
  | { readonly to: ConnectionId; readonly close: FarewellReason };

export interface Present {
  readonly member: DoorMember;
  readonly connection: ConnectionId;
  /** When it came in by the clock of its process, ms since 1970: of two connections the later is the member's. */
  readonly at: number;
}

export interface Room {
  readonly code: string;
  facilitator: string;
  locked: boolean;
  /** Remade from a tab's word after the server died: it cannot know who was in before, so it believes `resume`. */
  madeAnew: boolean;
  /** Members whose connection is open, by member id. */
  readonly present: Map<string, Present>;
  /** The same by connection: the id of the member for whom it speaks. */
  readonly seats: Map<ConnectionId, string>;
  /** Names of all who were in and have not left, by member id, oldest first. Holds every member of `present`. */
  readonly known: Map<string, string>;
  /** Ids of guests the facilitator showed out, oldest first. Disjoint from `present` and `known`. */
  readonly removed: Set<string>;
  /** Time in ms at which the last member went; `null` while somebody is in. */
  emptySince: number | null;
}

/** Fresh keys cost nothing, so one visitor after another could fill a room's memory with those who were in. */
export const knownMax = 4 * doorLimits.membersPerRoomMax;
export const removedMax = 4 * doorLimits.membersPerRoomMax;

export interface EnterAs {
  readonly connection: ConnectionId;
  readonly member: DoorMember;
  readonly at: number;
  /** The tab says that it was in before (`resume`), which only a room made anew has to believe. */
  readonly returning: boolean;
}

export function createRoom(options: { code: string; facilitator: string; now: number }): Room {
  return {
    code: options.code,
    facilitator: options.facilitator,
    locked: false,
    madeAnew: false,
    present: new Map(),
    seats: new Map(),
    known: new Map(),
    removed: new Set(),
    emptySince: options.now,
  };
}

/** Two names that people would take for one: case, width and inner spaces do not tell them apart. */
export function nameKey(name: string): string {
  return name.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim();
}

/** Why `entry` may not come in, or `null`. The order decides which of several reasons a person reads. */
function refusal(room: Room, entry: EnterAs): DoorError | null {
  const { id, name } = entry.member;
  if (room.removed.has(id)) return 'removed';
  const wasIn = room.known.has(id) || (room.madeAnew && entry.returning);
  if (room.locked && !wasIn && id !== room.facilitator) return 'room-locked';
  if (!room.present.has(id) && room.present.size >= doorLimits.membersPerRoomMax) {
    return 'room-full';
  }
  // Somebody asleep keeps its name: its seat in the running cluster bears it.
  const key = nameKey(name);
  for (const [other, otherName] of room.known) {
    if (other !== id && nameKey(otherName) === key) return 'name-taken';
  }
  return null;
}

/** Lets `entry` in, or says why not. */
export function enter(room: Room, entry: EnterAs, now: number): Outgoing[] {
  const error = refusal(room, entry);
  if (error) return refuse(entry.connection, error);
  const { member, connection, at } = entry;
  const outgoing: Outgoing[] = [];
  const before = room.seats.get(connection);
  // The same tab may go from name to name on one connection.
  if (before !== undefined && before !== member.id) outgoing.push(...depart(room, before, now));
  outgoing.push(...seat(room, { member, connection, at }));
  const members = [...room.present.values()].map((present) => present.member);
  const { code, facilitator, locked } = room;
  outgoing.push({
    to: connection,
    message: { type: 'joined', code, facilitator, locked, members },
  });
  outgoing.push(...tellOthers(room, member.id, { type: 'arrived', member }));
  return outgoing;
}

export function refuse(to: ConnectionId, error: DoorError, about?: string): Outgoing[] {
  return [{ to, message: { type: 'error', error, ...(about === undefined ? {} : { about }) } }];
}

/** Gives a member its place, and ends the stale connection that spoke for it. */
export function seat(room: Room, present: Present): Outgoing[] {
  const { member, connection } = present;
  const stale = room.present.get(member.id)?.connection;
  if (stale !== undefined) room.seats.delete(stale);
  room.present.set(member.id, present);
  room.seats.set(connection, member.id);
  remember(room, member);
  room.emptySince = null;
  return stale === undefined || stale === connection ? [] : [{ to: stale, close: 'replaced' }];
}

function remember(room: Room, member: DoorMember): void {
  room.known.delete(member.id);
  room.known.set(member.id, member.name);
  if (room.known.size <= knownMax) return;
  for (const id of room.known.keys()) {
    if (room.present.has(id)) continue;
    room.known.delete(id);
    return;
  }
}

/** `message` for everybody present but `except`. */
export function tellOthers(room: Room, except: string | null, message: ToTab): Outgoing[] {
  return [...room.present.values()]
    .filter(({ member }) => member.id !== except)
    .map(({ connection }) => ({ to: connection, message }));
}

/** The member's connection is gone. Its place and its name stay its own. */
export function depart(room: Room, memberId: string, now: number): Outgoing[] {
  const present = room.present.get(memberId);
  if (!present) return [];
  room.present.delete(memberId);
  room.seats.delete(present.connection);
  if (room.present.size === 0) room.emptySince = now;
  return tellOthers(room, null, { type: 'departed', member: memberId });
}

/** The member left for good: its name is free. */
export function forgetMember(room: Room, memberId: string): void {
  room.known.delete(memberId);
}

/** Shows a guest out, present or asleep, and keeps it out. */
export function removeMember(room: Room, memberId: string, now: number): Outgoing[] {
  const guest = room.present.get(memberId);
  room.removed.delete(memberId);
  room.removed.add(memberId);
  for (const oldest of room.removed) {
    if (room.removed.size <= removedMax) break;
    room.removed.delete(oldest);
  }
  room.known.delete(memberId);
  if (!guest) return [];
  return [
    ...refuse(guest.connection, 'removed'),
    { to: guest.connection, close: 'removed' },
    ...depart(room, memberId, now),
  ];
}
