/**
 * The handshake on every new channel: each side says who it is and proves that it holds the key. What is signed names
 * the room, both sides, both nonces, both page loads and the channel itself, and which side signs, so that a proof
 * is of no use anywhere else: not replayed, not reflected, not passed on by a server that sits between.
 *
 * | frame | after the type byte |
 * |---|---|
 * | hello | version (1), public key (32), nonce (32), incarnation (8), name in UTF-8 |
 * | proof | signature (64) |
 * | ready | nothing: the other side's proof was good |
 */
import { isAcceptableKey, memberIdOf } from '#protocols/core/keys.ts';
import { concatBytes, randomBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import type { MemberId } from '#protocols/core/ids.ts';
import { limits } from '#protocols/core/limits.ts';
import { decodeText } from './control.ts';
import { frameType, type Bytes } from './framing.ts';
import { meshLimits } from './limits.ts';

/** Holds a member's key. */
export interface Signer {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 64 bytes. Two signatures of one message may differ: compare what is signed, never signatures. */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** Whether `signature` is one of `message` by `publicKey`, as ZIP215 decides; never rejects. */
export type Verify = (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => Promise<boolean>;

/** A member as its own hello names it. The key is proved; the name is what it calls itself. */
export interface MeshMember {
  readonly id: MemberId;
  readonly publicKey: Uint8Array;
  /** Empty when it gave none. */
  readonly name: string;
  /** Grows with each page load of this member, so that a new page replaces the old one's link. */
  readonly incarnation: number;
}

/** `true`, or why this member is not let in, in words for a person. */
export type Admits = (member: MeshMember) => true | string;

export interface Hello extends MeshMember {
  readonly nonce: Uint8Array;
}

const version = 1;
const keyAt = 2;
const nonceAt = 34;
const incarnationAt = nonceAt + meshLimits.nonceBytes;
const nameAt = incarnationAt + 8;
const proofBytes = 65;

export function newHello(
  publicKey: Uint8Array,
  { name, incarnation }: Pick<MeshMember, 'name' | 'incarnation'>,
): Hello {
  return {
    id: memberIdOf(publicKey),
    publicKey,
    name,
    incarnation,
    nonce: randomBytes(meshLimits.nonceBytes),
  };
}

export function encodeHello({ publicKey, nonce, incarnation, name }: Hello): Bytes {
  const nameBytes = utf8ToBytes(name);
  if (nameBytes.byteLength > meshLimits.nameBytesMax) throw new Error(`name too long: ${name}`);
  const frame = new Uint8Array(nameAt + nameBytes.byteLength);
  frame[0] = frameType.hello;
  frame[1] = version;
  frame.set(publicKey, keyAt);
  frame.set(nonce, nonceAt);
  new DataView(frame.buffer).setBigUint64(incarnationAt, BigInt(incarnation), true);
  frame.set(nameBytes, nameAt);
  return frame;
}

/** `null` when malformed or when the key is one that anybody can sign for. */
export function decodeHello(frame: Uint8Array): Hello | null {
  if (frame.byteLength < nameAt || frame.byteLength > nameAt + meshLimits.nameBytesMax) return null;
  if (frame[0] !== frameType.hello || frame[1] !== version) return null;
  const view = new DataView(frame.buffer, frame.byteOffset);
  const incarnation = view.getBigUint64(incarnationAt, true);
  const name = decodeText(frame.subarray(nameAt));
  const publicKey = frame.slice(keyAt, nonceAt);
  if (incarnation > BigInt(limits.integerMax) || name === null || !isAcceptableKey(publicKey)) {
    return null;
  }
  return {
    id: memberIdOf(publicKey),
    publicKey,
    nonce: frame.slice(nonceAt, incarnationAt),
    incarnation: Number(incarnation),
    name,
  };
}

export function encodeProof(signature: Uint8Array): Bytes {
  const frame = new Uint8Array(proofBytes);
  frame[0] = frameType.proof;
  frame.set(signature, 1);
  return frame;
}

/** The signature; `null` when malformed. */
export function decodeProof(frame: Uint8Array): Uint8Array | null {
  return frame[0] === frameType.proof && frame.byteLength === proofBytes ? frame.slice(1) : null;
}

export interface Introduction {
  readonly room: string;
  /** {@link Channel.binding} of the channel. */
  readonly binding: string;
  readonly self: Hello;
  readonly peer: Hello;
}

/** What `signer` signs: everything both sides said, in an order both agree on, and which of the two it is. */
export function proofMessage(
  { room, binding, self, peer }: Introduction,
  signer: MemberId,
): Uint8Array {
  const [lower, higher] = self.id < peer.id ? [self, peer] : [peer, self];
  return concatBytes(
    utf8ToBytes('synod/link/1'),
    sized(utf8ToBytes(room)),
    sized(utf8ToBytes(binding)),
    sized(encodeHello(lower)),
    sized(encodeHello(higher)),
    utf8ToBytes(signer === lower.id ? 'lower' : 'higher'),
  );
}

function sized(bytes: Uint8Array): Uint8Array {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.byteLength, true);
  return concatBytes(length, bytes);
}
