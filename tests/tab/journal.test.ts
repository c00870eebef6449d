import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32OfText } from '../../src/lib/tab/checksum.ts';
import {
  bodiesOf,
  bodyCharactersMax,
  foldedBodies,
  replay,
  sealRecord,
  type JournalRecord,
} from '../../src/lib/tab/journal.ts';
import type { Write } from '#protocols/core/replica.ts';
import { deleteRange, entry, put } from '../host/storage-entries.ts';

const cluster = 'c'.repeat(64);

/** A journal of one record per element of `calls`, from number `base` on. */
function journal(calls: readonly (readonly Write[])[], base = 0): JournalRecord[] {
  return calls.map((writes, position) =>
    sealRecord({ cluster, base, number: base + position }, JSON.stringify(writes)),
  );
}
const numbered = (records: readonly unknown[], base = 0): number[] =>
  records.map((_, position) => base + position);

describe('checksum', () => {
  test('it is the CRC-32 that everyone computes', () => {
    expect(crc32OfText('123456789')).toBe(0xcbf43926);
    expect(crc32OfText('')).toBe(0);
  });

  test('it agrees with zlib on any text of any length', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 200 });
    fc.assert(fc.property(text, (any) => crc32OfText(any) === zlibCrc32(Buffer.from(any))));
  });
});

describe('a journal', () => {
  const calls = [
    [put('term', 1), put('vote', 'ana')],
    [put(entry(1), 'a'), put(entry(2), 'b'), put(entry(3), 'c')],
    [deleteRange(entry(2), entry(9)), put('term', 2)],
  ];

  test('reads as its writes in order', () => {
    const records = journal(calls, 7);
    const read = replay(cluster, numbered(records, 7), records);
    expect(read).toMatchObject({ ok: true, base: 7, next: 10 });
    expect(read.ok && [...read.durable]).toEqual([
      [entry(1), 'a'],
      ['term', 2],
      ['vote', 'ana'],
    ]);
  });

  test('with nothing in it is the state of a replica that never wrote', () => {
    expect(replay(cluster, [], [])).toEqual({ ok: true, durable: new Map(), base: 0, next: 0 });
  });

  test('is refused when any one character of any record has changed', () => {
    const records = journal(calls);
    for (const [number, record] of records.entries()) {
      for (let at = 0; at < record.body.length; at++) {
        const flipped = String.fromCharCode(record.body.charCodeAt(at) ^ 1);
        const body = record.body.slice(0, at) + flipped + record.body.slice(at + 1);
        const damaged = records.with(number, { ...record, body });
        expect(replay(cluster, numbered(records), damaged)).toMatchObject({ ok: false });
      }
    }
  });

  test('is refused when a record in the middle is missing', () => {
    const records = journal(calls);
    expect(replay(cluster, [0, 2], records.toSpliced(1, 1))).toMatchObject({
      ok: false,
      error: expect.stringContaining('record 1 is missing'),
    });
  });

  test('is refused when its first records are missing', () => {
    expect(replay(cluster, [1, 2], journal(calls).slice(1))).toMatchObject({ ok: false });
  });

  test('is refused when two records changed places, or came from another epoch', () => {
    const [first, second, third] = journal(calls);
    expect(replay(cluster, [0, 1, 2], [second, first, third])).toMatchObject({ ok: false });
    expect(replay('d'.repeat(64), [0], [first])).toMatchObject({ ok: false });
  });

  test('is refused when a record is no record at all', () => {
    for (const strange of [undefined, null, 7, {}, { base: 0, checksum: 0, body: 5 }])
      expect(replay(cluster, [0], [strange])).toMatchObject({ ok: false });
  });
});

describe('bodies', () => {
  const writes = fc.array(
    fc
      .tuple(fc.nat(50), fc.integer({ min: 0, max: 20_000 }))
      .map(([index, length]) => put(entry(index), 'x'.repeat(length))),
    { maxLength: 30 },
  );

  test('hold the same writes in the same order, none longer than may be', () => {
    fc.assert(
      fc.property(writes, (any) => {
        const bodies = bodiesOf(any);
        expect(bodies.flatMap((body) => JSON.parse(body) as Write[])).toEqual(any);
        expect(bodies.every((body) => body.length <= bodyCharactersMax)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test('a write longer than a body stands alone', () => {
    const long = put('b', 'x'.repeat(bodyCharactersMax));
    expect(bodiesOf([put('a', 1), long, put('c', 3)])).toHaveLength(3);
    expect(bodiesOf([long])).toHaveLength(1);
  });

  test('a folded journal reads as the long one did', () => {
    const long = Array.from({ length: 3_000 }, (_, i) => [
      put(entry(i), 'x'.repeat(100)),
      put('term', i),
      ...(i % 1_000 === 999 ? [deleteRange(entry(0), entry(i - 500))] : []),
    ]);
    const read = replay(cluster, numbered(long), journal(long));
    if (!read.ok) throw new Error(read.error);
    const bodies = foldedBodies(read.durable);
    const folded = bodies.map((body, at) =>
      sealRecord({ cluster, base: read.next, number: read.next + at }, body),
    );
    const again = replay(cluster, numbered(folded, read.next), folded);
    expect(again.ok && [...again.durable]).toEqual([...read.durable]);
    expect(bodies.length).toBeLessThan(5);
  });
});
