/** What the links need of whoever introduces tabs to each other. The room's signaling client fulfils it. */
import * as v from 'valibot';
import type { MemberId } from '#protocols/core/ids.ts';
import type { Bytes } from './framing.ts';

export interface Signaling {
  /** Whether `send` may reach anybody now. */
  readonly connected: boolean;
  /** For RTCPeerConnection, as the server last named them; explicit, so that a LAN never calls the internet. */
  readonly iceServers: readonly RTCIceServer[];
  send(to: MemberId, data: string): void;
  /** Returns how to stop listening. */
  onSignal(receive: (from: MemberId, data: string) => void): () => void;
  /** A signal for `to` could not be delivered: it is not there right now. */
  onUndelivered(failed: (to: MemberId) => void): () => void;
}

/** What the links need of a server that passes bytes on for pairs that no network connects. */
export interface Relay {
  readonly connected: boolean;
  /** In order, to members that are connected to the same server. */
  relay(to: MemberId, bytes: Bytes): void;
  /** These, too, return how to stop listening. */
  onRelayed(receive: (from: MemberId, bytes: Uint8Array) => void): () => void;
  onUndelivered(failed: (to: MemberId) => void): () => void;
  /** The connection to the server ended, and with it what was under way. */
  onLost(lost: () => void): () => void;
}

export const sdpCharactersMax = 50_000;
export const candidateCharactersMax = 2_048;

/**
 * One step of one attempt to connect. `attempt` tells the answers and candidates of this attempt from those of an
 * earlier one that are still under way.
 */
export const introductionSchema = v.strictObject({
  attempt: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
  // simple-peer also takes `renegotiate` and `transceiverRequest`, which nobody here has a use for.
  signal: v.variant('type', [
    v.strictObject({
      type: v.picklist(['offer', 'answer']),
      sdp: v.pipe(v.string(), v.maxLength(sdpCharactersMax)),
    }),
    /** The sender has no link to the receiver, whose part it is to dial. */
    v.strictObject({ type: v.literal('knock') }),
    v.strictObject({
      type: v.literal('candidate'),
      candidate: v.strictObject({
        candidate: v.pipe(v.string(), v.maxLength(candidateCharactersMax)),
        sdpMLineIndex: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255))),
        sdpMid: v.nullable(v.pipe(v.string(), v.maxLength(64))),
      }),
    }),
  ]),
});
export type IntroductionStep = v.InferOutput<typeof introductionSchema>;

/** `null` when it is not a step of an introduction. */
export function parseIntroduction(data: string): IntroductionStep | null {
  try {
    const result = v.safeParse(introductionSchema, JSON.parse(data));
    return result.success ? result.output : null;
  } catch {
    return null;
  }
}
