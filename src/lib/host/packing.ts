/**
 * Text as it travels and as it lies on a disk: UTF-8, deflated where it is long. A packet of a data channel costs
 * about 100 us of processor on its way, whatever it carries, and the JSON of 64 log entries fills ten of them plain and
 * one deflated (970 of 10,200 bytes, 0.2 ms; measured, fflate 0.8.3 at level 1).
 *
 * | bytes | of a packed text |
 * |---|---|
 * | 0 | zero; anything else is the first byte of a plain text |
 * | 1–4 | bytes of the text, little-endian |
 * | 5– | the text in raw DEFLATE (RFC 1951), at most {@link deflatedBytesMax} |
 */
import { deflateSync, inflateSync } from 'fflate';

/** Up to here a text fits one packet as it is: SCTP cuts messages into pieces of at most 1,200 bytes less its headers. */
const plainBytesMax = 1_100;
/**
 * A text that is longer than this deflated goes plain. Foreign bytes may inflate to 1,032 times their number, whatever
 * length they announce: what lies beyond it is thrown away, but takes its time, 20 ms at this bound.
 */
const deflatedBytesMax = 16_384;
const mark = 0;
const headBytes = 5;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** @param text well-formed, not beginning with U+0000; JSON is both. */
export function packText(text: string): Uint8Array<ArrayBuffer> {
  const plain = encoder.encode(text);
  if (plain.byteLength <= plainBytesMax) return plain;
  const body = deflateSync(plain, { level: 1 });
  const size = headBytes + body.byteLength;
  if (size >= plain.byteLength || body.byteLength > deflatedBytesMax) return plain;
  const packed = new Uint8Array(size);
  packed[0] = mark;
  new DataView(packed.buffer).setUint32(1, plain.byteLength, true);
  packed.set(body, headBytes);
  return packed;
}

/** What `text` takes in UTF-8. */
export function bytesIn(text: string): number {
  return encoder.encode(text).byteLength;
}

/** The text, or what is wrong with `bytes`; nothing is made that is longer than `bytesMax` bytes. */
export function unpackText(
  bytes: Uint8Array,
  bytesMax: number,
):
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly error: 'too large' | 'damaged' } {
  const size = sizeOf(bytes);
  if (size > bytesMax) return { ok: false, error: 'too large' };
  try {
    const plain = bytes[0] === mark ? inflate(bytes.subarray(headBytes), size) : bytes;
    return { ok: true, text: decoder.decode(plain) };
  } catch {
    return { ok: false, error: 'damaged' };
  }
}

/** Of the text; 0 when its head is cut short. */
function sizeOf(bytes: Uint8Array): number {
  if (bytes[0] !== mark) return bytes.byteLength;
  if (bytes.byteLength < headBytes) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(1, true);
}

function inflate(body: Uint8Array, size: number): Uint8Array {
  const possible = body.byteLength > 0 && body.byteLength <= deflatedBytesMax;
  if (!possible) throw new RangeError('empty, or longer than is ever sent');
  const plain = inflateSync(body, { out: new Uint8Array(size) });
  if (plain.byteLength !== size) throw new RangeError('shorter than announced');
  return plain;
}
