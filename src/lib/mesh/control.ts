/** The small frames a link sends for itself: ping, pong, bye. */
import { frameType, type Bytes } from './framing.ts';
import { meshLimits } from './limits.ts';

const beatBytes = 5;

/** `id` grows with each ping of a link, modulo 2^32. */
export function beat(type: 'ping' | 'pong', id: number): Bytes {
  const frame = new Uint8Array(beatBytes);
  frame[0] = frameType[type];
  new DataView(frame.buffer).setUint32(1, id, true);
  return frame;
}

/** The number in a ping or pong; `null` when malformed. */
export function beatId(frame: Uint8Array): number | null {
  if (frame.byteLength !== beatBytes) return null;
  return new DataView(frame.buffer, frame.byteOffset).getUint32(1, true);
}

export function bye(reason: string): Bytes {
  const frame = new Uint8Array(1 + meshLimits.reasonBytesMax);
  frame[0] = frameType.bye;
  // encodeInto never splits a character.
  const { written } = new TextEncoder().encodeInto(reason, frame.subarray(1));
  return frame.slice(0, 1 + written);
}

/** A person reads it: a text, never markup. `null` when malformed. */
export function byeReason(frame: Uint8Array): string | null {
  if (frame.byteLength > 1 + meshLimits.reasonBytesMax) return null;
  return decodeText(frame.subarray(1));
}

/** Well-formed UTF-8 without control or direction-changing characters, else `null`. */
export function decodeText(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return /[\p{Cc}\u200b-\u200f\u202a-\u202e\u2066-\u2069]/u.test(text) ? null : text;
  } catch {
    return null;
  }
}
