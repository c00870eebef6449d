/** Digests of texts, against the platform's own SHA-256, and the map with a digest of its own. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { DigestedMap, sha256Hex } from '#protocols/core/digest.ts';

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
