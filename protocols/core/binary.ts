/** Bytes written and read, and how a value stands in them. Who wrote or read what cannot be says so at the end: no throw. */
import type { ClientId } from './ids.ts';

/**
 * How values of one type stand in bytes. What is read has the shape of the type and no more: whether a number or a
 * text is within its bounds, a schema says.
 */
export interface Codec<T> {
  write(out: Writer, value: T): void;
  /** Any value of the type once `from` has failed. */
  read(from: Reader): T;
}

export class Writer {
  bytes = new Uint8Array(256);
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

  append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Writes `value`, or nothing if it has no bytes: then `false`. */
  tries<T>(codec: Codec<T>, value: T): boolean {
    const { length, client } = this;
    codec.write(this, value);
    const hasBytes = !this.hasFailed;
    if (!hasBytes) Object.assign(this, { length, client, hasFailed: false });
    return hasBytes;
  }

  /** All that was written. */
  taken(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(0, this.length);
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

  /** The next `count` bytes; none when there are not so many. */
  take(count: number): Uint8Array {
    if (count > this.left) this.fail('cut short');
    const start = this.position;
    if (this.error === null) this.position += count;
    return this.bytes.subarray(start, this.position);
  }

  /** Nothing is read after a failure. */
  fail(error: string): void {
    this.error ??= error;
    this.position = this.bytes.length;
  }
}
