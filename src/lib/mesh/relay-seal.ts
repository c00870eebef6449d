/**
 * What makes a channel through the signaling server as private as one between two devices: the two ends agree on keys by
 * X25519 and seal each frame. The hello signs both public keys, so a server that puts its own in between is found out;
 * and since frames are counted, it can neither repeat nor reorder nor leave one out unnoticed.
 */
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { x25519 } from '@noble/curves/ed25519.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Bytes } from './framing.ts';

export const sealKeyBytes = 32;

/** One end's part, for one channel. */
export interface SealKeys {
  readonly secretKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

export function newSealKeys(): SealKeys {
  const { secretKey, publicKey } = x25519.keygen();
  return { secretKey, publicKey };
}

const keyBytes = 32;
const nonceBytes = 12;

export class Seal {
  /** {@link Channel.binding} of the channel. */
  readonly binding: string;
  readonly #sending: Uint8Array;
  readonly #receiving: Uint8Array;
  #sent = 0;
  #received = 0;

  private constructor(own: SealKeys, other: Uint8Array, shared: Uint8Array) {
    const [low, high] = [own.publicKey, other].sort(compare) as [Uint8Array, Uint8Array];
    this.binding = `relayed ${bytesToHex(low)} ${bytesToHex(high)}`;
    const salt = concatBytes(low, high);
    const keys = hkdf(sha256, shared, salt, utf8ToBytes('synod/relay/1'), 2 * keyBytes);
    const halves = [keys.subarray(0, keyBytes), keys.subarray(keyBytes)] as const;
    const isLow = own.publicKey === low;
    this.#sending = halves[isLow ? 0 : 1];
    this.#receiving = halves[isLow ? 1 : 0];
  }

  /** `null` if the other end's key is one that anybody can agree with, or no key. */
  static between(own: SealKeys, other: Uint8Array): Seal | null {
    try {
      return new Seal(own, other, x25519.getSharedSecret(own.secretKey, other));
    } catch {
      return null;
    }
  }

  seal(plain: Uint8Array): Bytes {
    return chacha20poly1305(this.#sending, nonceOf(this.#sent++)).encrypt(plain) as Bytes;
  }

  /** `null` if it is not the next frame that the other end sealed. */
  open(sealed: Uint8Array): Bytes | null {
    try {
      return chacha20poly1305(this.#receiving, nonceOf(this.#received++)).decrypt(sealed) as Bytes;
    } catch {
      return null;
    }
  }
}

function nonceOf(count: number): Uint8Array {
  const nonce = new Uint8Array(nonceBytes);
  new DataView(nonce.buffer).setBigUint64(0, BigInt(count), true);
  return nonce;
}

function compare(a: Uint8Array, b: Uint8Array): number {
  const [one, other] = [bytesToHex(a), bytesToHex(b)];
  return one < other ? -1 : 1;
}
