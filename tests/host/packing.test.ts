/** Texts come back from their packed form, and nothing a peer may send costs more than its bound. */
import { deflateSync } from 'fflate';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packText, unpackText } from '#lib/host/packing.ts';

const mebibyte = 1_048_576;
function deflated(body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + body.byteLength);
  bytes.set(body, 1);
  return bytes;
}
describe('a packed text', () => {
  test('comes back, whatever it says and however long it is', () => {
    const json = fc.json().map((text) => text.padEnd(1));
    const long = fc
      .tuple(fc.string({ unit: 'grapheme' }), fc.nat(4_000))
      .map(([text, times]) => JSON.stringify(text.repeat(times)));
    fc.assert(
      fc.property(fc.oneof(json, long), (text) => {
        expect(unpackText(packText(text), 64 * mebibyte)).toEqual({ ok: true, text });
      }),
    );
  });

  test('is plain JSON while it is short, and a fraction when it is long and says the same often', () => {
    const short = JSON.stringify({ type: 'RequestVote', term: 3 });
    expect(new TextDecoder().decode(packText(short))).toBe(short);
    const entries = Array.from({ length: 64 }, (_, i) => ({
      term: 3,
      request: { client: 'c'.repeat(41), seq: i },
    }));
    const long = JSON.stringify(entries);
    expect(packText(long).byteLength).toBeLessThan(long.length / 5);
  });

  test('stays plain when deflating would make it longer', () => {
    const random = crypto.getRandomValues(new Uint8Array(4_000));
    const text = JSON.stringify(String.fromCharCode(...random.map((byte) => 35 + (byte % 57))));
    expect(packText(text).byteLength).toBeLessThanOrEqual(text.length);
    expect(unpackText(packText(text), mebibyte)).toEqual({ ok: true, text });
  });

  test('of just the size allowed passes, of one byte more does not', () => {
    const text = 'x'.repeat(5_000);
    expect(unpackText(packText(text), 5_000)).toEqual({ ok: true, text });
    expect(unpackText(packText(text), 4_999)).toEqual({ ok: false, error: 'too large' });
  });
});

describe('foreign bytes', () => {
  test('that would grow a thousandfold are given up at the bound', () => {
    const bomb = deflated(deflateSync(new Uint8Array(64 * mebibyte), { level: 9 }));
    expect(bomb.byteLength).toBeLessThan(mebibyte / 8);
    expect(unpackText(bomb, mebibyte)).toEqual({ ok: false, error: 'too large' });
    // What stands behind the bound is not looked at.
    const damagedLater = bomb.slice();
    damagedLater.fill(7, 8_192);
    expect(unpackText(damagedLater, mebibyte)).toEqual({ ok: false, error: 'too large' });
  });

  test.each([
    [
      'a stream cut short',
      deflated(deflateSync(new TextEncoder().encode('x'.repeat(4_000)))).slice(0, 6),
    ],
    ['a block type that does not exist', new Uint8Array([0, 7, 7, 7])],
    ['no UTF-8 inside', deflated(deflateSync(new Uint8Array([0xff, 0xfe, 0xfd])))],
    ['no UTF-8 outside', new Uint8Array([0xff, 0xfe])],
  ])('with %s are damaged', (_, bytes) => {
    expect(unpackText(bytes, mebibyte)).toEqual({ ok: false, error: 'damaged' });
  });

  test('never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3_000 }), (bytes) => {
        const { ok } = unpackText(deflated(bytes), 10_000);
        expect([true, false]).toContain(ok);
      }),
    );
  });
});
