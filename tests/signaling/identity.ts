/** Members with real keys, the same ones in every run. */
import { memberIdOf } from '#protocols/core/keys.ts';
import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesToHex, utf8ToBytes, hexToBytes } from '@noble/hashes/utils.js';
import { proofText, type DoorMember } from '#signaling/messages.ts';

export interface Identity {
  readonly member: DoorMember;
  /** Signs what a tab signs for this nonce and code (empty when it opens a room). */
  readonly prove: (nonce: string, code: string) => string;
}

let made = 0;

export function identity(name: string): Identity {
  made += 1;
  const secretKey = new Uint8Array(32);
  new DataView(secretKey.buffer).setUint32(0, made);
  const publicKey = bytesToHex(ed25519.getPublicKey(secretKey));
  const id = memberIdOf(hexToBytes(publicKey));
  return {
    member: { id, publicKey, name },
    prove: (nonce, code) =>
      bytesToHex(ed25519.sign(utf8ToBytes(proofText(nonce, code, id)), secretKey)),
  };
}

/** A member whose key is not used: for the pure rules, which check no keys. */
export function stranger(name: string): DoorMember {
  made += 1;
  const id = made.toString(16).padStart(32, '0');
  return { id, publicKey: id + id, name };
}
