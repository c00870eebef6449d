/** Ed25519 keys and the ids that derive from them: one rule for whoever first sees a key. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { memberIdLength, type MemberId } from './ids.ts';

/** The first 128 bits of SHA-256 of the public key's bytes, as hex. */
export function memberIdOf(publicKey: Uint8Array): MemberId {
  return bytesToHex(sha256(publicKey)).slice(0, memberIdLength) as MemberId;
}

/**
 * Whether a member may come in under this key. Keys of small order are refused, since a signature by one can be valid
 * for many messages, and so are mixed ones and second spellings: an honest pair never has them. To be asked where a
 * key is first seen; verifying a signature decides as ZIP215 does.
 */
export function isAcceptableKey(publicKey: Uint8Array): boolean {
  try {
    const point = ed25519.Point.fromBytes(publicKey, false);
    return !point.isSmallOrder() && point.isTorsionFree();
  } catch {
    return false;
  }
}
