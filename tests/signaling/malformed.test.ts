/** What no tab of ours would send: refused, counted, and never sent back. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { guestLimits } from '#signaling/guests.ts';
import { parseToServer } from '#signaling/inbound.ts';
import { doorCloses, doorErrors, doorLimits } from '#signaling/messages.ts';
import { identity } from './identity.ts';
import { openDoor, Tab, type LiveDoor } from './live.ts';

const { member } = identity('Ana');
const proof = '00'.repeat(64);
const lock = { type: 'lock', locked: true };
const create = { type: 'create', member, proof };

describe('parsing', () => {
  test('takes what the schema allows, with the name trimmed', () => {
    expect(parseToServer(JSON.stringify(lock))).toEqual(lock);
    const wide = { ...create, member: { ...member, name: '  Ana ' } };
    expect(parseToServer(JSON.stringify(wide))).toEqual(create);
  });

  const strange: Record<string, string> = {
    'no JSON': '{',
    nothing: '',
    'a number': '1',
    null: 'null',
    'an array': JSON.stringify([lock]),
    'an unknown type': '{"type":"constructor"}',
    'a key too many': JSON.stringify({ ...lock, more: 1 }),
    'a prototype key': '{"type":"lock","locked":true,"__proto__":{"x":1}}',
    'a constructor key': '{"type":"lock","locked":true,"constructor":1}',
    'a prototype key further in': JSON.stringify(create).replace('"id"', '"__proto__":1,"id"'),
    'depth without end': '['.repeat(30_000) + ']'.repeat(30_000),
    'depth in a field': `{"type":"lock","locked":${'['.repeat(9_999)}${']'.repeat(9_999)}}`,
    'a boolean that is a number': '{"type":"lock","locked":1}',
    'an id that is a number': '{"type":"remove","member":9007199254740993}',
    'a name of control characters': JSON.stringify({
      ...create,
      member: { ...member, name: 'A\u202ena' },
    }),
    'a lone surrogate in a name': JSON.stringify({
      ...create,
      member: { ...member, name: '\ud800' },
    }),
    'an endless name': JSON.stringify({ ...create, member: { ...member, name: 'a'.repeat(25) } }),
    'a code of letters that codes do not have': JSON.stringify({
      ...create,
      type: 'join',
      code: '0OIL1U',
    }),
  };
  test.each(Object.entries(strange))('refuses %s', (_name, text) => {
    expect(parseToServer(text)).toBeNull();
  });

  test('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(() => parseToServer(text)).not.toThrow();
      }),
      { numRuns: 500 },
    );
  });

  test('a message with one field changed is refused or still a message, and never throws', () => {
    const fields = fc.constantFrom('type', 'member', 'proof', 'code', '__proto__', 'toString');
    fc.assert(
      fc.property(fields, fc.jsonValue(), (field, value) => {
        const text = JSON.stringify(create).slice(0, -1);
        const result = parseToServer(`${text},${JSON.stringify(field)}:${JSON.stringify(value)}}`);
        if (result) expect(result).toEqual(create);
      }),
      { numRuns: 300 },
    );
  });
});

describe('on the socket', () => {
  let door: LiveDoor;
  let tab: Tab;
  beforeAll(async () => {
    door = await openDoor();
    tab = await Tab.connect(door.url);
  });
  afterAll(() => door.close());

  const badMessage = { type: 'error', error: 'bad-message' };

  test('every malformed message is answered by the same sentence, and the last by hanging up', async () => {
    const other = await Tab.connect(door.url);
    for (let i = 0; i < guestLimits.badMessagesMax; i += 1) {
      other.send('<img src=x onerror=alert(1)>');
      expect(await other.next()).toEqual(badMessage);
    }
    expect(await other.ended()).toBe(doorCloses.misbehaved);
    expect(doorErrors['bad-message']).toMatch(/^The server did not understand/);
  });

  test('a binary message is malformed if its sender is in no room, names nobody or is too long', async () => {
    const other = await Tab.connect(door.url);
    for (const bytes of [0, 16, 100, doorLimits.relayBytesMax + 1]) {
      other.socket.send(Buffer.alloc(bytes));
      expect(await other.next()).toEqual(badMessage);
    }
  });

  test('an oversized message ends its connection before it is read', async () => {
    const other = await Tab.connect(door.url);
    other.send('x'.repeat(doorLimits.messageBytesMax + 1));
    expect(await other.ended()).toBe(1009);
  });

  test('a message of the largest size is read', async () => {
    const data = 'x'.repeat(doorLimits.signalCharactersMax);
    tab.send({ type: 'signal', to: member.id, data });
    expect(await tab.next()).toEqual({ type: 'error', error: 'not-there', about: member.id });
  });

  test('nothing that was sent comes back, and the door stays open for others', async () => {
    const texts = fc.sample(fc.oneof(fc.string({ minLength: 8 }), fc.json()), 300);
    const perTab = guestLimits.badMessagesMax - 1;
    for (let from = 0; from < texts.length; from += perTab) {
      const fuzzer = await Tab.connect(door.url);
      for (const text of texts.slice(from, from + perTab)) {
        fuzzer.send(text);
        expect(await fuzzer.next()).toEqual(badMessage);
      }
      fuzzer.socket.terminate();
    }
    tab.send(lock);
    expect(await tab.next()).toEqual({ type: 'error', error: 'not-allowed' });
  });
});
