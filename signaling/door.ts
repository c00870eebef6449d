/**
 * All rooms of one server. Pure like `room.ts`: no sockets, no clock, no randomness; each comes in with the event.
 * `enter` checks nothing about keys: the server has done that before it hands a member in.
 */
import { doorLimits, type DoorError, type DoorMember, type ToServer } from './messages.ts';
import {
  createRoom,
  depart,
  enter,
  forgetMember,
  isFacilitator,
  removeMember,
  tellOthers,
  type ConnectionId,
  type EnterAs,
  type Outgoing,
  type Room,
} from './room.ts';

/** An empty room waits this long, so that phones that all went to sleep find it when they wake. */
export const emptyRoomMs = 30 * 60_000;

export interface Seat {
  readonly code: string;
  readonly memberId: string;
}

export interface Door {
  readonly rooms: Map<string, Room>;
  /** Which place a connection holds. A connection that has not entered a room is not in it. */
  readonly seats: Map<ConnectionId, Seat>;
  readonly roomsMax: number;
}

export type DoorEvent =
  /** `code` was drawn by the server and names no room yet. */
  | { type: 'create'; connection: ConnectionId; member: DoorMember; code: string }
  | { type: 'join'; connection: ConnectionId; member: DoorMember; code: string }
  | {
      type: 'resume';
      connection: ConnectionId;
      member: DoorMember;
      code: string;
      facilitator: string;
      locked: boolean;
    }
  | (Extract<ToServer, { type: 'signal' | 'lock' | 'remove' | 'leave' }> & {
      connection: ConnectionId;
    })
  /** The socket is gone, for whatever reason. */
  | { type: 'disconnect'; connection: ConnectionId }
  /** Time to look for rooms that nobody came back to. */
  | { type: 'expire' };

export function createDoor(roomsMax: number = doorLimits.roomsMax): Door {
  return { rooms: new Map(), seats: new Map(), roomsMax };
}

/** What `event` does to `door`, and what is to be sent because of it, in order. `now` in ms, never going back. */
export function step(door: Door, event: DoorEvent, now: number): Outgoing[] {
  switch (event.type) {
    case 'create':
      return open(door, event, now);
    case 'join':
      if (!door.rooms.has(event.code)) return refuse(event.connection, 'no-such-room');
      return admit(door, { ...event, returning: false }, now);
    case 'resume':
      return resume(door, event, now);
    case 'signal':
      return passOn(door, event);
    case 'lock':
      return lock(door, event.connection, event.locked);
    case 'remove':
      return remove(door, event.connection, event.member, now);
    case 'leave':
      return leave(door, event.connection, now);
    case 'disconnect':
      return vacate(door, event.connection, now);
    case 'expire':
      expire(door, now);
      return [];
  }
}

export function refuse(to: ConnectionId, error: DoorError, about?: string): Outgoing[] {
  return [{ to, message: { type: 'error', error, ...(about === undefined ? {} : { about }) } }];
}

type Entry = EnterAs & { code: string };

function open(door: Door, event: Extract<DoorEvent, { type: 'create' }>, now: number): Outgoing[] {
  if (door.rooms.has(event.code)) throw new Error('the server drew a code that is in use');
  if (!makePlace(door)) return refuse(event.connection, 'server-full');
  const room = createRoom({ code: event.code, facilitator: event.member.id, now });
  door.rooms.set(event.code, room);
  return admit(door, { ...event, returning: false }, now);
}

/**
 * A room unknown here was made by a server that has died. It is made anew from what the tab says. Who speaks first
 * names the facilitator, which decides no more than who may lock this door: orders inside the room are signed.
 */
function resume(
  door: Door,
  event: Extract<DoorEvent, { type: 'resume' }>,
  now: number,
): Outgoing[] {
  if (!door.rooms.has(event.code)) {
    if (!makePlace(door)) return refuse(event.connection, 'server-full');
    const { code, facilitator, locked } = event;
    const room = createRoom({ code, facilitator, now });
    room.locked = locked;
    room.madeAnew = true;
    door.rooms.set(code, room);
  }
  return admit(door, { ...event, returning: true }, now);
}

function admit(door: Door, entry: Entry, now: number): Outgoing[] {
  const room = door.rooms.get(entry.code);
  if (!room) throw new Error('admit is called for rooms that exist');
  const outcome = enter(room, entry);
  if (!outcome.ok) return refuse(entry.connection, outcome.error);
  // The same tab may go from room to room, or from name to name, on one connection.
  const before = door.seats.get(entry.connection);
  const moved = before && (before.code !== entry.code || before.memberId !== entry.member.id);
  const farewell = moved ? vacate(door, entry.connection, now) : [];
  if (outcome.replaced !== undefined) door.seats.delete(outcome.replaced);
  door.seats.set(entry.connection, { code: entry.code, memberId: entry.member.id });
  return [...farewell, ...outcome.outgoing];
}

function seatOf(door: Door, connection: ConnectionId): { room: Room; memberId: string } | null {
  const seat = door.seats.get(connection);
  const room = seat && door.rooms.get(seat.code);
  return seat && room ? { room, memberId: seat.memberId } : null;
}

function passOn(
  door: Door,
  event: { connection: ConnectionId; to: string; data: string },
): Outgoing[] {
  const seat = seatOf(door, event.connection);
  const target = seat?.room.present.get(event.to);
  if (!seat || !target) return refuse(event.connection, 'not-there', event.to);
  const message = { type: 'signal', from: seat.memberId, data: event.data } as const;
  return [{ to: target.connection, message }];
}

function lock(door: Door, connection: ConnectionId, locked: boolean): Outgoing[] {
  const seat = seatOf(door, connection);
  if (!seat || !isFacilitator(seat)) return refuse(connection, 'not-allowed');
  seat.room.locked = locked;
  seat.room.madeAnew = false;
  return tellOthers(seat.room, null, { type: 'locked', locked });
}

function remove(door: Door, connection: ConnectionId, memberId: string, now: number): Outgoing[] {
  const seat = seatOf(door, connection);
  if (!seat || !isFacilitator(seat)) return refuse(connection, 'not-allowed');
  // A room without its facilitator could never be unlocked again.
  if (memberId === seat.memberId) return refuse(connection, 'bad-message');
  const guest = seat.room.present.get(memberId);
  if (guest) door.seats.delete(guest.connection);
  return removeMember(seat.room, memberId, now);
}

function leave(door: Door, connection: ConnectionId, now: number): Outgoing[] {
  const seat = seatOf(door, connection);
  if (!seat) return [];
  const outgoing = vacate(door, connection, now);
  forgetMember(seat.room, seat.memberId);
  return outgoing;
}

function vacate(door: Door, connection: ConnectionId, now: number): Outgoing[] {
  const seat = seatOf(door, connection);
  door.seats.delete(connection);
  return seat ? depart(seat.room, seat.memberId, now) : [];
}

function expire(door: Door, now: number): void {
  for (const [code, room] of door.rooms) {
    if (room.emptySince !== null && now - room.emptySince >= emptyRoomMs) door.rooms.delete(code);
  }
}

/** Whether one more room fits. A full server gives up the room that has been empty longest: `resume` remakes it. */
function makePlace(door: Door): boolean {
  if (door.rooms.size < door.roomsMax) return true;
  let longest: Room | null = null;
  for (const room of door.rooms.values()) {
    if (room.emptySince === null) continue;
    if (longest === null || room.emptySince < (longest.emptySince ?? Infinity)) longest = room;
  }
  return longest !== null && door.rooms.delete(longest.code);
}
