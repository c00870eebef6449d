/** Digests of texts, against the platform's own SHA-256. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { sha256Hex } from '#protocols/core/digest.ts';

describe('the digest of a text', () => {
  // Both sides of a block of 64 bytes, of the room for its length, and of what is hashed without a copy.
  const lengths = [0, 1, 55, 56, 63, 64, 65, 119, 120, 1_365, 1_366, 4_096, 10_000];

  test.each(lengths)('is SHA-256, of %i characters', (length) => {
    for (const character of ['a', 'é', '漢']) {
      const text = character.repeat(length);
      expect(sha256Hex(text)).toBe(createHash('sha256').update(text).digest('hex'));
    }
  });
});
