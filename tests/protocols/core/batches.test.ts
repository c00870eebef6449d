import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutIntoBatches, listBytesMax, replyBytes, requestBytes } from '#protocols/core/batches.ts';
import { clientRequest } from '../raft/arbitrary.ts';
import { c, put, r, request } from '../fixtures/ids.ts';

const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).length;

test('the bounds are bounds, also where JSON escapes every character', () => {
  fc.assert(
    fc.property(clientRequest, (req) => {
      expect(bytesOf({ kind: 'command', term: 2 ** 52, request: req })).toBeLessThan(
        requestBytes(req),
      );
    }),
    { seed: 1 },
  );
  const value = '\u0001'.repeat(1_000);
  expect(bytesOf(request(1, put('k', value)))).toBeLessThan(
    requestBytes(request(1, put('k', value))),
  );
  const result = { ok: true, value } as const;
  const reply = { type: 'done', seq: 2 ** 52, index: 2 ** 52, result, leader: r(1) } as const;
  expect(bytesOf({ client: c(0), reply })).toBeLessThan(replyBytes(reply));
});

test('batches keep the order, lose nothing, and stay below both bounds', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: listBytesMax }), { maxLength: 40 });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 5 }), (items, countMax) => {
      const batches = cutIntoBatches(items, (size) => size, countMax);
      expect(batches.flat()).toEqual(items);
      for (const batch of batches) {
        expect(batch.length).toBeGreaterThan(0);
        expect(batch.length).toBeLessThanOrEqual(countMax);
        expect(batch.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(listBytesMax);
      }
    }),
    { seed: 1 },
  );
});
