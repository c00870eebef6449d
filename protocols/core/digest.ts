/** SHA-256 over text, and a map whose digest costs only what changed since it was last asked for. */
import * as v from 'valibot';
import { _SHA256, sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes } from '@noble/hashes/utils.js';
import { Writer, type Codec } from './binary.ts';
import { text } from './binary-blocks.ts';
import { limits } from './limits.ts';

/** The form of a digest: 64 lowercase hex digits. */
export const digestSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

/** As many of its digits as a person can compare. */
export const shortDigest = (digest: string): string => digest.slice(0, 8);

const encoder = new TextEncoder();
/** UTF-8 of one UTF-16 code unit, at most. */
const bytesPerUnitMax = 3;
const blockBytes = 64;
/** What SHA-256 puts behind a message, at most: a mark, zeros, and its length in bits. */
const paddingBytesMax = blockBytes + 8;
/** Where messages are put together, up to those of a piece of state: most are hashed once and forgotten. */
const scratch = new Writer();

/** The compression function over whole blocks: a hasher that buffers, and is made anew, costs as much as two of them. */
class Compression extends _SHA256 {
  readonly #initial = this.get();
  #view = new DataView(scratch.bytes.buffer);

  /** The hash of the scratch, padded: 8 words. */
  words(): readonly number[] {
    const { bytes, length } = scratch;
    if (this.#view.buffer !== bytes.buffer) this.#view = new DataView(bytes.buffer);
    this.set(...this.#initial);
    for (let at = 0; at < length; at += blockBytes) this.process(this.#view, at);
    return this.get();
  }
}
const compression = new Compression();

/** 64 lowercase hex digits. `message` must be well-formed Unicode: a lone surrogate encodes like another. */
export function sha256Hex(message: string): string {
  if (message.length > limits.chunkCharactersMax) {
    return bytesToHex(sha256(encoder.encode(message)));
  }
  scratch.length = 0;
  scratch.reserve(bytesPerUnitMax * message.length);
  scratch.length = encoder.encodeInto(message, scratch.bytes).written;
  return digestOfScratch();
}

/**
 * 64 lowercase hex digits over the bytes that `write` makes of `value`, after `tag`: no two kinds of digests may share
 * one. `write` must make different bytes of different values, and take no digest meanwhile.
 */
export function digestOver<T>(tag: string, write: Codec<T>['write'], value: T): string {
  scratch.length = 0;
  text.write(scratch, tag);
  write(scratch, value);
  return digestOfScratch();
}

function digestOfScratch(): string {
  pad();
  return hexOf(compression.words());
}

/** FIPS 180-4 §5.1.1: whole blocks. */
function pad(): void {
  const { length } = scratch;
  scratch.reserve(paddingBytesMax);
  const { bytes } = scratch;
  const end = Math.ceil((length + 9) / blockBytes) * blockBytes;
  bytes[length] = 0x80;
  bytes.fill(0, length + 1, end);
  // The length in bits, in 8 bytes.
  for (let at = end - 1, bits = 8 * length; bits > 0; bits = Math.floor(bits / 256)) {
    bytes[at--] = bits % 256;
  }
  scratch.length = end;
}

const hexCodes = Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));
const digestCodes = new Array<number>(64).fill(0);

/** In one piece: a text put together digit by digit is flattened at its first use, which costs more than its hash. */
function hexOf(words: readonly number[]): string {
  for (let i = 0; i < digestCodes.length; i++) {
    const word = words[i >> 3] as number;
    digestCodes[i] = hexCodes[(word >>> (28 - 4 * (i & 7))) & 15] as number;
  }
  return String.fromCharCode(...digestCodes);
}

const bucketCount = 256;
/** Of a bucket without keys. */
const emptyHash = new Uint8Array(32);

/**
 * A map from string to string with a digest over its whole content: a two-level Merkle tree of 256 buckets, keys
 * spread by their own hash, so that a change re-hashes one bucket. Equal content gives equal digests whatever the
 * order of the changes, and, unlike a sum of hashes, no set of entries can be found that cancels out.
 */
export class DigestedMap {
  readonly #entries = new Map<string, { value: string; readonly bucket: number }>();
  /** All keys in the order of their code units; `null` since one came or went. */
  #keys: readonly string[] | null = null;
  /** Made when their first key comes: most maps are small. */
  readonly #buckets: Set<string>[] = [];
  readonly #hashes: Uint8Array[] = new Array<Uint8Array>(bucketCount).fill(emptyHash);
  /** By bucket: 1 if it changed since it was hashed. */
  readonly #dirty = new Uint8Array(bucketCount);

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): string | undefined {
    return this.#entries.get(key)?.value;
  }

  set(key: string, value: string): void {
    const entry = this.#entries.get(key);
    if (entry) {
      entry.value = value;
      this.#dirty[entry.bucket] = 1;
      return;
    }
    const bucket = sha256(encoder.encode(key))[0] as number;
    this.#entries.set(key, { value, bucket });
    (this.#buckets[bucket] ??= new Set()).add(key);
    this.#keys = null;
    this.#dirty[bucket] = 1;
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#keys = null;
    this.#buckets[entry.bucket]?.delete(key);
    this.#dirty[entry.bucket] = 1;
  }

  /** All entries in the order of their keys' code units: the same on every replica. */
  sorted(): [key: string, value: string][] {
    this.#keys ??= [...this.#entries.keys()].sort();
    return this.#keys.map((key) => [key, this.get(key) ?? '']);
  }

  /** 64 lowercase hex digits over the whole content. */
  digest(): string {
    for (const [bucket, isDirty] of this.#dirty.entries()) {
      if (isDirty) this.#hashes[bucket] = this.#hashBucket(bucket);
    }
    this.#dirty.fill(0);
    return bytesToHex(sha256(concatBytes(...this.#hashes)));
  }

  #hashBucket(bucket: number): Uint8Array {
    const keys = [...(this.#buckets[bucket] ?? [])].sort();
    if (keys.length === 0) return emptyHash;
    const hash = sha256.create();
    for (const key of keys) {
      // JSON quotes both strings, so that no two different entries give the same bytes.
      hash.update(encoder.encode(JSON.stringify([key, this.get(key)])));
    }
    return hash.digest();
  }
}
