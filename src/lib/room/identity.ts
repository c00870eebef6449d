/** Who a member is: an Ed25519 key pair. */
import { memberIdOf } from '#protocols/core/keys.ts';
import { browserSubtle, createSign, createVerify, type Verify } from '../host/ed25519.ts';
import type { Signer } from '../mesh/hello.ts';
import { ed25519 } from '@noble/curves/ed25519.js';
import type { MemberId } from '#protocols/core/ids.ts';

export interface Identity {
  readonly id: MemberId;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The 32-byte seed of RFC 8032. It leaves this browser only to a worker of this page. */
  readonly secretKey: Uint8Array;
}

/** A new key pair. Works without a secure context: getRandomValues is everywhere. */
export function createIdentity(): Identity {
  return identityOf(globalThis.crypto.getRandomValues(new Uint8Array(32)));
}

/** The identity that a stored seed stands for. */
export function identityOf(secretKey: Uint8Array): Identity {
  const publicKey = ed25519.getPublicKey(secretKey);
  return { id: memberIdOf(publicKey), publicKey, secretKey };
}

/** @param subtle `null`: sign with noble, as in an insecure context. */
export async function createSigner(
  { publicKey, secretKey }: Identity,
  subtle: SubtleCrypto | null = browserSubtle(),
): Promise<Signer> {
  return { publicKey, sign: await createSign(secretKey, subtle) };
}

/** Whether `signature` of `message` is valid for `publicKey` under ZIP215. Never throws, whatever the bytes. */
export const verifySignature: Verify = createVerify(browserSubtle());
