/** The rules of the rooms, with neither sockets nor a clock. */
import { describe, expect, test } from 'vitest';
import { createDoor, emptyRoomMs, expire, leastMissed, step, type Door } from '#signaling/door.ts';
import type { DoorEvent } from '#signaling/door.ts';
import { doorLimits, type DoorMember } from '#signaling/messages.ts';
import { knownMax, removedMax } from '#signaling/room.ts';
import { stranger } from './identity.ts';

const code = '234567';
const [ana, ben, cy] = [stranger('Ana'), stranger('Ben'), stranger('Cy')];

type Part<E> = E extends DoorEvent
  ? Omit<E, 'at' | 'code' | 'connection'> & { connection: number; code?: string }
  : never;

/** Steps an event in `code`'s room; connections are numbers here. */
function act(door: Door, event: Part<DoorEvent>, now: number) {
  const connection = String(event.connection);
  const outgoing = step(door, { code, at: now, ...event, connection } as DoorEvent, now);
  return outgoing.map((item) => ({ ...item, to: Number(item.to) }));
}

function open(door: Door = createDoor()): Door {
  act(door, { type: 'create', connection: 1, member: ana, code }, 0);
  return door;
}

const join = (door: Door, connection: number, member: DoorMember, now = 0) =>
  act(door, { type: 'join', connection, member, code }, now);

const resume = (door: Door, connection: number, member: DoorMember, locked = false) =>
  act(door, { type: 'resume', connection, member, code, facilitator: ana.id, locked }, 0);

const refusal = (to: number, error: string, about?: string) => [
  { to, message: { type: 'error', error, ...(about ? { about } : {}) } },
];

const joined = (members: DoorMember[], locked = false) => ({
  type: 'joined',
  code,
  facilitator: ana.id,
  locked,
  members,
});

describe('entering', () => {
  test('who opens a room is its facilitator and its first member', () => {
    const door = createDoor();
    const outgoing = act(door, { type: 'create', connection: 1, member: ana, code }, 0);
    expect(outgoing).toEqual([{ to: 1, message: joined([ana]) }]);
  });

  test('who joins is told who is there, and they are told who came', () => {
    expect(join(open(), 2, ben)).toEqual([
      { to: 2, message: joined([ana, ben]) },
      { to: 1, message: { type: 'arrived', member: ben } },
    ]);
  });

  test('a code that names no room is refused', () => {
    expect(join(createDoor(), 2, ben)).toEqual(refusal(2, 'no-such-room'));
  });

  test('a full room is refused to one more, and open again when one goes', () => {
    const door = open();
    for (let i = 2; i <= doorLimits.membersPerRoomMax; i += 1) join(door, i, stranger(`m${i}`));
    expect(join(door, 100, ben)).toEqual(refusal(100, 'room-full'));
    act(door, { type: 'disconnect', connection: 2 }, 0);
    expect(join(door, 100, ben)[0]).toMatchObject({ message: { type: 'joined' } });
  });

  test('a full room lets one of its own come back on a new connection', () => {
    const door = open();
    for (let i = 2; i <= doorLimits.membersPerRoomMax; i += 1) join(door, i, stranger(`m${i}`));
    expect(join(door, 100, ana)).toContainEqual({ to: 1, close: 'replaced' });
  });

  test('a name is taken whatever its case, its width or its spaces', () => {
    const door = open();
    for (const name of ['Ana', 'ANA', 'ａｎａ']) {
      expect(join(door, 2, stranger(name))).toEqual(refusal(2, 'name-taken'));
    }
    join(door, 3, stranger('Jo  Ann'));
    expect(join(door, 4, stranger('jo ann'))).toEqual(refusal(4, 'name-taken'));
  });

  test('one connection that goes from name to name leaves the first', () => {
    const door = open();
    join(door, 2, ben);
    expect(join(door, 2, cy)).toContainEqual({
      to: 1,
      message: { type: 'departed', member: ben.id },
    });
    expect([...(door.rooms.get(code)?.present.keys() ?? [])]).toEqual([ana.id, cy.id]);
    expect(door.rooms.get(code)?.seats.get('2')).toBe(cy.id);
  });

  test('what a full server gives up is the room that has been empty longest', () => {
    const door = open();
    expect(leastMissed(door)).toBeNull();
    act(door, { type: 'create', connection: 2, member: ben, code: '222222' }, 0);
    act(door, { type: 'disconnect', connection: 2, code: '222222' }, 10);
    act(door, { type: 'disconnect', connection: 1 }, 20);
    expect(leastMissed(door)).toBe('222222');
  });
});

describe('coming back', () => {
  test('a member on a new connection replaces its stale one, which then speaks for nobody', () => {
    const door = open();
    join(door, 2, ben);
    const outgoing = join(door, 3, ben);
    expect(outgoing[0]).toEqual({ to: 2, close: 'replaced' });
    expect(outgoing).toContainEqual({ to: 1, message: { type: 'arrived', member: ben } });
    const lock = { type: 'lock', connection: 2, locked: true } as const;
    expect(act(door, lock, 0)).toEqual(refusal(2, 'not-allowed'));
    expect(act(door, { type: 'disconnect', connection: 2 }, 0)).toEqual([]);
    expect(door.rooms.get(code)?.present.get(ben.id)?.connection).toBe('3');
  });

  test('the others are told who went; the name of one asleep stays its own', () => {
    const door = open();
    join(door, 2, ben);
    expect(act(door, { type: 'disconnect', connection: 2 }, 0)).toEqual([
      { to: 1, message: { type: 'departed', member: ben.id } },
    ]);
    expect(join(door, 3, stranger('ben'))).toEqual(refusal(3, 'name-taken'));
    expect(resume(door, 4, ben)[0]).toMatchObject({ to: 4, message: { type: 'joined' } });
  });

  test('the name of who left for good is free', () => {
    const door = open();
    join(door, 2, ben);
    act(door, { type: 'leave', connection: 2 }, 0);
    expect(join(door, 3, stranger('ben'))[0]).toMatchObject({ message: { type: 'joined' } });
    expect(act(door, { type: 'leave', connection: 2 }, 0)).toEqual([]);
  });

  test('an empty room waits thirty minutes, not longer', () => {
    const door = open();
    act(door, { type: 'disconnect', connection: 1 }, 1_000);
    expire(door, 1_000 + emptyRoomMs - 1);
    expect(door.rooms.size).toBe(1);
    expire(door, 1_000 + emptyRoomMs);
    expect(door.rooms.size).toBe(0);
  });

  test('a room with somebody in it never expires', () => {
    const door = open();
    expire(door, 100 * emptyRoomMs);
    expect(door.rooms.size).toBe(1);
  });
});

describe('a server that was restarted', () => {
  test('makes the room anew from a resume, with the facilitator it names', () => {
    const door = createDoor();
    expect(resume(door, 5, ben)).toEqual([{ to: 5, message: joined([ben]) }]);
    const lock = { type: 'lock', connection: 5, locked: true } as const;
    expect(act(door, lock, 0)).toEqual(refusal(5, 'not-allowed'));
    expect(resume(door, 6, ana)[0]).toEqual({ to: 6, message: joined([ben, ana]) });
    expect(act(door, { ...lock, connection: 6 }, 0)).toHaveLength(2);
  });

  test('cannot know who was in a locked room, and believes a resume but no join', () => {
    const door = createDoor();
    resume(door, 5, ben, true);
    expect(resume(door, 6, cy)[0]).toEqual({ to: 6, message: joined([ben, cy], true) });
    expect(join(door, 7, stranger('Dee'))).toEqual(refusal(7, 'room-locked'));
  });

  test('believes no resume any more once the facilitator has locked the door again', () => {
    const door = createDoor();
    resume(door, 5, ana, true);
    act(door, { type: 'lock', connection: 5, locked: true }, 0);
    expect(resume(door, 6, cy)).toEqual(refusal(6, 'room-locked'));
  });
});

describe('the facilitator', () => {
  test('locks the door: newcomers stay out, who was in before comes back', () => {
    const door = open();
    join(door, 2, ben);
    act(door, { type: 'disconnect', connection: 2 }, 0);
    expect(act(door, { type: 'lock', connection: 1, locked: true }, 0)).toEqual([
      { to: 1, message: { type: 'locked', locked: true } },
    ]);
    expect(join(door, 3, cy)).toEqual(refusal(3, 'room-locked'));
    expect(resume(door, 3, cy)).toEqual(refusal(3, 'room-locked'));
    expect(join(door, 4, ben)[0]).toEqual({ to: 4, message: joined([ana, ben], true) });
    act(door, { type: 'lock', connection: 1, locked: false }, 0);
    expect(join(door, 5, cy)[0]).toMatchObject({ message: { type: 'joined' } });
  });

  test('is never locked out of its own room', () => {
    const door = open();
    act(door, { type: 'lock', connection: 1, locked: true }, 0);
    act(door, { type: 'leave', connection: 1 }, 0);
    expect(join(door, 2, ana)[0]).toMatchObject({ message: { type: 'joined' } });
  });

  test('shows a guest out, who stays out under every name while the others are told', () => {
    const door = open();
    join(door, 2, ben);
    const remove = { type: 'remove', connection: 1, member: ben.id } as const;
    expect(act(door, remove, 0)).toEqual([
      ...refusal(2, 'removed'),
      { to: 2, close: 'removed' },
      { to: 1, message: { type: 'departed', member: ben.id } },
    ]);
    expect(join(door, 3, { ...ben, name: 'Benno' })).toEqual(refusal(3, 'removed'));
    expect(resume(door, 3, ben)).toEqual(refusal(3, 'removed'));
    expect(join(door, 4, stranger('Ben'))[0]).toMatchObject({ message: { type: 'joined' } });
  });

  test('keeps out one who is asleep or has not come back yet', () => {
    const door = open();
    act(door, { type: 'remove', connection: 1, member: ben.id }, 0);
    expect(join(door, 2, ben)).toEqual(refusal(2, 'removed'));
  });

  test('does not show itself out', () => {
    const remove = { type: 'remove', connection: 1, member: ana.id } as const;
    expect(act(open(), remove, 0)).toEqual(refusal(1, 'bad-message'));
  });

  test('is the only one who may lock or remove, and only from inside', () => {
    const door = open();
    join(door, 2, ben);
    for (const connection of [2, 99]) {
      const lock = { type: 'lock', connection, locked: true } as const;
      const remove = { type: 'remove', connection, member: ana.id } as const;
      expect(act(door, lock, 0)).toEqual(refusal(connection, 'not-allowed'));
      expect(act(door, remove, 0)).toEqual(refusal(connection, 'not-allowed'));
    }
  });
});

describe('memory', () => {
  test('is bounded when fresh keys come and go, and never forgets who is present', () => {
    const door = open();
    for (let i = 0; i < 2 * knownMax; i += 1) {
      join(door, 2, stranger(`m${i}`));
      act(door, { type: 'disconnect', connection: 2 }, 0);
    }
    const room = door.rooms.get(code);
    expect(room?.known.size).toBe(knownMax);
    expect(room?.known.has(ana.id)).toBe(true);
    expect(room?.seats.size).toBe(1);
  });

  test('is bounded when a facilitator removes without end', () => {
    const door = open();
    for (let i = 0; i < 2 * removedMax; i += 1) {
      act(door, { type: 'remove', connection: 1, member: stranger('x').id }, 0);
    }
    expect(door.rooms.get(code)?.removed.size).toBe(removedMax);
  });
});
