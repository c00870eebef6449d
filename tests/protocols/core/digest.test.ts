/** Digests of texts, against the platform's own SHA-256, and the map with a digest of its own. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { text, writeHex } from '#protocols/core/binary-blocks.ts';
import { DigestedMap, digestOver, sha256Hex } from '#protocols/core/digest.ts';

describe('the digest of a text', () => {
  // Both sides of a block of 64 bytes, of the room for its length, and of what is hashed without a copy.
  const lengths = [0, 1, 55, 56, 63, 64, 65, 119, 120, 4_095, 4_096, 4_097, 10_000];

  test.each(lengths)('is SHA-256, of %i characters', (length) => {
    for (const character of ['a', 'é', '漢']) {
      const text = character.repeat(length);
      expect(sha256Hex(text)).toBe(createHash('sha256').update(text).digest('hex'));
    }
  });
});

describe('the digest over what is written', () => {
  test('is SHA-256 of the tag and of what follows it, two hex digits to a byte', () => {
    const digest = digestOver('tag', (out, digits) => writeHex(out, digits), '00ff0a9b');
    const bytes = Buffer.from([3, ...Buffer.from('tag'), 8, 0x00, 0xff, 0x0a, 0x9b]);
    expect(digest).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  test('takes as much as there is', () => {
    const value = 'z'.repeat(100_000);
    const digest = digestOver('tag', text.write, value);
    const length = Buffer.from([0xa0, 0x8d, 0x06]);
    const bytes = Buffer.concat([Buffer.from([3]), Buffer.from('tag'), length, Buffer.from(value)]);
    expect(digest).toBe(createHash('sha256').update(bytes).digest('hex'));
  });
});

describe('a digested map', () => {
  test('lists its entries in the order of their keys, whatever came and went', () => {
    const map = new DigestedMap();
    for (const key of ['b', 'a10', 'a2']) map.set(key, key);
    expect(map.sorted().map(([key]) => key)).toEqual(['a10', 'a2', 'b']);
    map.set('b', 'again');
    map.delete('a2');
    map.set('a', 'new');
    expect(map.sorted()).toEqual([
      ['a', 'new'],
      ['a10', 'a10'],
      ['b', 'again'],
    ]);
  });
});
