/** Timing of a cluster, chosen in the lobby and part of the genesis, so that all replicas agree on it. */
import type { Ticks } from './replica.ts';

export type ProfileName = 'lecture' | 'wifi' | 'fast';

export interface Timing {
  /** A leader speaks at least this often. Must be well below `electionTicksMin` (RS41). */
  readonly heartbeatTicks: Ticks;
  /** A follower that heard nothing stands for election after a draw from [min, max] (R7: max = 2 min). */
  readonly electionTicksMin: Ticks;
  readonly electionTicksMax: Ticks;
  /** A client asks again after this long without an answer. */
  readonly clientRetryTicks: Ticks;
  /** Every frame between replicas is really held back this long, so that eyes can follow it. 0: as fast as links are. */
  readonly flightTicks: Ticks;
}

export const profiles: Readonly<Record<ProfileName, Timing>> = {
  lecture: {
    heartbeatTicks: 1_000,
    electionTicksMin: 4_000,
    electionTicksMax: 8_000,
    clientRetryTicks: 8_000,
    flightTicks: 600,
  },
  wifi: {
    heartbeatTicks: 250,
    electionTicksMin: 1_500,
    electionTicksMax: 3_000,
    clientRetryTicks: 3_000,
    flightTicks: 0,
  },
  fast: {
    heartbeatTicks: 50,
    electionTicksMin: 300,
    electionTicksMax: 600,
    clientRetryTicks: 600,
    flightTicks: 0,
  },
};

/** Why `timing` cannot work, or `null`. A heartbeat that is no shorter than the election timeout elects for ever. */
export function timingProblem(timing: Timing): string | null {
  if (timing.electionTicksMin > timing.electionTicksMax) return 'election timeouts: min above max';
  const spoken = timing.heartbeatTicks + timing.flightTicks;
  if (spoken * 2 > timing.electionTicksMin) {
    return 'heartbeat plus flight must be at most half the shortest election timeout';
  }
  return null;
}

/** A pace that follows from what was measured between the devices. */
export interface MeasuredPace {
  /** The slowest round trip between two of them, in whole ms, within [1, {@link tripMsMax}]. */
  readonly tripMs: number;
}

/** How fast a cluster is to go, as its facilitator chose. */
export type PaceChoice = ProfileName | MeasuredPace;

/** Slower than this no cluster is of any use. */
export const tripMsMax = 5_000;

/** A disk's write and a busy page, in ms: what a broadcast takes besides its way. */
const machineMs = 20;
/** Raft §5.6: the broadcast time should be an order of magnitude less than the election timeout. */
const magnitude = 10;

export function timingOf(pace: PaceChoice): Timing {
  if (typeof pace === 'string') return profiles[pace];
  const least = profiles.fast.electionTicksMin;
  const broadcast = magnitude * (Math.min(pace.tripMs, tripMsMax) + machineMs);
  const electionTicksMin = Math.max(least, Math.ceil(broadcast / 50) * 50);
  const electionTicksMax = 2 * electionTicksMin;
  return {
    heartbeatTicks: Math.floor(electionTicksMin / 6),
    electionTicksMin,
    electionTicksMax,
    clientRetryTicks: electionTicksMax,
    flightTicks: 0,
  };
}
