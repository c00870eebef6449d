/** What the meshes of the benchmark share inside a page: a key, the way through the door, and counting. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { overWebSocket } from '#lib/room/door-line.ts';
import { createIdentity, createSigner, type Identity } from '#lib/room/identity.ts';
import { SignalingClient } from '#lib/room/signaling-client.ts';
import { PlainClock, type Clock } from '#lib/tab/clock.ts';
import type { Signer } from '#lib/mesh/hello.ts';

export interface EnterOptions {
  /** Address of the door. */
  readonly url: string;
  readonly name: string;
  /** `null`: opens a room. */
  readonly code: string | null;
}

/** One tab's part in a mesh. */
export interface PageMesh {
  /** Resolves to the room's code. */
  enter(options: EnterOptions): Promise<string>;
  /** Resolves once there are so many links. */
  linked(others: number): Promise<void>;
}

export interface AtDoor {
  readonly door: SignalingClient;
  readonly identity: Identity;
  readonly signer: Signer;
  readonly clock: Clock;
}

/** Somebody new who knocks at the door; the answer is still to come. */
export async function atDoor({ url, name, code }: EnterOptions): Promise<AtDoor> {
  const identity = createIdentity();
  const signer = await createSigner(identity);
  const clock = new PlainClock();
  const open = overWebSocket(() => new WebSocket(url));
  const member = { id: identity.id, name, publicKey: bytesToHex(identity.publicKey) };
  const door = new SignalingClient({ open, member, signer, clock });
  door.enter(code === null ? { type: 'create' } : { type: 'join', code });
  return { door, identity, signer, clock };
}

export class Count {
  #count = 0;
  #grown: () => void = () => undefined;

  add(): void {
    this.#count++;
    this.#grown();
  }

  async reaches(count: number): Promise<void> {
    while (this.#count < count) await new Promise<void>((resolve) => (this.#grown = resolve));
  }
}
