/** The rules of the rooms, with neither sockets nor a clock. */
import { describe, expect, test } from 'vitest';
import { createDoor, emptyRoomMs, step, type Door, type DoorEvent } from '#signaling/door.ts';
import { doorLimits, type DoorMember } from '#signaling/messages.ts';
import { knownMax, removedMax, type Outgoing } from '#signaling/room.ts';
import { stranger } from './identity.ts';

const code = '234567';
const [ana, ben, cy] = [stranger('Ana'), stranger('Ben'), stranger('Cy')];

function open(door: Door = createDoor()): Door {
  step(door, { type: 'create', connection: 1, member: ana, code }, 0);
  return door;
}

const join = (door: Door, connection: number, member: DoorMember, now = 0): Outgoing[] =>
  step(door, { type: 'join', connection, member, code }, now);

const resume = (door: Door, connection: number, member: DoorMember, locked = false) =>
  step(door, { type: 'resume', connection, member, code, facilitator: ana.id, locked }, 0);

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
    const outgoing = step(door, { type: 'create', connection: 1, member: ana, code }, 0);
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
    step(door, { type: 'disconnect', connection: 2 }, 0);
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

  test('one connection that goes to another room leaves the first', () => {
    const door = open();
    join(door, 2, ben);
    const other = { type: 'create', connection: 2, member: ben, code: '765432' } as const;
    expect(step(door, other, 0)).toContainEqual({
      to: 1,
      message: { type: 'departed', member: ben.id },
    });
    expect(door.rooms.get(code)?.present.has(ben.id)).toBe(false);
  });

  test('a server full of busy rooms refuses one more', () => {
    const door = open(createDoor(1));
    const event = { type: 'create', connection: 2, member: ben, code: '765432' } as const;
    expect(step(door, event, 0)).toEqual(refusal(2, 'server-full'));
    expect(step(door, { ...event, type: 'resume', facilitator: ben.id, locked: false }, 0)).toEqual(
      refusal(2, 'server-full'),
    );
  });

  test('a full server gives up the room that has been empty longest', () => {
    const door = open(createDoor(2));
    step(door, { type: 'create', connection: 2, member: ben, code: '222222' }, 0);
    step(door, { type: 'disconnect', connection: 2 }, 10);
    step(door, { type: 'disconnect', connection: 1 }, 20);
    step(door, { type: 'create', connection: 3, member: cy, code: '333333' }, 30);
    expect([...door.rooms.keys()].sort()).toEqual([code, '333333']);
  });
});

describe('coming back', () => {
  test('a member on a new connection replaces its stale one, which then speaks for nobody', () => {
    const door = open();
    join(door, 2, ben);
    const outgoing = join(door, 3, ben);
    expect(outgoing[0]).toEqual({ to: 2, close: 'replaced' });
    expect(outgoing).toContainEqual({ to: 1, message: { type: 'arrived', member: ben } });
    const signal = { type: 'signal', connection: 2, to: ana.id, data: 'x' } as const;
    expect(step(door, signal, 0)).toEqual(refusal(2, 'not-there', ana.id));
    expect(step(door, { type: 'disconnect', connection: 2 }, 0)).toEqual([]);
    expect(door.rooms.get(code)?.present.get(ben.id)?.connection).toBe(3);
  });

  test('the others are told who went; the name of one asleep stays its own', () => {
    const door = open();
    join(door, 2, ben);
    expect(step(door, { type: 'disconnect', connection: 2 }, 0)).toEqual([
      { to: 1, message: { type: 'departed', member: ben.id } },
    ]);
    expect(join(door, 3, stranger('ben'))).toEqual(refusal(3, 'name-taken'));
    expect(resume(door, 4, ben)[0]).toMatchObject({ to: 4, message: { type: 'joined' } });
  });

  test('the name of who left for good is free', () => {
    const door = open();
    join(door, 2, ben);
    step(door, { type: 'leave', connection: 2 }, 0);
    expect(join(door, 3, stranger('ben'))[0]).toMatchObject({ message: { type: 'joined' } });
    expect(step(door, { type: 'leave', connection: 2 }, 0)).toEqual([]);
  });

  test('an empty room waits thirty minutes, not longer', () => {
    const door = open();
    step(door, { type: 'disconnect', connection: 1 }, 1_000);
    step(door, { type: 'expire' }, 1_000 + emptyRoomMs - 1);
    expect(door.rooms.size).toBe(1);
    step(door, { type: 'expire' }, 1_000 + emptyRoomMs);
    expect(door.rooms.size).toBe(0);
  });

  test('a room with somebody in it never expires', () => {
    const door = open();
    step(door, { type: 'expire' }, 100 * emptyRoomMs);
    expect(door.rooms.size).toBe(1);
  });
});

describe('a server that was restarted', () => {
  test('makes the room anew from a resume, with the facilitator it names', () => {
    const door = createDoor();
    expect(resume(door, 5, ben)).toEqual([{ to: 5, message: joined([ben]) }]);
    const lock = { type: 'lock', connection: 5, locked: true } as const;
    expect(step(door, lock, 0)).toEqual(refusal(5, 'not-allowed'));
    expect(resume(door, 6, ana)[0]).toEqual({ to: 6, message: joined([ben, ana]) });
    expect(step(door, { ...lock, connection: 6 }, 0)).toHaveLength(2);
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
    step(door, { type: 'lock', connection: 5, locked: true }, 0);
    expect(resume(door, 6, cy)).toEqual(refusal(6, 'room-locked'));
  });
});

describe('the facilitator', () => {
  test('locks the door: newcomers stay out, who was in before comes back', () => {
    const door = open();
    join(door, 2, ben);
    step(door, { type: 'disconnect', connection: 2 }, 0);
    expect(step(door, { type: 'lock', connection: 1, locked: true }, 0)).toEqual([
      { to: 1, message: { type: 'locked', locked: true } },
    ]);
    expect(join(door, 3, cy)).toEqual(refusal(3, 'room-locked'));
    expect(resume(door, 3, cy)).toEqual(refusal(3, 'room-locked'));
    expect(join(door, 4, ben)[0]).toEqual({ to: 4, message: joined([ana, ben], true) });
    step(door, { type: 'lock', connection: 1, locked: false }, 0);
    expect(join(door, 5, cy)[0]).toMatchObject({ message: { type: 'joined' } });
  });

  test('is never locked out of its own room', () => {
    const door = open();
    step(door, { type: 'lock', connection: 1, locked: true }, 0);
    step(door, { type: 'leave', connection: 1 }, 0);
    expect(join(door, 2, ana)[0]).toMatchObject({ message: { type: 'joined' } });
  });

  test('shows a guest out, who stays out under every name while the others are told', () => {
    const door = open();
    join(door, 2, ben);
    const remove = { type: 'remove', connection: 1, member: ben.id } as const;
    expect(step(door, remove, 0)).toEqual([
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
    step(door, { type: 'remove', connection: 1, member: ben.id }, 0);
    expect(join(door, 2, ben)).toEqual(refusal(2, 'removed'));
  });

  test('does not show itself out', () => {
    const remove = { type: 'remove', connection: 1, member: ana.id } as const;
    expect(step(open(), remove, 0)).toEqual(refusal(1, 'bad-message'));
  });

  test('is the only one who may lock or remove, and only from inside', () => {
    const door = open();
    join(door, 2, ben);
    for (const connection of [2, 99]) {
      const lock = { type: 'lock', connection, locked: true } as const;
      const remove = { type: 'remove', connection, member: ana.id } as const;
      expect(step(door, lock, 0)).toEqual(refusal(connection, 'not-allowed'));
      expect(step(door, remove, 0)).toEqual(refusal(connection, 'not-allowed'));
    }
  });
});

describe('signals', () => {
  test('go to the one they are for, with the true sender', () => {
    const door = open();
    join(door, 2, ben);
    join(door, 3, cy);
    const signal = { type: 'signal', connection: 2, to: ana.id, data: 'offer' } as const;
    expect(step(door, signal, 0)).toEqual([
      { to: 1, message: { type: 'signal', from: ben.id, data: 'offer' } },
    ]);
  });

  test('for somebody who is not there come back with whom they were for', () => {
    const signal = { type: 'signal', connection: 1, to: ben.id, data: 'offer' } as const;
    expect(step(open(), signal, 0)).toEqual(refusal(1, 'not-there', ben.id));
  });

  test('do not leave the room', () => {
    const door = open();
    step(door, { type: 'create', connection: 2, member: ben, code: '765432' }, 0);
    const signal = { type: 'signal', connection: 2, to: ana.id, data: 'offer' } as const;
    expect(step(door, signal, 0)).toEqual(refusal(2, 'not-there', ana.id));
  });
});

describe('memory', () => {
  test('is bounded when fresh keys come and go, and never forgets who is present', () => {
    const door = open();
    for (let i = 0; i < 2 * knownMax; i += 1) {
      join(door, 2, stranger(`m${i}`));
      step(door, { type: 'disconnect', connection: 2 }, 0);
    }
    const room = door.rooms.get(code);
    expect(room?.known.size).toBe(knownMax);
    expect(room?.known.has(ana.id)).toBe(true);
    expect(door.seats.size).toBe(1);
  });

  test('is bounded when a facilitator removes without end', () => {
    const door = open();
    for (let i = 0; i < 2 * removedMax; i += 1) {
      const event: DoorEvent = { type: 'remove', connection: 1, member: stranger('x').id };
      step(door, event, 0);
    }
    expect(door.rooms.get(code)?.removed.size).toBe(removedMax);
  });
});
