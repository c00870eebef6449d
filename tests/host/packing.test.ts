/** Texts come back from their packed form, and nothing a peer may send costs more than its bound. */
import { deflateSync } from 'fflate';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packText, unpack } from '#lib/host/packing.ts';

const mebibyte = 1_048_576;
/** A packed text of `body`, which says that its text has `size` bytes. */
function announced(size: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(5 + body.byteLength);
  new DataView(bytes.buffer).setUint32(1, size, true);
  bytes.set(body, 5);
  return bytes;
}
/** What comes out, as text. */
function unpackText(bytes: Uint8Array, bytesMax: number) {
  const unpacked = unpack(bytes, bytesMax);
  return unpacked.ok ? { ok: true, text: new TextDecoder().decode(unpacked.plain) } : unpacked;
}
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

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

  test('goes plain when it is long even deflated: nobody need inflate more than a little', () => {
    const text = JSON.stringify(Array.from({ length: 40_000 }, (_, i) => (i * 7_919) % 104_729));
    const packed = packText(text);
    expect(packed.byteLength).toBe(text.length);
    expect(unpackText(packed, mebibyte)).toEqual({ ok: true, text });
  });

  test('of just the size allowed passes, of one byte more does not', () => {
    const text = 'x'.repeat(5_000);
    expect(unpackText(packText(text), 5_000)).toEqual({ ok: true, text });
    expect(unpackText(packText(text), 4_999)).toEqual({ ok: false, error: 'too large' });
  });
});

describe('foreign bytes', () => {
  test('that announce more than may be are not even looked at', () => {
    const honest = deflateSync(new Uint8Array(2 * mebibyte).fill(0x20));
    expect(unpackText(announced(2 * mebibyte, honest), mebibyte)).toEqual({
      ok: false,
      error: 'too large',
    });
    expect(unpackText(announced(2 ** 32 - 1, honest), mebibyte)).toMatchObject({ ok: false });
  });

  test('that hold more than they announce give no more than that', () => {
    const bomb = deflateSync(new Uint8Array(8 * mebibyte).fill(0x20), { level: 9 });
    expect(unpackText(announced(10, bomb), mebibyte)).toEqual({ ok: true, text: ' '.repeat(10) });
  });

  const long = deflateSync(utf8('x'.repeat(4_000)));
  test.each([
    ['no head', new Uint8Array([0])],
    ['half a head', new Uint8Array([0, 1, 0])],
    ['no stream', announced(10, new Uint8Array())],
    ['a stream cut short', announced(4_000, long.slice(0, 6))],
    ['less than announced', announced(4_001, long)],
    ['a block type that does not exist', announced(10, new Uint8Array([7, 7, 7]))],
    ['a stream longer than any that is sent', announced(10, new Uint8Array(16_385))],
  ])('with %s are damaged', (_, bytes) => {
    expect(unpackText(bytes, mebibyte)).toEqual({ ok: false, error: 'damaged' });
  });

  test('never throw', () => {
    fc.assert(
      fc.property(fc.nat(20_000), fc.uint8Array({ maxLength: 3_000 }), (size, bytes) => {
        const { ok } = unpackText(announced(size, bytes), 10_000);
        expect([true, false]).toContain(ok);
      }),
    );
  });
});
