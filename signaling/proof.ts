/** Whether a tab holds the key it names itself by. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { proofText, type DoorMember } from './messages.ts';

/** The id that belongs to a public key: the first 32 hex digits of SHA-256 of its bytes. */
export function memberIdOf(publicKey: string): string {
  return bytesToHex(sha256(hexToBytes(publicKey))).slice(0, 32);
}

export interface Claim {
  readonly member: DoorMember;
  /** As the tab signed it: empty when it opens a room. */
  readonly code: string;
  /** Ed25519 signature of {@link proofText}, 128 hex digits. */
  readonly proof: string;
}

/** True when `claim` is signed, for this connection's `nonce`, by the key its id derives from. Never throws. */
export function isProved(nonce: string, claim: Claim): boolean {
  const { member, code, proof } = claim;
  if (memberIdOf(member.publicKey) !== member.id) return false;
  try {
    const key = hexToBytes(member.publicKey);
    const point = ed25519.Point.fromBytes(key, true);
    // With a key of small order one signature fits every text: it proves nothing.
    if (point.isSmallOrder() || !point.isTorsionFree()) return false;
    // ZIP215, the library's default, as everywhere else in Synod.
    return ed25519.verify(hexToBytes(proof), utf8ToBytes(proofText(nonce, code, member.id)), key);
  } catch {
    return false;
  }
}
