/**
 * Ed25519 by one rule everywhere: ZIP215, which is what @noble/curves decides by default. Verifiers disagree on crafted
 * signatures, so replicas that mixed them could be split by one liar; but whatever WebCrypto accepts ZIP215 accepts
 * too, so its yes may stand (it is six times as fast) and its no is noble's to decide. Without a secure context there
 * is no WebCrypto, and noble does everything.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { inTurn } from './turns.ts';

/** Whether `signature` of `message` is valid for `publicKey` under ZIP215. Never rejects, whatever the bytes. */
export type Verify = (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => Promise<boolean>;

/** 64 bytes. Two signatures of one message may differ: compare what is signed, never signatures. */
export type Sign = (message: Uint8Array) => Promise<Uint8Array>;

const keyBytes = 32;
const signatureBytes = 64;

/** Imported public keys kept by a verifier: more than the members of one room, so that strangers cost no more. */
const importedKeysMax = 256;

/** WebCrypto, where the context is secure. */
export function browserSubtle(): SubtleCrypto | null {
  return ((globalThis.crypto as Crypto | undefined)?.subtle as SubtleCrypto | undefined) ?? null;
}

/** @param secretKey the 32-byte seed of RFC 8032. @param subtle `null`: noble alone. */
export async function createSign(
  secretKey: Uint8Array,
  subtle: SubtleCrypto | null,
): Promise<Sign> {
  const key = await importSecretKey(secretKey, subtle);
  return async (message) => {
    if (!key || !subtle) return ed25519.sign(message, secretKey);
    return new Uint8Array(await subtle.sign('Ed25519', key, message.slice()));
  };
}

/** A verifier of its own, with its own imported keys. `subtle` `null`: noble alone. */
export function createVerify(subtle: SubtleCrypto | null): Verify {
  const imported = new Map<string, Promise<CryptoKey | null>>();
  const importKey = (publicKey: Uint8Array): Promise<CryptoKey | null> => {
    const name = bytesToHex(publicKey);
    const known = imported.get(name);
    if (known) return known;
    const [oldest] = imported.keys();
    if (imported.size >= importedKeysMax && oldest !== undefined) imported.delete(oldest);
    const key = importPublicKey(publicKey, subtle);
    imported.set(name, key);
    return key;
  };
  return async (publicKey, message, signature) => {
    if (publicKey.length !== keyBytes || signature.length !== signatureBytes) return false;
    const key = await importKey(publicKey);
    if (key && subtle && (await fastYes(subtle, { key, message, signature }))) return true;
    return inTurn(() => ed25519.verify(signature, message, publicKey));
  };
}

interface Question {
  readonly key: CryptoKey;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

async function fastYes(subtle: SubtleCrypto, question: Question): Promise<boolean> {
  try {
    const { key, message, signature } = question;
    return await subtle.verify('Ed25519', key, signature.slice(), message.slice());
  } catch {
    return false;
  }
}

async function importPublicKey(
  publicKey: Uint8Array,
  subtle: SubtleCrypto | null,
): Promise<CryptoKey | null> {
  try {
    const usages: KeyUsage[] = ['verify'];
    return (await subtle?.importKey('raw', publicKey.slice(), 'Ed25519', false, usages)) ?? null;
  } catch {
    return null;
  }
}

/** PKCS #8 of an Ed25519 seed (RFC 8410 §7) up to the seed itself. */
const pkcs8Head = Uint8Array.of(48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32);

async function importSecretKey(
  secretKey: Uint8Array,
  subtle: SubtleCrypto | null,
): Promise<CryptoKey | null> {
  try {
    const pkcs8 = Uint8Array.of(...pkcs8Head, ...secretKey);
    return (await subtle?.importKey('pkcs8', pkcs8, 'Ed25519', false, ['sign'])) ?? null;
  } catch {
    return null;
  }
}
