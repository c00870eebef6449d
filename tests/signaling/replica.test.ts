/** A room that went on apart in two processes, laid together; and what one process makes of another's nonsense. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeParcel, encodeParcel, parseRoomMessage } from '#signaling/bus-messages.ts';
import type { Parcel } from '#signaling/bus-messages.ts';
import { createDoor, step, type Door, type DoorEvent } from '#signaling/door.ts';
import { merge, roomOf, stateOf } from '#signaling/replica.ts';
import type { Room } from '#signaling/room.ts';
import { stranger } from './identity.ts';

const code = '234567';
const [one, two] = ['aaaaaaaa', 'bbbbbbbb'];
const [ana, ben, cy] = [stranger('Ana'), stranger('Ben'), stranger('Cy')];

type Act =
  | [type: 'join' | 'leave' | 'disconnect', who: typeof ana, at?: number]
  | ['lock' | 'remove', typeof ana];

/** The room as `process` sees it after its members did this. */
function roomAt(process: string, ...acts: Act[]): Room {
  const door: Door = createDoor();
  const numbers = new Map<string, number>();
  const act = (event: object, who: typeof ana, at = 0): void => {
    const connection = `${process}.${numbers.get(who.id) ?? 0}`;
    step(door, { code, at, connection, ...event } as DoorEvent, 0);
  };
  act({ type: 'create', member: ana }, ana);
  for (const [type, who, at] of acts) {
    if (type === 'join') {
      numbers.set(who.id, numbers.size + 1);
      act({ type, member: who }, who, at);
    } else if (type === 'lock') act({ type, locked: true }, ana);
    else if (type === 'remove') act({ type, member: who.id }, ana);
    else act({ type }, who);
  }
  return door.rooms.get(code) as Room;
}

/** What both make of it, each from what the other says. */
function layTogether(a: Room, b: Room) {
  const [fromA, fromB] = [stateOf(a), stateOf(b)];
  const said = [
    merge(a, fromB, { from: two, now: 0 }),
    merge(b, fromA, { from: one, now: 0 }),
  ] as const;
  return { said, both: [stateOf(a), stateOf(b)] as const };
}

const idsIn = (state: ReturnType<typeof stateOf>) =>
  state.present.map(({ member }) => member.id).sort();

describe('two that went on apart', () => {
  test('have the members of both, and tell their own of the others', () => {
    const { said, both } = layTogether(
      roomAt(one, ['join', ben]),
      roomAt(two, ['leave', ana], ['join', cy]),
    );
    for (const state of both) expect(idsIn(state)).toEqual([ana.id, ben.id, cy.id].sort());
    expect(said[0]).toEqual(
      [ana, ben].map((_, i) => ({ to: `${one}.${i}`, message: { type: 'arrived', member: cy } })),
    );
  });

  test('keep a door locked and a guest out, whichever side did it', () => {
    const locked = roomAt(one, ['lock', ana], ['remove', ben]);
    const { said, both } = layTogether(locked, roomAt(two, ['join', ben], ['join', cy]));
    for (const state of both) {
      expect(state).toMatchObject({ locked: true, removed: [ben.id] });
      expect(idsIn(state)).not.toContain(ben.id);
    }
    expect(said[1]).toContainEqual({ to: `${two}.1`, close: 'removed' });
    expect(said[1]).toContainEqual({ to: `${two}.2`, message: { type: 'locked', locked: true } });
  });

  test('of two connections of one member both believe the later', () => {
    for (const [early, late] of [
      [5, 9],
      [9, 5],
    ] as const) {
      const { said, both } = layTogether(
        roomAt(one, ['join', ben, early]),
        roomAt(two, ['join', ben, late]),
      );
      const right = early > late ? `${one}.1` : `${two}.1`;
      const wrong = early > late ? `${two}.1` : `${one}.1`;
      for (const { present } of both) {
        expect(present.find(({ member }) => member.id === ben.id)?.connection).toBe(right);
      }
      for (const outgoing of said)
        expect(outgoing).toContainEqual({ to: wrong, close: 'replaced' });
    }
  });

  test('believe the facilitator of a room that was not made anew', () => {
    const anew = roomAt(two);
    anew.facilitator = 'f'.repeat(32);
    anew.madeAnew = true;
    const { both } = layTogether(roomAt(one), anew);
    for (const state of both) expect(state).toMatchObject({ facilitator: ana.id, madeAnew: false });
  });

  test('agree about who is in, whatever each of them did', () => {
    const people = [ana, ben, cy, stranger('Dee')];
    const who = fc.constantFrom(...people);
    const act = fc.oneof(
      fc.tuple(
        fc.constantFrom('join' as const, 'leave' as const, 'disconnect' as const),
        who,
        fc.nat(9),
      ),
      fc.tuple(fc.constantFrom('lock' as const, 'remove' as const), who),
    );
    fc.assert(
      fc.property(
        fc.array(act as fc.Arbitrary<Act>),
        fc.array(act as fc.Arbitrary<Act>),
        (a, b) => {
          const { both } = layTogether(roomAt(one, ...a), roomAt(two, ...b));
          const [here, there] = both.map((state) => ({
            ...state,
            known: [],
            removed: [...state.removed].sort(),
            present: [...state.present].sort((x, y) => (x.member.id < y.member.id ? -1 : 1)),
          }));
          expect(here).toEqual(there);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('between processes', () => {
  test('a room comes out as it went in', () => {
    const room = roomAt(one, ['join', ben], ['join', cy], ['leave', ben], ['lock', ana]);
    const message = { type: 'state', to: two, state: stateOf(room) };
    const heard = parseRoomMessage(JSON.stringify(message));
    expect(heard).toEqual(message);
    const state = heard?.type === 'state' ? heard.state : null;
    expect(state && roomOf(code, state, 0)).toEqual(room);
  });

  test('a parcel comes out as it went in', () => {
    const signal = { type: 'signal', from: ben.id, data: 'offer ü' } as const;
    const parcels: Parcel[] = [
      { code, to: ana.id, signal },
      { code, to: ana.id, frame: Buffer.of(0, 1, 255) },
    ];
    for (const parcel of parcels) expect(decodeParcel(encodeParcel(parcel))).toEqual(parcel);
  });

  test('nonsense is no message and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(parseRoomMessage(text)).toBeNull();
        expect(() => decodeParcel(Buffer.from(text))).not.toThrow();
      }),
      { numRuns: 500 },
    );
    expect(
      parseRoomMessage(JSON.stringify({ type: 'event', event: { type: 'lock', locked: 1 } })),
    ).toBeNull();
  });
});
