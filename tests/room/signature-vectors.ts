/** Signatures on which verifiers agree and on which they do not, for Node and for Chromium alike. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';

export interface Vector {
  readonly title: string;
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/** RFC 8032 §7.1, TEST 1, 2, 3 and SHA(abc), with their secret keys. */
export const rfc8032 = (
  [
    [
      '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      '',
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    ],
    [
      '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      '72',
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    ],
    [
      'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
      'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
      'af82',
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    ],
    [
      '833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42',
      'ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
      bytesToHex(sha512(utf8ToBytes('abc'))),
      'dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704',
    ],
  ] as const
).map(([secretKey, publicKey, message, signature], at) => ({
  title: `RFC 8032 §7.1, ${at + 1}`,
  secretKey: hexToBytes(secretKey),
  publicKey: hexToBytes(publicKey),
  message: hexToBytes(message),
  signature: hexToBytes(signature),
}));

const { Point } = ed25519;
const { Fn } = Point;

/** A point of order 8, in hex. */
const order8 = 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a';
/** All eight points of small order: 0 to 7 times {@link order8}. */
const torsion = Array.from({ length: 8 }, (_, times) => {
  let point = Point.ZERO;
  for (let i = 0; i < times; i++) point = point.add(Point.fromHex(order8));
  return point;
});

/** Little-endian bytes as a number modulo the order of the group, as the challenge of Ed25519 is read. */
function scalar(bytes: Uint8Array): bigint {
  let number = 0n;
  for (const byte of bytes.toReversed()) number = number * 256n + BigInt(byte);
  return Fn.create(number);
}

/**
 * What a member with an honest key and a dishonest program can sign: a nonce point R with a part of small order added
 * to it. ZIP215 multiplies that part away; a verifier that follows RFC 8032 to the letter may see it and refuse.
 *
 * @param at which part, from 0 to 6
 */
export function signWithSmallOrderNonce(
  secretKey: Uint8Array,
  message: Uint8Array,
  at: number,
): Uint8Array {
  const { scalar: secret, pointBytes: publicKey } = ed25519.utils.getExtendedPublicKey(secretKey);
  const nonce = BigInt(1_000_003 + at);
  const R = Point.BASE.multiply(nonce)
    .add(torsion[at + 1] as (typeof torsion)[number])
    .toBytes();
  const challenge = scalar(sha512(concatBytes(R, publicKey, message)));
  return concatBytes(R, Fn.toBytes(Fn.create(nonce + challenge * secret)));
}

export const smallOrderNonces: readonly Vector[] = torsion.slice(1).map((_, at) => {
  const secretKey = new Uint8Array(32).fill(7);
  const message = utf8ToBytes(`vote ${at}`);
  return {
    title: `R plus ${at + 1} times a point of order 8`,
    publicKey: ed25519.getPublicKey(secretKey),
    message,
    signature: signWithSmallOrderNonce(secretKey, message, at),
  };
});

/** Keys of small order: with s = 0 and R of small order too, one signature fits every message. */
export const smallOrderKeys: readonly Vector[] = torsion.flatMap((key, k) =>
  torsion.map((R, r) => ({
    title: `key ${k} and R ${r} of small order, s = 0`,
    publicKey: key.toBytes(),
    message: utf8ToBytes('anything at all'),
    signature: concatBytes(R.toBytes(), new Uint8Array(32)),
  })),
);

/** y = p + 1: another spelling of the neutral point, which ZIP215 reads and RFC 8032 does not. */
export const secondSpelling = hexToBytes(`ee${'ff'.repeat(30)}7f`);
/** An honest public key with a part of small order added. */
export const mixedKey = Point.fromBytes(ed25519.getPublicKey(new Uint8Array(32).fill(9)))
  .add(Point.fromHex(order8))
  .toBytes();
