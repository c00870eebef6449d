/** The binary form of the hot messages: what comes out is what went in, and what the schema accepts. */
import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import type { Command } from '#protocols/core/client.ts';
import { limits } from '#protocols/core/limits.ts';
import { decode, encode } from '#protocols/raft/codec.ts';
import { messageSchema, type AppendEntries, type RaftMessage } from '#protocols/raft/messages.ts';
import { c, request } from '../fixtures/ids.ts';
import { raftMessage } from './arbitrary.ts';

const hasConfiguration = (message: RaftMessage) =>
  message.type === 'AppendEntries' && message.entries.some(({ kind }) => kind === 'config');
const isHot = (message: RaftMessage) =>
  /^AppendEntries/.test(message.type) && !hasConfiguration(message);
const accepts = (message: unknown) => v.is(messageSchema, message);

function append(fields: Partial<AppendEntries> = {}): AppendEntries {
  return {
    type: 'AppendEntries',
    term: 2,
    prevLogIndex: 1,
    prevLogTerm: 1,
    entries: [],
    leaderCommit: 1,
    round: 3,
    ...fields,
  };
}
const holding = (...commands: Command[]) =>
  append({
    entries: commands.map((command, i) => ({
      kind: 'command',
      term: 2,
      request: request(i + 1, command),
    })),
  });
const put = (key: string, value: string): Command => ({ op: 'put', key, value });

function bytesOf(message: RaftMessage): Uint8Array {
  const bytes = encode(message);
  if (!bytes) throw new Error('no bytes');
  return bytes;
}

describe('what goes in comes out', () => {
  test('every hot message; the others go as JSON', () => {
    fc.assert(
      fc.property(raftMessage, (message) => {
        const bytes = encode(message);
        expect(bytes !== null).toBe(isHot(message));
        if (bytes) expect(decode(bytes)).toEqual({ ok: true, value: message });
      }),
      { numRuns: 2_000 },
    );
  });

  test.each<[string, Command]>([
    ['the longest key and value', put('k'.repeat(256), 'v'.repeat(16_384))],
    ['three bytes for each character', put('\uffff'.repeat(256), '字'.repeat(16_384))],
    ['a pair of surrogates', put('🦀', '🦀🦀')],
    ['a byte order mark and a zero', put('\ufeffx', '\0')],
    ['text at the border between loop and coder', put('k'.repeat(23), 'ä' + 'v'.repeat(22))],
    ['an expected absence', { op: 'cas', key: 'x', expected: null, value: '' }],
    ['an expected empty value', { op: 'cas', key: 'x', expected: '', value: 'y' }],
    ['a stop', { op: 'stop', successor: 'next' }],
  ])('%s', (_title, command) => {
    const message = holding(command);
    expect(accepts(message)).toBe(true);
    expect(decode(bytesOf(message))).toEqual({ ok: true, value: message });
  });

  test.each([0, 1, 127, 128, 16_383, 16_384, 2 ** 31, 2 ** 32, 2 ** 49, limits.integerMax])(
    'the number %d',
    (term) => {
      expect(decode(bytesOf(append({ term })))).toEqual({ ok: true, value: append({ term }) });
    },
  );

  test('clients in turn, and as many entries as one message may carry', () => {
    const entries = Array.from({ length: limits.entriesPerAppendMax }, (_, i) => {
      return { kind: 'command', term: 2, request: request(i, put('k', ''), c(i % 2)) } as const;
    });
    expect(decode(bytesOf(append({ entries })))).toEqual({ ok: true, value: append({ entries }) });
  });

  test('a stream of one client takes a fifth of the bytes of JSON', () => {
    const message = holding(...Array.from({ length: 64 }, (_, i) => put(`key-${i}`, `value-${i}`)));
    expect(bytesOf(message).length * 5).toBeLessThan(JSON.stringify(message).length);
  });
});

describe('what no replica accepts has no bytes', () => {
  test.each<[string, AppendEntries]>([
    ['2^53', append({ term: 2 ** 53 })],
    ['one above the limit', append({ term: limits.integerMax + 1 })],
    ['NaN', append({ leaderCommit: NaN })],
    ['a fraction', append({ round: 0.5 })],
    ['a negative number', append({ prevLogIndex: -1 })],
    ['negative zero', append({ prevLogIndex: -0 })],
    ['an empty key', holding(put('', 'v'))],
    ['a key too long', holding(put('k'.repeat(257), 'v'))],
    ['a value too long', holding(put('k', 'v'.repeat(16_385)))],
    ['a lone surrogate', holding(put('k', 'a\ud800'))],
    ['an entry too many', append({ entries: Array(1_025).fill({ kind: 'noop', term: 1 }) })],
    [
      'a client without a name',
      append({
        entries: [{ kind: 'command', term: 1, request: request(1, put('k', ''), 'x' as never) }],
      }),
    ],
  ])('%s', (_title, message) => {
    expect(accepts(message)).toBe(false);
    expect(encode(message)).toBeNull();
  });

  test('what is too large for one message', () => {
    const large = put('k', '字'.repeat(limits.valueCharactersMax));
    expect(encode(holding(...Array<Command>(30).fill(large)))).toBeNull();
  });
});

describe('bytes from outside', () => {
  const whole = [...bytesOf(holding(put('k', 'vä'), { op: 'get', key: 'k' }))];
  const errorOf = (bytes: readonly number[]) => {
    const decoded = decode(Uint8Array.from(bytes));
    return decoded.ok ? null : decoded.error;
  };
  const at = (position: number, ...bytes: number[]) => whole.toSpliced(position, 1, ...bytes);

  test('every way to cut a message short is refused', () => {
    for (let length = 0; length < whole.length; length++) {
      expect(errorOf(whole.slice(0, length))).not.toBeNull();
    }
  });

  const longest = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
  test.each<[string, number[], string]>([
    ['nothing', [], 'cut short'],
    ['a byte too many', [...whole, 0], 'more than a value'],
    ['a kind there is not', at(0, 2), 'an unknown kind'],
    ['2^53', at(1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10), 'an integer too large'],
    ['all that eight bytes hold', at(1, ...longest, 0x7f), 'an integer too large'],
    ['an integer without end', at(1, ...longest, ...longest, 0x7f), 'an integer too large'],
    ['an integer longer than it must be', at(1, 0x82, 0), 'an integer longer than it must be'],
    ['a list longer than the message', at(4, 0xff, 0x07), 'a list too long'],
    ['a list longer than allowed', at(4, 0x81, 0x08), 'a list too long'],
  ])('%s', (_title, bytes, error) => {
    expect(errorOf(bytes)).toBe(error);
  });

  test('text that is not UTF-8, or holds a surrogate', () => {
    const place = whole.indexOf(0xc3);
    expect(errorOf(at(place, 0xff))).toBe('a text that is not UTF-8');
    const start = bytesOf(holding(put('k', '字')));
    const surrogate = [...start];
    surrogate.splice(start.indexOf(0xe5), 3, 0xed, 0xa0, 0x80);
    expect(errorOf(surrogate)).toBe('a text that is not UTF-8');
  });

  test('more than a message may have is not looked into', () => {
    const decoded = decode(new Uint8Array(limits.messageBytesMax + 1));
    expect(decoded).toEqual({ ok: false, error: 'too large' });
  });

  test('a client that is none, and the same client before any', () => {
    const client = whole.indexOf('/'.charCodeAt(0));
    expect(errorOf(at(client, 0x2e))).toBe('no client');
    // One byte that says it is new, the count of its characters, and these.
    const first = whole.findIndex((byte, i) => byte === 1 && whole[i + 1] === 41);
    expect(errorOf(whole.toSpliced(first, 43, 0))).toBe('no client');
  });

  test('whatever the bytes: a message that the schema accepts, or a refusal', () => {
    const seen = { ok: 0, refused: 0 };
    const hot = raftMessage.filter(isHot).map((message) => [...bytesOf(message)]);
    const changed = fc
      .tuple(hot, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }))
      .map(([bytes, changes]) => {
        for (const [place, byte] of changes) bytes[place % bytes.length] = byte;
        return Uint8Array.from(bytes);
      });
    const bytes = fc.oneof(changed, fc.uint8Array({ maxLength: 40 }));
    fc.assert(
      fc.property(bytes, (input) => {
        const decoded = decode(input);
        seen[decoded.ok ? 'ok' : 'refused']++;
        if (!decoded.ok) return;
        expect(accepts(decoded.value)).toBe(true);
        expect(decode(bytesOf(decoded.value))).toEqual(decoded);
      }),
      { numRuns: 5_000, seed: 1 },
    );
    expect(Math.min(seen.ok, seen.refused)).toBeGreaterThan(200);
  });
});
