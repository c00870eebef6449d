/** A room as it goes from one process to another, and two of one room laid together. Pure. */
import type { RoomState } from './bus-messages.ts';
import { doorLimits } from './messages.ts';
import {
  createRoom,
  removeMember,
  knownMax,
  processOf,
  seat,
  tellOthers,
  type Outgoing,
  type Room,
} from './room.ts';

export function stateOf(room: Room): RoomState {
  return {
    facilitator: room.facilitator,
    locked: room.locked,
    madeAnew: room.madeAnew,
    present: [...room.present.values()],
    known: [...room.known],
    removed: [...room.removed],
  };
}

export function roomOf(code: string, state: RoomState, now: number): Room {
  const room = createRoom({ code, facilitator: state.facilitator, now });
  room.locked = state.locked;
  room.madeAnew = state.madeAnew;
  for (const [id, name] of state.known) room.known.set(id, name);
  for (const id of state.removed) room.removed.add(id);
  for (const present of state.present) seat(room, present);
  return room;
}

/**
 * Takes into `room` what the process `from` has that went on without us: its own members, and what was decided there.
 * A locked door stays locked and a guest shown out stays out, whichever side did it; of two connections of one member
 * the later is its own. What comes out is the same whichever of the two is laid on the other.
 */
export function merge(room: Room, state: RoomState, { from, now }: { from: string; now: number }) {
  const outgoing: Outgoing[] = [];
  if (state.facilitator !== room.facilitator) {
    const [ours, theirs] = [trustOf(room), trustOf(state)];
    if (theirs > ours) room.facilitator = state.facilitator;
  }
  room.madeAnew &&= state.madeAnew;
  if (state.locked && !room.locked) {
    room.locked = true;
    outgoing.push(...tellOthers(room, null, { type: 'locked', locked: true }));
  }
  for (const [id, name] of state.known) {
    if (room.known.size < knownMax && !room.known.has(id)) room.known.set(id, name);
  }
  for (const present of state.present) {
    if (processOf(present.connection) !== from || room.removed.has(present.member.id)) continue;
    outgoing.push(...takeIn(room, present));
  }
  for (const id of state.removed) {
    if (!room.removed.has(id)) outgoing.push(...removeMember(room, id, now));
  }
  return outgoing;
}

/** A room made anew has its facilitator from one tab's word; between equals any rule will do that is the same for all. */
const trustOf = ({ madeAnew, facilitator }: Pick<Room, 'madeAnew' | 'facilitator'>): string =>
  `${madeAnew ? 0 : 1} ${facilitator}`;

function takeIn(room: Room, theirs: RoomState['present'][number]): Outgoing[] {
  const { member, connection } = theirs;
  const ours = room.present.get(member.id);
  if (ours?.connection === connection) return [];
  if (ours && (ours.at > theirs.at || (ours.at === theirs.at && ours.connection > connection))) {
    return [{ to: connection, close: 'replaced' }];
  }
  // Each side may have filled up on its own: who is one too many here is let in when it comes again.
  if (!ours && room.present.size >= doorLimits.membersPerRoomMax) return [];
  return [...seat(room, theirs), ...tellOthers(room, member.id, { type: 'arrived', member })];
}
