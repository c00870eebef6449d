/**
 * Text as it travels and as it lies on a disk: UTF-8, deflated where it is long. A packet of a data channel costs
 * about 100 us of processor on its way, whatever it carries, and the JSON of 64 log entries fills ten of them plain and
 * one deflated (970 of 10,200 bytes, 0.2 ms; measured, fflate 0.8.3 at level 1).
 *
 * | first byte | the rest |
 * |---|---|
 * | 0 | raw DEFLATE (RFC 1951) of UTF-8 |
 * | any other | this byte belongs to the text: UTF-8 |
 */
import { deflateSync, Inflate } from 'fflate';

/** Up to here a text fits one packet as it is: SCTP cuts messages into pieces of at most 1,200 bytes less its headers. */
const plainBytesMax = 1_100;
const deflated = 0;
/** Compressed bytes taken at a time: they become at most 1,032 times as many before the bound is looked at. */
const sliceBytes = 1_024;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** @param text well-formed, not beginning with U+0000; JSON is both. */
export function packText(text: string): Uint8Array<ArrayBuffer> {
  const plain = encoder.encode(text);
  if (plain.byteLength <= plainBytesMax) return plain;
  const body = deflateSync(plain, { level: 1 });
  if (body.byteLength + 1 >= plain.byteLength) return plain;
  const packed = new Uint8Array(1 + body.byteLength);
  packed[0] = deflated;
  packed.set(body, 1);
  return packed;
}

/** The text, or what is wrong with `bytes`. Takes neither memory nor time for more than about `bytesMax` bytes of UTF-8. */
export function unpackText(
  bytes: Uint8Array,
  bytesMax: number,
):
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly error: 'too large' | 'damaged' } {
  if (bytes.byteLength > bytesMax) return { ok: false, error: 'too large' };
  try {
    const plain = bytes[0] === deflated ? inflate(bytes.subarray(1), bytesMax) : bytes;
    if (!plain) return { ok: false, error: 'too large' };
    return { ok: true, text: decoder.decode(plain) };
  } catch {
    return { ok: false, error: 'damaged' };
  }
}

/** `null` when it grows beyond `bytesMax`; throws when it is damaged. */
function inflate(body: Uint8Array, bytesMax: number): Uint8Array | null {
  const pieces: Uint8Array[] = [];
  let size = 0;
  const stream = new Inflate((piece) => {
    pieces.push(piece);
    size += piece.byteLength;
  });
  for (let at = 0; at === 0 || at < body.byteLength; at += sliceBytes) {
    const end = Math.min(body.byteLength, at + sliceBytes);
    stream.push(body.subarray(at, end), end === body.byteLength);
    if (size > bytesMax) return null;
  }
  const [first] = pieces;
  if (pieces.length === 1 && first) return first;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}
