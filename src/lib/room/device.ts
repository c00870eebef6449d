/** What the devices of a room tell each other before it starts: what they can do, and what they measured. */
import * as v from 'valibot';
import { integerSchema, replicaIdSchema } from '#protocols/core/client.ts';
import type { MemberId } from '#protocols/core/ids.ts';
import { surveyIce } from '../mesh/ice-survey.ts';
import type { LinkStatus, MeshTransport } from '../mesh/transport.ts';
import type { Clock } from '../tab/clock.ts';

/** Links of one member; a room holds 64. */
const linksMax = 64;

export const deviceSchema = v.strictObject({
  type: v.literal('device'),
  /** The links of the sender that are up. */
  links: v.pipe(
    v.array(
      v.strictObject({
        peer: replicaIdSchema,
        path: v.nullable(v.picklist(['memory', 'direct', 'stun', 'turn', 'relayed'])),
        /** The last round trip, and the slowest of the last {@link tripsKept} but one that stands out, in whole ms. */
        tripMs: integerSchema,
        worstMs: integerSchema,
      }),
    ),
    v.maxLength(linksMax),
  ),
  /** How late messages reach its page, in ms. */
  lagMs: integerSchema,
  /** `null` until it has found out. */
  facts: v.nullable(
    v.strictObject({
      webRtc: v.boolean(),
      candidates: v.pipe(v.array(v.picklist(['host', 'srflx', 'relay'])), v.maxLength(3)),
      /** A secure context: https, or this very machine. */
      secure: v.boolean(),
      /** The browser promised not to clear its storage. */
      persisted: v.boolean(),
    }),
  ),
});
export type DeviceReport = v.InferOutput<typeof deviceSchema>;
export type DeviceFacts = NonNullable<DeviceReport['facts']>;

/** Round trips that the slowest is chosen of: each is measured anew every four seconds. */
export const tripsKept = 8;

/** How often a device tells, in ms: with many members less often, since everybody tells everybody of everybody. */
export const deviceMs = (members: number): number => (members <= 8 ? 2_000 : 6_000);

export async function deviceFacts(iceServers: readonly RTCIceServer[]): Promise<DeviceFacts> {
  const { webRtc, kinds } = await surveyIce(iceServers);
  return {
    webRtc,
    candidates: [...kinds],
    secure: globalThis.isSecureContext,
    persisted: await isPersisted(),
  };
}

/** Without asking the person. */
export async function isPersisted(): Promise<boolean> {
  try {
    // On plain http there is none, whatever the types say.
    const storage = navigator.storage as StorageManager | undefined;
    return (await storage?.persisted()) ?? false;
  } catch {
    return false;
  }
}

/** What took less than a millisecond counts as one. */
const wholeMs = (ms: number): number => Math.max(1, Math.round(ms));

/** Without the very slowest where there are enough: a page that was busy once says nothing of the network. */
function slowest(trips: readonly number[]): number {
  const sorted = [...trips].sort((a, b) => b - a);
  return sorted[trips.length >= 4 ? 1 : 0] ?? 0;
}

export interface DeviceTalkOptions {
  readonly mesh: Pick<MeshTransport, 'links'>;
  readonly clock: Clock;
  /** How this tab runs; `null`: nobody knows. */
  readonly pace: () => { readonly lagMs: number } | null;
  /** `null`: it is not found out. */
  readonly facts: (() => Promise<DeviceFacts>) | null;
  readonly tell: (report: DeviceReport) => void;
  /** Whether nobody needs to hear more. */
  readonly over: () => boolean;
}

/** Tells now and then what this device measured, until it is over. */
export class DeviceTalk {
  readonly #options: DeviceTalkOptions;
  readonly #trips = new Map<MemberId, number[]>();
  #facts: DeviceFacts | null = null;

  constructor(options: DeviceTalkOptions) {
    this.#options = options;
  }

  begin(): void {
    const { facts, over } = this.#options;
    if (over()) return;
    void facts?.().then((found) => (this.#facts = found));
    this.#go();
  }

  #go(): void {
    const { mesh, clock, tell, over } = this.#options;
    if (over()) return;
    const links = mesh.links();
    tell(this.#report(links));
    const up = links.filter(({ state }) => state === 'up').length;
    clock.setTimeout(() => this.#go(), deviceMs(up + 1));
  }

  #report(all: readonly LinkStatus[]): DeviceReport {
    const links = all.flatMap(({ peer, path, state, roundTripMs }) => {
      if (state !== 'up' || roundTripMs === null) return [];
      const before = this.#trips.get(peer) ?? [];
      const trips = before.at(-1) === roundTripMs ? before : [...before, roundTripMs];
      this.#trips.set(peer, trips.slice(-tripsKept));
      const worstMs = wholeMs(slowest(trips.slice(-tripsKept)));
      return [{ peer, path, tripMs: wholeMs(roundTripMs), worstMs }];
    });
    const lagMs = this.#options.pace()?.lagMs ?? 0;
    return { type: 'device', links: links.slice(0, linksMax), lagMs, facts: this.#facts };
  }
}
