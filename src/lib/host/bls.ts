/**
 * BLS12-381 with signatures in G1 and public keys in G2 ("short signatures"): keys stand once in a genesis, and signatures in every
 * block. Ciphersuite and proof of possession of draft-irtf-cfrg-bls-signature §3.3 and §4.2.3. All of it blocks
 * its thread: a check takes milliseconds.
 */
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { isBitmap, type Aggregate } from '#protocols/core/aggregate.ts';
import type { MemberId } from '#protocols/core/ids.ts';
import { limits } from '#protocols/core/limits.ts';
import { shareText, type SigningDomain } from '#protocols/core/signed.ts';
import { putTogether, type AggregateScheme } from './aggregating.ts';
import { RecentSignatures } from './recent-signatures.ts';
import type { Aggregates } from './signer.ts';
import { inTurn } from './turns.ts';

const { shortSignatures: bls, G1, G2 } = bls12_381;
const KeyPoint = G2.Point;
const SharePoint = G1.Point;
type Key = InstanceType<typeof KeyPoint>;
type Share = InstanceType<typeof SharePoint>;

const shareTag = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_';
const possessionTag = 'BLS_POP_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_';

/** What noble makes a secret from. */
const seedBytes = 48;

/** Sums of keys that are remembered: of each set of signers one. */
const sumsMax = 256;
/** Shares decoded lately: each is looked at, and then added. */
const decodedMax = 64;

/** One who speaks with shares. */
export interface ShareHolder {
  /** 192 lowercase hex digits. */
  readonly publicKey: string;
  /** Shows that it has the secret of its key, and whose key it is: 96 lowercase hex digits. */
  possession(owner: string): string;
  /** Of an aggregate under `text`: 96 lowercase hex digits. */
  share(text: string): string;
}

/** @param seed the 32-byte seed of the member's Ed25519 key: one secret is kept, so that both are lost together, or not at all. */
export function shareHolder(seed: Uint8Array): ShareHolder {
  const made = hkdf(sha256, seed, undefined, utf8ToBytes('synod/share-key/1'), seedBytes);
  const { secretKey, publicKey: point } = bls.keygen(made);
  const publicKey = point.toHex();
  const sign = (text: string, tag: string): string =>
    bls.sign(bls.hash(utf8ToBytes(text), tag), secretKey).toHex();
  return {
    publicKey,
    possession: (owner) => sign(possessionText(owner, publicKey), possessionTag),
    share: (text) => sign(text, shareTag),
  };
}

/** @param owner the Ed25519 key that `key` goes with: who copies a key with its proof has proved nothing. */
function possessionText(owner: string, key: string): string {
  return `synod/possession/1 ${owner} ${key}`;
}

/** Whether whoever has the Ed25519 key `owner` has the secret of `key`, a point of the right group. Never throws. */
export function isPossessed(key: string, owner: string, possession: string): boolean {
  const text = possessionText(owner, key);
  return orFalse(() => {
    const message = bls.hash(utf8ToBytes(text), possessionTag);
    return bls.verify(SharePoint.fromHex(possession), message, keyFrom(key));
  });
}

function keyFrom(hex: string): Key {
  const key = KeyPoint.fromHex(hex);
  key.assertValidity();
  return key;
}

/** Noble throws on what is no point of the group. */
function orFalse(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false;
  }
}

/** The keys of one epoch. */
export class BlsScheme implements AggregateScheme {
  readonly voters: readonly MemberId[];
  readonly #domain: SigningDomain;
  /** As hex digits, in the order of `voters`. */
  readonly #hexKeys: readonly string[];
  #keys: readonly Key[] | null = null;
  /** By bitmap. */
  readonly #sums = new Map<number, Key>();
  readonly #decoded = new Map<string, Share | null>();
  readonly #good = new RecentSignatures(limits.recentAggregates);

  /** @param keys of members who proved to have their secrets: without that an aggregate proves nothing. */
  constructor(domain: SigningDomain, voters: readonly MemberId[], keys: readonly string[]) {
    this.#domain = domain;
    this.voters = voters;
    this.#hexKeys = keys;
  }

  isShare(share: string): boolean {
    return this.#decode(share) !== null;
  }

  add(shares: readonly string[]): string {
    let sum = SharePoint.ZERO;
    for (const share of shares) sum = sum.add(this.#decode(share) ?? SharePoint.ZERO);
    return sum.toHex();
  }

  isGood({ body, signers, aggregate }: Aggregate): boolean {
    return orFalse(() => {
      if (!isBitmap(signers, this.voters)) return false;
      const text = shareText(this.#domain, body);
      if (this.#good.has(String(signers), aggregate, text)) return true;
      const message = bls.hash(utf8ToBytes(text), shareTag);
      const isGood = bls.verify(SharePoint.fromHex(aggregate), message, this.#sumOf(signers));
      if (isGood) this.#good.add(String(signers), aggregate, text);
      return isGood;
    });
  }

  #sumOf(signers: number): Key {
    const known = this.#sums.get(signers);
    if (known) return known;
    this.#keys ??= this.#hexKeys.map(keyFrom);
    let sum = KeyPoint.ZERO;
    for (const [place, key] of this.#keys.entries()) {
      if ((signers >>> place) & 1) sum = sum.add(key);
    }
    forgetOldest(this.#sums, sumsMax);
    this.#sums.set(signers, sum);
    return sum;
  }

  #decode(share: string): Share | null {
    const known = this.#decoded.get(share);
    if (known !== undefined) return known;
    let point: Share | null = null;
    orFalse(() => (point = SharePoint.fromHex(share)).equals(point));
    forgetOldest(this.#decoded, decodedMax);
    this.#decoded.set(share, point);
    return point;
  }
}

function forgetOldest(map: Map<unknown, unknown>, max: number): void {
  const [oldest] = map.keys();
  if (map.size >= max) map.delete(oldest);
}

/** What a replica verifies by, a check at a time and everything else in between. */
export function aggregatesOf(scheme: BlsScheme): Aggregates {
  return {
    voters: scheme.voters,
    verify: (aggregate) => inTurn(() => scheme.isGood(aggregate)),
    answer: ({ shares }) => inTurn(() => putTogether(scheme, shares)),
  };
}
