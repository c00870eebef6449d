/** What is promised of keys and signatures, in Node and in Chromium, with WebCrypto and without. */
import { isAcceptableKey, memberIdOf } from '#protocols/core/keys.ts';
import { ed25519 } from '@noble/curves/ed25519.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { describe, expect, test } from 'vitest';
import { isMemberId } from '#protocols/core/ids.ts';
import { createVerify } from '#lib/host/ed25519.ts';
import {
  createIdentity,
  createSigner,
  identityOf,
  verifySignature,
} from '../../src/lib/room/identity.ts';
import {
  mixedKey,
  rfc8032,
  secondSpelling,
  smallOrderKeys,
  smallOrderNonces,
} from './signature-vectors.ts';

export function identitySuite(subtle: SubtleCrypto): void {
  const verifiers = [
    ['with WebCrypto', createVerify(subtle)],
    ['without a secure context', createVerify(null)],
    ['as the room uses it', verifySignature],
  ] as const;
  const message = utf8ToBytes('a vote');

  describe.each(verifiers)('a verifier %s', (_, verify) => {
    test.each(rfc8032)('accepts $title', async ({ publicKey, message: text, signature }) => {
      expect(await verify(publicKey, text, signature)).toBe(true);
    });

    test('refuses another message, another key and a changed signature', async () => {
      const [{ publicKey, signature, message: text }, other] = rfc8032 as [Rfc, Rfc];
      expect(await verify(publicKey, concatBytes(text, Uint8Array.of(0)), signature)).toBe(false);
      expect(await verify(other.publicKey, text, signature)).toBe(false);
      for (const at of [0, 31, 32, 63]) {
        const changed = signature.with(at, (signature[at] as number) ^ 1);
        expect(await verify(publicKey, text, changed)).toBe(false);
      }
    });

    test('refuses whatever has the wrong length, or is no point, without throwing', async () => {
      const [{ publicKey, signature }] = rfc8032 as [Rfc];
      const noPoint = new Uint8Array(32).fill(2);
      expect(ed25519.utils.isValidPublicKey(noPoint, true)).toBe(false);
      for (const key of [new Uint8Array(0), publicKey.slice(1), noPoint, new Uint8Array(33)])
        expect(await verify(key, message, signature)).toBe(false);
      for (const text of [new Uint8Array(0), signature.slice(1), new Uint8Array(65)])
        expect(await verify(publicKey, message, text)).toBe(false);
    });

    test.each(smallOrderNonces)('accepts what ZIP215 accepts: $title', async (vector) => {
      expect(await verify(vector.publicKey, vector.message, vector.signature)).toBe(true);
    });

    test('says of every signature by a key of small order what ZIP215 says', async () => {
      for (const { publicKey, message: text, signature } of smallOrderKeys) {
        const zip215 = ed25519.verify(signature, text, publicKey);
        expect(await verify(publicKey, text, signature)).toBe(zip215);
      }
    });
  });

  test('WebCrypto alone would refuse some of them: the last word is noble’s', async () => {
    const verdicts = await Promise.all(
      smallOrderNonces.map(async ({ publicKey, message: text, signature }) => {
        const key = await subtle.importKey('raw', publicKey.slice(), 'Ed25519', false, ['verify']);
        return subtle.verify('Ed25519', key, signature.slice(), text.slice());
      }),
    );
    expect(verdicts).toContain(false);
  });

  test('a key of small order, a mixed one and a second spelling are not let in', () => {
    for (const { publicKey } of smallOrderKeys) expect(isAcceptableKey(publicKey)).toBe(false);
    expect(isAcceptableKey(mixedKey)).toBe(false);
    expect(isAcceptableKey(secondSpelling)).toBe(false);
    expect(isAcceptableKey(new Uint8Array(31))).toBe(false);
    for (const { publicKey } of rfc8032) expect(isAcceptableKey(publicKey)).toBe(true);
  });

  test.each([
    ['with WebCrypto', subtle],
    ['without', null],
  ])('signing %s gives the signatures of RFC 8032', async (_, maybe) => {
    for (const { secretKey, publicKey, message: text, signature } of rfc8032) {
      const identity = identityOf(secretKey);
      expect(identity.publicKey).toEqual(publicKey);
      const signer = await createSigner(identity, maybe);
      expect(await signer.sign(text)).toEqual(signature);
      expect(signer.publicKey).toEqual(publicKey);
    }
  });

  test('new identities differ, are let in, and their signatures verify', async () => {
    const [ana, ben] = [createIdentity(), createIdentity()];
    expect(ana.id).not.toBe(ben.id);
    expect(isMemberId(ana.id) && isAcceptableKey(ana.publicKey)).toBe(true);
    const signature = await (await createSigner(ana)).sign(message);
    expect(await verifySignature(ana.publicKey, message, signature)).toBe(true);
    expect(await verifySignature(ben.publicKey, message, signature)).toBe(false);
  });

  test('a member is named by the first 128 bits of the SHA-256 of its key', () => {
    expect(memberIdOf(new Uint8Array(32))).toBe('66687aadf862bd776c8fc18b8e9f8e20');
  });

  test('more keys than a verifier keeps change no verdict', async () => {
    const verify = createVerify(subtle);
    const [{ publicKey, message: text, signature }] = rfc8032 as [Rfc];
    for (let i = 0; i < 300; i++) {
      const stranger = new Uint8Array(32);
      new DataView(stranger.buffer).setUint32(0, i);
      await verify(stranger, text, new Uint8Array(64).fill(255));
    }
    expect(await verify(publicKey, text, signature)).toBe(true);
  });
}

type Rfc = (typeof rfc8032)[number];
