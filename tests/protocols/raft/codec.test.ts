/** The binary form of the hot messages: what comes out is what went in. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Reader, Writer } from '#protocols/core/binary.ts';
import type { Command } from '#protocols/core/client.ts';
import { limits } from '#protocols/core/limits.ts';
import { codec } from '#protocols/raft/codec.ts';
import type { AppendEntries, RaftMessage } from '#protocols/raft/messages.ts';
import { c, request } from '../fixtures/ids.ts';
import { raftMessage } from './arbitrary.ts';

const hasConfiguration = (message: RaftMessage) =>
  message.type === 'AppendEntries' && message.entries.some(({ kind }) => kind === 'config');
const isHot = (message: RaftMessage) =>
  /^AppendEntries/.test(message.type) && !hasConfiguration(message);

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

/** `null` for what has none. */
function encode(message: RaftMessage): Uint8Array | null {
  const out = new Writer();
  return out.tries(codec, message) ? out.taken() : null;
}

function bytesOf(message: RaftMessage): Uint8Array {
  const bytes = encode(message);
  if (!bytes) throw new Error('no bytes');
  return bytes;
}

/** What all of `bytes` are. */
function decode(bytes: Uint8Array) {
  const from = new Reader(bytes);
  const value = codec.read(from);
  return { value, error: from.error, left: from.left };
}
const whole = (value: RaftMessage) => ({ value, error: null, left: 0 });

describe('what goes in comes out', () => {
  test('every hot message; the others have no bytes', () => {
    fc.assert(
      fc.property(raftMessage, (message) => {
        const bytes = encode(message);
        expect(bytes !== null).toBe(isHot(message));
        if (bytes) expect(decode(bytes)).toEqual(whole(message));
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
    expect(decode(bytesOf(message))).toEqual(whole(message));
  });

  test.each([0, 1, 127, 128, 16_383, 16_384, 2 ** 31, 2 ** 32, 2 ** 49, limits.integerMax])(
    'the number %d',
    (term) => {
      expect(decode(bytesOf(append({ term })))).toEqual(whole(append({ term })));
    },
  );

  test('clients in turn, and as many entries as one message may carry', () => {
    const entries = Array.from({ length: limits.entriesPerAppendMax }, (_, i) => {
      return { kind: 'command', term: 2, request: request(i, put('k', ''), c(i % 2)) } as const;
    });
    expect(decode(bytesOf(append({ entries })))).toEqual(whole(append({ entries })));
  });

  test.each([NaN, 0.5, -1, Infinity, 2 ** 53])('%d has no bytes', (term) => {
    expect(encode(append({ term }))).toBeNull();
  });
});

test('what has no bytes leaves none behind, nor the name of its client', () => {
  const alone = new Writer();
  expect(alone.tries(codec, holding(put('k', 'v')))).toBe(true);
  const after = new Writer();
  const configuration = { voters: [], votersOld: [], learners: [] };
  const { entries } = holding(put('k', 'v'));
  const config = { kind: 'config', term: 2, configuration } as const;
  expect(after.tries(codec, append({ entries: [...entries, config] }))).toBe(false);
  expect(after.tries(codec, holding(put('k', 'v')))).toBe(true);
  expect(after.taken()).toEqual(alone.taken());
});

describe('bytes from outside', () => {
  const sent = [...bytesOf(holding(put('k', 'vä'), { op: 'get', key: 'k' }))];
  const errorOf = (bytes: readonly number[]) => decode(Uint8Array.from(bytes)).error;
  const at = (position: number, ...bytes: number[]) => sent.toSpliced(position, 1, ...bytes);

  test('every way to cut a message short is refused', () => {
    for (let length = 0; length < sent.length; length++) {
      expect(errorOf(sent.slice(0, length))).not.toBeNull();
    }
  });

  const longest = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
  test.each<[string, number[], string]>([
    ['nothing', [], 'cut short'],
    ['a kind there is not', at(0, 2), 'an unknown kind'],
    ['an integer without end', at(1, ...longest, ...longest, 0x7f), 'an integer too large'],
    ['a list longer than the message', at(4, 0xff, 0x07), 'cut short'],
  ])('%s', (_title, bytes, error) => {
    expect(errorOf(bytes)).toBe(error);
  });

  test('text that is not UTF-8, or holds a surrogate', () => {
    const place = sent.indexOf(0xc3);
    expect(errorOf(at(place, 0xff))).toBe('a text that is not UTF-8');
    const start = bytesOf(holding(put('k', '字')));
    const surrogate = [...start];
    surrogate.splice(start.indexOf(0xe5), 3, 0xed, 0xa0, 0x80);
    expect(errorOf(surrogate)).toBe('a text that is not UTF-8');
  });
});
