/** Whether a tab holds the key it names itself by. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { isAcceptableKey, memberIdOf } from '#protocols/core/keys.ts';
import { proofText, type DoorMember } from './messages.ts';

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
  const key = hexToBytes(member.publicKey);
  // With a key of small order one signature fits every text: it proves nothing.
  if (memberIdOf(key) !== member.id || !isAcceptableKey(key)) return false;
  try {
    // ZIP215, the library's default, as everywhere else in Synod.
    return ed25519.verify(hexToBytes(proof), utf8ToBytes(proofText(nonce, code, member.id)), key);
  } catch {
    return false;
  }
}
