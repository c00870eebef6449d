/**
 * All rooms that this process takes part in. Pure like `room.ts`: no sockets, no clock, no randomness; each comes in
 * with the event. Where several processes share rooms, all step a room's events in one order and so agree about it.
 * Nothing here checks keys: a server has done that before it lets an event come this far.
 */
import { doorLimits, type DoorMember } from './messages.ts';
import {
  createRoom,
  depart,
  enter,
  forgetMember,
  refuse,
  removeMember,
  tellOthers,
  type ConnectionId,
  type Outgoing,
  type Room,
} from './room.ts';

/** An empty room waits this long, so that phones that all went to sleep find it when they wake. */
export const emptyRoomMs = 30 * 60_000;

export interface Door {
  readonly rooms: Map<string, Room>;
  readonly roomsMax: number;
}

export type DoorEvent = {
  readonly code: string;
  readonly connection: ConnectionId;
  /** By the clock of the process that has the connection, ms since 1970. */
  readonly at: number;
} & (
  | { readonly type: 'create' | 'join'; readonly member: DoorMember }
  | {
      readonly type: 'resume';
      readonly member: DoorMember;
      readonly facilitator: string;
      readonly locked: boolean;
    }
  | { readonly type: 'lock'; readonly locked: boolean }
  | { readonly type: 'remove'; readonly member: string }
  | { readonly type: 'leave' }
  /** The socket is gone, for whatever reason. */
  | { readonly type: 'disconnect' }
);

export function createDoor(roomsMax: number = doorLimits.roomsMax): Door {
  return { rooms: new Map(), roomsMax };
}

/** What `event` does to `door`, and what is to be sent because of it, in order. `now` in ms, never going back. */
export function step(door: Door, event: DoorEvent, now: number): Outgoing[] {
  if (event.type === 'create' || event.type === 'resume') makeRoom(door, event, now);
  const { connection } = event;
  const room = door.rooms.get(event.code);
  if (event.type === 'create' || event.type === 'join' || event.type === 'resume') {
    if (!room) return refuse(connection, 'no-such-room');
    return enter(room, { ...event, returning: event.type === 'resume' }, now);
  }
  const memberId = room?.seats.get(connection);
  if (!room || memberId === undefined) {
    const isOrder = event.type === 'lock' || event.type === 'remove';
    return isOrder ? refuse(connection, 'not-allowed') : [];
  }
  switch (event.type) {
    case 'lock':
      return lock(room, { memberId, connection, locked: event.locked });
    case 'remove':
      return remove(room, { memberId, connection, whom: event.member }, now);
    case 'leave':
    case 'disconnect': {
      const outgoing = depart(room, memberId, now);
      if (event.type === 'leave') forgetMember(room, memberId);
      return outgoing;
    }
  }
}

/**
 * A room unknown to `resume` was made by servers that have died. It is made anew from what the tab says. Who speaks
 * first names the facilitator, which decides no more than who may lock this door: orders inside the room are signed.
 */
function makeRoom(
  door: Door,
  event: Extract<DoorEvent, { type: 'create' | 'join' } | { type: 'resume' }>,
  now: number,
): void {
  if (door.rooms.has(event.code)) return;
  const isResume = event.type === 'resume';
  const facilitator = isResume ? event.facilitator : event.member.id;
  const room = createRoom({ code: event.code, facilitator, now });
  room.locked = isResume && event.locked;
  room.madeAnew = isResume;
  door.rooms.set(event.code, room);
}

interface Order {
  readonly memberId: string;
  readonly connection: ConnectionId;
}

function lock(room: Room, { memberId, connection, locked }: Order & { locked: boolean }) {
  if (room.facilitator !== memberId) return refuse(connection, 'not-allowed');
  room.locked = locked;
  room.madeAnew = false;
  return tellOthers(room, null, { type: 'locked', locked });
}

function remove(
  room: Room,
  { memberId, connection, whom }: Order & { whom: string },
  now: number,
): Outgoing[] {
  if (room.facilitator !== memberId) return refuse(connection, 'not-allowed');
  // A room without its facilitator could never be unlocked again.
  if (memberId === whom) return refuse(connection, 'bad-message');
  return removeMember(room, whom, now);
}

/** Forgets the rooms that nobody came back to; their codes. */
export function expire(door: Door, now: number): string[] {
  const codes = [...door.rooms.values()]
    .filter(({ emptySince }) => emptySince !== null && now - emptySince >= emptyRoomMs)
    .map(({ code }) => code);
  for (const code of codes) door.rooms.delete(code);
  return codes;
}

/** The room that has been empty longest, for a full server to give up: `resume` remakes it. */
export function leastMissed(door: Door): string | null {
  let longest: Room | null = null;
  for (const room of door.rooms.values()) {
    if (room.emptySince === null) continue;
    if (longest === null || room.emptySince < (longest.emptySince ?? Infinity)) longest = room;
  }
  return longest?.code ?? null;
}
