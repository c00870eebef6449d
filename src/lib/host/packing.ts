/**
 * Bytes as they travel: deflated where they are many. A packet of a data channel costs about 100 us of processor on
 * its way, whatever it carries, and the JSON of 64 log entries fills ten of them plain and one deflated (970 of 10,200
 * bytes, 0.2 ms; measured, fflate 0.8.3 at level 1).
 *
 * | bytes | of what is packed |
 * |---|---|
 * | 0 | zero; anything else is the first byte of something plain |
 * | 1–4 | its plain length in bytes, little-endian |
 * | 5– | in raw DEFLATE (RFC 1951), at most {@link deflatedBytesMax} |
 */
import { deflateSync, inflateSync } from 'fflate';

type Bytes = Uint8Array<ArrayBuffer>;

/** Up to here bytes fit one packet as they are: SCTP cuts messages into pieces of at most 1,200 less its headers. */
const plainBytesMax = 1_100;
/**
 * What is longer than this deflated goes plain. Foreign bytes may inflate to 1,032 times their number, whatever
 * length they announce: what lies beyond it is thrown away, but takes its time, 20 ms at this bound.
 */
const deflatedBytesMax = 16_384;
const mark = 0;
const headBytes = 5;

const encoder = new TextEncoder();

/** @param plain not beginning with a zero. */
export function pack(plain: Bytes): Bytes {
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

/** @param text well-formed, not beginning with U+0000; JSON is both. */
export function packText(text: string): Bytes {
  return pack(encoder.encode(text));
}

/** What was packed, or what is wrong with `bytes`; nothing is made that is longer than `bytesMax`. */
export function unpack(
  bytes: Uint8Array,
  bytesMax: number,
):
  | { readonly ok: true; readonly plain: Uint8Array }
  | { readonly ok: false; readonly error: 'too large' | 'damaged' } {
  const size = sizeOf(bytes);
  if (size > bytesMax) return { ok: false, error: 'too large' };
  if (bytes[0] !== mark) return { ok: true, plain: bytes };
  try {
    return { ok: true, plain: inflate(bytes.subarray(headBytes), size) };
  } catch {
    return { ok: false, error: 'damaged' };
  }
}

/** Of what is packed; 0 when its head is cut short. */
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
