/**
 * Sections to frames and back. A frame is one data-channel message, which costs about 80 us whatever its size: what
 * fits travels together, and only what does not is cut into chunks.
 *
 * | frame | first byte | then |
 * |---|---|---|
 * | sections | 1 | for each: kind (1), length (2), bytes |
 * | chunk | 2 | kind (1), 1 = the first or 0 = a later one (1), on the first: length of the whole (4), bytes |
 * | ping, pong | 3, 4 | number of the ping (4) |
 * | bye | 5 | reason in UTF-8 |
 * | hello, proof, ready | 6, 7, 8 | see hello.ts |
 * | moved | 9 | nothing: the last frame of this channel, the next one is on a better one |
 *
 * Numbers are little-endian. Nothing here throws on foreign bytes.
 */
import { meshLimits } from './limits.ts';
import type { Section, SectionKind } from './transport.ts';

export const frameType = {
  sections: 1,
  chunk: 2,
  ping: 3,
  pong: 4,
  bye: 5,
  hello: 6,
  proof: 7,
  ready: 8,
  moved: 9,
} as const;

export type Bytes = Uint8Array<ArrayBuffer>;

const kinds: readonly SectionKind[] = ['room', 'consensus', 'request', 'reply', 'trace'];
const codeOf = { room: 0, consensus: 1, request: 2, reply: 3, trace: 4 } as const;

const sectionHeaderBytes = 3;
const firstChunkHeaderBytes = 7;
const chunkHeaderBytes = 3;
/** Largest section that travels uncut. */
export const wholeSectionBytesMax = meshLimits.frameBytesMax - 1 - sectionHeaderBytes;

/** The fewest frames that carry `sections` in their order. Copies each byte once. */
export function pack(sections: readonly Section[]): Bytes[] {
  const frames: Bytes[] = [];
  let from = 0;
  while (from < sections.length) {
    const to = lastThatFits(sections, from);
    if (to > from) frames.push(packWhole(sections, from, to));
    else cut(sections[from] as Section, frames);
    from = Math.max(to, from + 1);
  }
  return frames;
}

/** Index after the last section from `from` on that still fits in one frame. */
function lastThatFits(sections: readonly Section[], from: number): number {
  let bytes = 1;
  const end = Math.min(sections.length, from + meshLimits.sectionsPerFrameMax);
  for (let i = from; i < end; i++) {
    bytes += sectionHeaderBytes + (sections[i] as Section).bytes.byteLength;
    if (bytes > meshLimits.frameBytesMax) return i;
  }
  return end;
}

function packWhole(sections: readonly Section[], from: number, to: number): Bytes {
  let size = 1;
  for (let i = from; i < to; i++) {
    size += sectionHeaderBytes + (sections[i] as Section).bytes.byteLength;
  }
  const frame = new Uint8Array(size);
  frame[0] = frameType.sections;
  let at = 1;
  for (let i = from; i < to; i++) {
    const { kind, bytes } = sections[i] as Section;
    frame[at] = codeOf[kind];
    frame[at + 1] = bytes.byteLength & 0xff;
    frame[at + 2] = bytes.byteLength >>> 8;
    frame.set(bytes, at + sectionHeaderBytes);
    at += sectionHeaderBytes + bytes.byteLength;
  }
  return frame;
}

function cut({ kind, bytes }: Section, frames: Bytes[]): void {
  let sent = 0;
  while (sent < bytes.byteLength) {
    const header = sent === 0 ? firstChunkHeaderBytes : chunkHeaderBytes;
    const part = Math.min(meshLimits.frameBytesMax - header, bytes.byteLength - sent);
    const frame = new Uint8Array(header + part);
    frame[0] = frameType.chunk;
    frame[1] = codeOf[kind];
    frame[2] = sent === 0 ? 1 : 0;
    if (sent === 0) new DataView(frame.buffer).setUint32(3, bytes.byteLength, true);
    frame.set(bytes.subarray(sent, sent + part), header);
    frames.push(frame);
    sent += part;
  }
}

/** `null` when malformed. The sections share the frame's memory. */
export function unpack(frame: Uint8Array): Section[] | null {
  const sections: Section[] = [];
  let at = 1;
  while (at < frame.byteLength) {
    if (at + sectionHeaderBytes > frame.byteLength) return null;
    const kind = kinds[frame[at] as number];
    const size = (frame[at + 1] as number) | ((frame[at + 2] as number) << 8);
    const start = at + sectionHeaderBytes;
    if (kind === undefined || start + size > frame.byteLength) return null;
    if (sections.length === meshLimits.sectionsPerFrameMax) return null;
    sections.push({ kind, bytes: frame.subarray(start, start + size) });
    at = start + size;
  }
  return sections.length === 0 ? null : sections;
}

interface Unfinished {
  readonly size: number;
  /** Grown as chunks come: an announcement alone must not cost memory. */
  readonly chunks: Uint8Array[];
  /** Sum of the lengths of `chunks`; less than `size`. */
  received: number;
}

export type Assembly =
  | { readonly type: 'section'; readonly section: Section }
  | { readonly type: 'incomplete' }
  | { readonly type: 'malformed' };

/**
 * Puts cut sections together again: at most one of each kind at a time, since a channel keeps the order of a kind
 * while kinds overtake each other.
 */
export class Assembler {
  #unfinished = new Map<SectionKind, Unfinished>();

  add(frame: Uint8Array): Assembly {
    const kind = kinds[frame[1] ?? kinds.length];
    if (kind === undefined) return { type: 'malformed' };
    const unfinished = frame[2] === 1 ? this.#begin(kind, frame) : this.#next(kind, frame);
    if (unfinished === null) {
      // The rest of a broken section is malformed too, chunk by chunk, until the next one begins.
      this.#unfinished.delete(kind);
      return { type: 'malformed' };
    }
    if (unfinished.received < unfinished.size) return { type: 'incomplete' };
    this.#unfinished.delete(kind);
    return { type: 'section', section: { kind, bytes: join(unfinished) } };
  }

  #begin(kind: SectionKind, frame: Uint8Array): Unfinished | null {
    if (this.#unfinished.has(kind) || frame.byteLength <= firstChunkHeaderBytes) return null;
    const size = new DataView(frame.buffer, frame.byteOffset).getUint32(3, true);
    const bytes = frame.subarray(firstChunkHeaderBytes);
    if (size > meshLimits.sectionBytesMax || bytes.byteLength > size) return null;
    const unfinished = { size, chunks: [bytes], received: bytes.byteLength };
    this.#unfinished.set(kind, unfinished);
    return unfinished;
  }

  #next(kind: SectionKind, frame: Uint8Array): Unfinished | null {
    const unfinished = this.#unfinished.get(kind);
    if (unfinished === undefined || frame[2] !== 0) return null;
    const bytes = frame.subarray(chunkHeaderBytes);
    const full = frame.byteLength === meshLimits.frameBytesMax;
    // Only the last chunk may be short: thousands of tiny ones would cost more than they carry.
    const last = unfinished.received + bytes.byteLength === unfinished.size;
    if (!last && (!full || unfinished.received + bytes.byteLength > unfinished.size)) return null;
    unfinished.chunks.push(bytes);
    unfinished.received += bytes.byteLength;
    return unfinished;
  }
}

function join({ size, chunks }: Unfinished): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
