/**
 * What carries frames between two members: an RTCDataChannel or a queue in memory. Ordered and reliable while it
 * stands; who is at the other end is only claimed until the hello has proved it.
 */
import type { MemberId } from '#protocols/core/ids.ts';
import { meshLimits } from './limits.ts';
import type { MeshKind, Path } from './transport.ts';

export interface Channel {
  /** Who the other end is said to be. */
  readonly peer: MemberId;
  /** `null` until it is known, some milliseconds after it opened. */
  readonly path: Path | null;
  /**
   * The same text at both ends, and no other channel has it: the DTLS fingerprints of a data channel. The hello signs
   * it, so that a signaling server cannot sit between two members. Empty where nobody can sit between.
   */
  readonly binding: string;
  /** Bytes taken by `send` that have not left yet. */
  readonly bufferedAmount: number;
  /** Synchronous, never throws; on a closed channel the bytes are dropped. The caller gives `bytes` away. */
  send(bytes: Uint8Array<ArrayBuffer>): void;
  /** Replaces the receiver. Messages that came before there was one are handed over first, in order. */
  onMessage(receive: (bytes: Uint8Array) => void): void;
  /** Called when `bufferedAmount` has fallen to the bytes given to {@link notifyBelow}. */
  onDrain(drained: () => void): void;
  notifyBelow(bytes: number): void;
  /** Called once, whichever side closed. Not called for one's own {@link close}. */
  onClose(closed: (why: string) => void): void;
  /** Lets go of what was sent before, then closes. */
  close(): void;
  /**
   * How often the network stack at the other end has answered so far, whatever its page does; `null`: nobody knows now.
   * Missing where nobody ever does.
   */
  pulse?(): Promise<number | null>;
}

/** Makes channels to the other members of a room. */
export interface ChannelSource {
  readonly kind: MeshKind;
  readonly self: MemberId;
  /**
   * Starts a channel to `peer`; one that was being started is given up for it. `dialing` ends in `onChannel` or in
   * `onFailed`. `unreachable`: nothing was started, because nobody can introduce us now.
   */
  dial(peer: MemberId): 'dialing' | 'unreachable';
  /** Asks `peer`, whose part it is to dial, to do so. */
  knock(peer: MemberId): void;
  onKnock(knocked: (peer: MemberId) => void): void;
  /** Channels dialled by either side, once they are open. */
  onChannel(opened: (channel: Channel) => void): void;
  onFailed(failed: (peer: MemberId, why: string) => void): void;
  /**
   * When `peer` last went a step towards a channel, on the clock of the links; before its first step, when anybody did:
   * while a room gathers on a slow machine, who is silent waits in a line. Absent where steps are not seen.
   */
  steppedAt?(peer: MemberId): number;
  /** Whether a channel to `peer` is open. */
  has(peer: MemberId): boolean;
  /** RTCPeerConnections made for `peer` so far. */
  connections(peer: MemberId): number;
  /** Closes every channel. */
  close(): void;
}

/** Of two members the lower id dials and the other waits, so that they never dial each other at once. */
export const dials = (self: MemberId, peer: MemberId): boolean => self < peer;

/** Messages that come before somebody listens, then the one who listens. */
export class Inlet {
  #receive: ((bytes: Uint8Array) => void) | null = null;
  #early: Uint8Array[] = [];

  take(bytes: Uint8Array): void {
    if (this.#receive !== null) this.#receive(bytes);
    else if (this.#early.length < meshLimits.earlyMessagesMax) this.#early.push(bytes);
  }

  listen(receive: (bytes: Uint8Array) => void): void {
    this.#receive = receive;
    const early = this.#early;
    this.#early = [];
    // The receiver may hand over to another one in the middle, as a handshake does to its link.
    for (const bytes of early) this.#receive(bytes);
  }
}
