/** Members for the tests of the links: real keys, real handshakes. */
import { memberIdOf } from '#protocols/core/keys.ts';
import type { Signer, Verify } from '#lib/mesh/hello.ts';
import { ed25519 } from '@noble/curves/ed25519.js';
import type { MemberId } from '#protocols/core/ids.ts';
import type { ChannelSource } from '../../src/lib/mesh/channel.ts';

import { Mesh, type MeshOptions } from '../../src/lib/mesh/mesh.ts';
import type { LinkStatus, Section } from '../../src/lib/mesh/transport.ts';
import { PlainClock } from '../../src/lib/tab/clock.ts';

export interface Keys extends Signer {
  readonly id: MemberId;
}

export function newKeys(): Keys {
  const secretKey = ed25519.utils.randomSecretKey();
  const publicKey = ed25519.getPublicKey(secretKey);
  return {
    id: memberIdOf(publicKey),
    publicKey,
    sign: (message) => Promise.resolve(ed25519.sign(message, secretKey)),
  };
}

/** As many as asked for, the lowest id, who dials, first. */
export function newKeysInOrder(count: number): Keys[] {
  return Array.from({ length: count }, newKeys).sort((a, b) => (a.id < b.id ? -1 : 1));
}

export const verify: Verify = (publicKey, message, signature) =>
  Promise.resolve(ed25519.verify(signature, message, publicKey));

export interface Received {
  readonly from: MemberId;
  readonly section: Section;
}

/** A mesh that notes all it hears. */
export class TestMember {
  readonly mesh: Mesh;
  readonly received: Received[] = [];
  readonly statuses: LinkStatus[] = [];

  constructor(
    readonly keys: Keys,
    source: ChannelSource,
    options: Partial<MeshOptions> = {},
  ) {
    this.mesh = new Mesh({
      source,
      room: 'ABCDEF',
      signer: keys,
      verify,
      incarnation: 1,
      clock: new PlainClock(),
      ...options,
    });
    this.mesh.onSections((from, sections) => {
      for (const section of sections) this.received.push({ from, section });
    });
    this.mesh.onLink((status) => this.statuses.push(status));
  }

  get id(): MemberId {
    return this.keys.id;
  }

  link(peer: TestMember | MemberId): LinkStatus | undefined {
    const id = typeof peer === 'string' ? peer : peer.id;
    return this.mesh.links().find((status) => status.peer === id);
  }
}

export async function until(what: string, holds: () => boolean, ms = 10_000): Promise<void> {
  const end = performance.now() + ms;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`waited ${ms} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export async function untilLinked(...members: readonly TestMember[]): Promise<void> {
  await until('all are linked', () =>
    members.every((one) =>
      members.every((other) => one === other || one.link(other)?.state === 'up'),
    ),
  );
}

/** Bytes that differ from place to place and from seed to seed. */
export function pattern(size: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >>> 8) * 7 + seed) & 0xff;
  return bytes;
}

export const section = (kind: Section['kind'], bytes: Uint8Array): Section => ({ kind, bytes });
