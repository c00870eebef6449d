/** SHA-256 over text, and a map whose digest costs only what changed since it was last asked for. */
import * as v from 'valibot';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { limits } from './limits.ts';

/** The form of a digest: 64 lowercase hex digits. */
export const digestSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

/** As many of its digits as a person can compare. */
export const shortDigest = (digest: string): string => digest.slice(0, 8);

const encoder = new TextEncoder();
/** UTF-8 of one UTF-16 code unit, at most. */
const bytesPerUnitMax = 3;
/** Where texts become bytes, up to those of a piece of state: most are hashed once and forgotten. */
const scratch = new Uint8Array(bytesPerUnitMax * limits.chunkCharactersMax);
// One hasher for all: what a fresh one allocates costs as much as hashing two blocks.
const blank = sha256.create();
const hasher = blank.clone();
const hash = new Uint8Array(blank.outputLen);

/** 64 lowercase hex digits. `text` must be well-formed Unicode: a lone surrogate encodes like another. */
export function sha256Hex(text: string): string {
  if (bytesPerUnitMax * text.length > scratch.length) return digestHex(encoder.encode(text));
  const { written } = encoder.encodeInto(text, scratch);
  return digestHex(scratch.subarray(0, written));
}

function digestHex(bytes: Uint8Array): string {
  blank._cloneInto(hasher).update(bytes).digestInto(hash);
  return hexOf(hash);
}

const hexCodes = Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));

const digestCodes = new Array<number>(2 * blank.outputLen).fill(0);

/** In one piece: a text put together digit by digit is flattened at its first use, which costs more than its hash. */
function hexOf(digest: Uint8Array): string {
  for (let i = 0; i < digest.length; i++) {
    const byte = digest[i] as number;
    digestCodes[2 * i] = hexCodes[byte >> 4] as number;
    digestCodes[2 * i + 1] = hexCodes[byte & 15] as number;
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
    return digestHex(concatBytes(...this.#hashes));
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
