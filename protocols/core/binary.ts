/** Bytes written and read, and how a value stands in them. Who wrote or read what cannot be says so at the end: no throw. */
import type { ClientId } from './ids.ts';

/** How values of one type stand in bytes. */
export interface Codec<T> {
  write(out: Writer, value: T): void;
  /** Any value of the type once `from` has failed. */
  read(from: Reader): T;
}

export class Writer {
  bytes = new Uint8Array(1_024);
  length = 0;
  hasFailed = false;
  /** The last client written: most entries are of the client of the one before. */
  client: ClientId | null = null;

  /** Room for `count` more bytes. */
  reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const larger = new Uint8Array(2 * (this.length + count));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }
}

export class Reader {
  readonly bytes: Uint8Array;
  position = 0;
  /** The first thing that was wrong. */
  error: string | null = null;
  client: ClientId | null = null;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get left(): number {
    return this.bytes.length - this.position;
  }

  byte(): number {
    const value = this.bytes[this.position++];
    if (value !== undefined) return value;
    this.fail('cut short');
    return 0;
  }

  /** Nothing is read after a failure. */
  fail(error: string): void {
    this.error ??= error;
    this.position = this.bytes.length;
  }
}

/** The bytes of `value`; `null` if it has none, or more than `bytesMax`. */
export function encodeWith<T>(codec: Codec<T>, value: T, bytesMax: number): Uint8Array | null {
  const out = new Writer();
  codec.write(out, value);
  return out.hasFailed || out.length > bytesMax ? null : out.bytes.slice(0, out.length);
}

export type DecodedBytes<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string };

/** The value that all of `bytes` is. */
export function decodeWith<T>(
  codec: Codec<T>,
  bytes: Uint8Array,
  bytesMax: number,
): DecodedBytes<T> {
  if (bytes.length > bytesMax) return { ok: false, error: 'too large' };
  const from = new Reader(bytes);
  const value = codec.read(from);
  if (from.error === null && from.left > 0) from.fail('more than a value');
  return from.error === null ? { ok: true, value } : { ok: false, error: from.error };
}
