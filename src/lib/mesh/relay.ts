/**
 * Channels through the signaling server, for pairs that no network connects. The server passes bytes on and can drop
 * them; it can neither read nor forge what is in them.
 *
 * | frame | after the kind (1) and the channel (8) |
 * |---|---|
 * | open | X25519 key (32) of who dials |
 * | accept | X25519 key (32) of the other |
 * | sealed | a sealed frame, see relay-channel.ts |
 * | knock | nothing: the sender asks to be dialled |
 */
import { bytesToHex, randomBytes } from '@noble/hashes/utils.js';
import type { MemberId } from '#protocols/core/ids.ts';
import type { Clock } from '../tab/clock.ts';
import { dials, type Channel, type ChannelSource } from './channel.ts';
import type { Bytes } from './framing.ts';
import { meshLimits } from './limits.ts';
import { Offers } from './offers.ts';
import { RelayChannel } from './relay-channel.ts';
import { newSealKeys, Seal, sealKeyBytes, type SealKeys } from './relay-seal.ts';
import type { Relay } from './signaling.ts';

const kind = { open: 1, accept: 2, sealed: 3, knock: 4 } as const;
const noBytes = new Uint8Array();
const idBytes = 8;
const headerBytes = 1 + idBytes;

/** Of one peer: a channel that is being opened by us, or one that is open. */
type Standing =
  | { readonly id: string; readonly keys: SealKeys; readonly channel: null }
  | { readonly id: string; readonly channel: RelayChannel };

export class RelaySource implements ChannelSource {
  readonly kind = 'relay';
  readonly #standing = new Map<MemberId, Standing>();
  readonly #offers: Offers;
  #opened: (channel: Channel) => void = () => undefined;
  #failed: (peer: MemberId, why: string) => void = () => undefined;
  #knocked: (peer: MemberId) => void = () => undefined;
  readonly #stop: readonly (() => void)[];
  /** Frames of no channel, or not to be taken from their sender. */
  badFrames = 0;

  constructor(
    readonly self: MemberId,
    private readonly server: Relay,
    private readonly clock: Clock,
  ) {
    this.#offers = new Offers(clock);
    this.#stop = [
      server.onRelayed((from, bytes) => this.#receive(from, bytes)),
      server.onUndelivered((to) => this.#giveUp(to, 'it is not connected to the server')),
      server.onLost(() => {
        for (const peer of [...this.#standing.keys()]) this.#giveUp(peer, 'the server is gone');
      }),
    ];
  }

  dial(peer: MemberId): 'dialing' | 'unreachable' {
    if (!this.server.connected) return 'unreachable';
    this.#drop(peer);
    const keys = newSealKeys();
    const id = newId();
    this.#standing.set(peer, { id, keys, channel: null });
    this.#say(peer, id, kind.open, keys.publicKey);
    this.clock.setTimeout(() => {
      const standing = this.#standing.get(peer);
      if (standing?.id !== id || standing.channel !== null) return;
      this.#giveUp(peer, 'it did not answer through the server');
    }, meshLimits.relayOpenTimeoutMs);
    return 'dialing';
  }

  knock(peer: MemberId): void {
    if (this.server.connected) this.#say(peer, newId(), kind.knock, noBytes);
  }

  onKnock(knocked: (peer: MemberId) => void): void {
    this.#knocked = knocked;
  }

  onChannel(opened: (channel: Channel) => void): void {
    this.#opened = opened;
  }

  onFailed(failed: (peer: MemberId, why: string) => void): void {
    this.#failed = failed;
  }

  has(peer: MemberId): boolean {
    return this.#standing.get(peer)?.channel instanceof RelayChannel;
  }

  connections(): number {
    return 0;
  }

  close(): void {
    for (const peer of [...this.#standing.keys()]) this.#drop(peer);
    for (const stop of this.#stop) stop();
  }

  #receive(from: MemberId, bytes: Uint8Array): void {
    const id = bytesToHex(bytes.subarray(1, headerBytes));
    const body = bytes.subarray(headerBytes);
    const standing = this.#standing.get(from);
    const isOfOurs = standing?.id === id;
    if (bytes[0] === kind.sealed && isOfOurs && standing.channel) {
      return standing.channel.receive(body);
    }
    const isKey = body.byteLength === sealKeyBytes;
    if (bytes[0] === kind.open && isKey && dials(from, this.self)) {
      return this.#onOpen(from, id, body);
    }
    if (bytes[0] === kind.accept && isKey && isOfOurs && standing.channel === null) {
      return this.#establish(from, id, Seal.between(standing.keys, body));
    }
    if (bytes[0] === kind.knock && dials(this.self, from) && this.#offers.take(from)) {
      return this.#knocked(from);
    }
    // A frame of a channel that is over is no mistake.
    if (bytes[0] !== kind.sealed) this.badFrames++;
  }

  #onOpen(from: MemberId, id: string, key: Uint8Array): void {
    // Agreeing on keys costs milliseconds.
    if (!this.#offers.take(from)) return void this.badFrames++;
    const keys = newSealKeys();
    const seal = Seal.between(keys, key);
    if (seal === null) return void this.badFrames++;
    // Who opens anew has lost what stood.
    this.#giveUp(from, 'the other side opened another channel');
    this.#say(from, id, kind.accept, keys.publicKey);
    this.#establish(from, id, seal);
  }

  #establish(peer: MemberId, id: string, seal: Seal | null): void {
    if (seal === null) return this.#giveUp(peer, 'the other side gave no key');
    const ends = {
      send: (sealed: Bytes) => this.#say(peer, id, kind.sealed, sealed),
      over: () => {
        if (this.#standing.get(peer)?.id === id) this.#standing.delete(peer);
      },
    };
    const channel = new RelayChannel(peer, seal, ends, this.clock);
    this.#standing.set(peer, { id, channel });
    this.#opened(channel);
  }

  #say(to: MemberId, id: string, what: number, body: Uint8Array): void {
    const frame = new Uint8Array(headerBytes + body.byteLength);
    frame[0] = what;
    for (let i = 0; i < idBytes; i++) frame[1 + i] = parseInt(id.slice(2 * i, 2 * i + 2), 16);
    frame.set(body, headerBytes);
    this.server.relay(to, frame);
  }

  #giveUp(peer: MemberId, why: string): void {
    const standing = this.#standing.get(peer);
    if (!standing) return;
    this.#standing.delete(peer);
    if (standing.channel) standing.channel.fail(why);
    else this.#failed(peer, why);
  }

  /** Ends what stands with `peer` without telling anybody here. */
  #drop(peer: MemberId): void {
    const standing = this.#standing.get(peer);
    this.#standing.delete(peer);
    standing?.channel?.close();
  }
}

const newId = (): string => bytesToHex(randomBytes(idBytes));
