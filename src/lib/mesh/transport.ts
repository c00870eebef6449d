/**
 * The links between the members of a room, whatever carries them. One contract suite (tests/mesh) holds every
 * implementation to what is written here.
 */
import type { MemberId } from '#protocols/core/ids.ts';

/**
 * What a section is for decides who receives it, what may go before it and which faults may hit it.
 *
 * | kind | receiver | faults |
 * |---|---|---|
 * | `room` | the page | none: freezing and healing always pass |
 * | `consensus` | the replica | all |
 * | `request` | the replica, from a client | all |
 * | `reply` | the client, from a replica | all |
 * | `trace` | the page | cuts only |
 */
export type SectionKind = 'room' | 'consensus' | 'request' | 'reply' | 'trace';

/** Bytes for one receiver of a member. All that one turn has for one member is sent in one call. */
export interface Section {
  readonly kind: SectionKind;
  readonly bytes: Uint8Array;
}

/** `queued` never means delivered. `backpressure`: queued, but more should wait. `no-link`: dropped. */
export type SendOutcome = 'queued' | 'backpressure' | 'no-link';

export type LinkState =
  /** Being introduced or shaking hands. */
  | 'connecting'
  /** The other side has proved its key. */
  | 'up'
  /** Up, but silent for longer than its heartbeats allow: a sleeping phone, a throttled tab, a dead network. */
  | 'suspect'
  /** Gone; tried again with growing pauses unless the other side said `bye`. */
  | 'down';

/**
 * - `memory`: within one page
 * - `direct`: between addresses that the devices know of themselves
 * - `stun`: between addresses that a STUN server told them
 * - `turn`: through a TURN server
 * - `relayed`: through the signaling server
 */
export type Path = 'memory' | 'direct' | 'stun' | 'turn' | 'relayed';

export interface LinkStatus {
  readonly peer: MemberId;
  readonly state: LinkState;
  /** Why it is not up, in words for a person; empty when it is. */
  readonly why: string;
  /** How its bytes travel; `null` while it is not up, and until it is known. */
  readonly path: Path | null;
  /** The other side's page load, from its signed hello: grows with each reload. 0 before the first hello. */
  readonly incarnation: number;
  /**
   * Of a silent link: the network stack at the other end has answered within the last seconds, so that its page is slow
   * and neither the network nor the device is dead.
   */
  readonly deviceAnswers: boolean;
  /** Milliseconds, the last measured; `null` before the first. */
  readonly roundTripMs: number | null;
  /** Bytes queued here and in the channel. */
  readonly bufferedBytes: number;
  readonly sentFrames: number;
  readonly receivedFrames: number;
  /** Frames dropped because they were malformed, oversized or out of turn. */
  readonly badFrames: number;
  /** Frames of ours that found no room in the queue of a peer that does not read fast enough. */
  readonly droppedFrames: number;
  /** RTCPeerConnections made for this peer so far: Chromium refuses the 500th of a page. */
  readonly connections: number;
}

/** What carries the frames: one way, or the best of several. */
export type MeshKind = 'simple-peer' | 'peerjs' | 'loopback' | 'relay' | 'paths';

export interface MeshTransport {
  readonly kind: MeshKind;
  readonly self: MemberId;
  /** Sends `sections` in order, as few frames as possible. `trace` sections wait until nothing else is queued. */
  send(to: MemberId, sections: readonly Section[]): SendOutcome;
  /** Whether a trace for `to` would leave at once: a queue of traces belongs to the sender, never to the link. */
  idle(to: MemberId): boolean;
  /** All peers ever heard of in this room, whatever their state. */
  links(): readonly LinkStatus[];
  onSections(receive: (from: MemberId, sections: readonly Section[]) => void): void;
  onLink(changed: (status: LinkStatus) => void): void;
  /** Says `bye` with `reason` to every peer, so that they know within milliseconds, and closes. */
  leave(reason: string): void;
}
