/**
 * What a leader knows of one follower, and how much it sends before it hears back (R21). After an election, and after
 * every refusal, the leader *probes*: one append at a time, until an answer shows where the logs agree. Then it
 * *replicates*: `nextIndex` runs ahead of the answers, with a bounded number of appends on their way. A follower that
 * lacks what the log no longer holds gets a *snapshot* first, and is probed again behind it.
 *
 * Nothing is sent again for want of an answer. Each heartbeat asks about the entry before `nextIndex`, and its answer
 * settles all that was on its way: agreement frees it, refusal starts a probe.
 */
import { limits } from '../core/limits.ts';
import type { Snapshot } from './snapshot.ts';

/** A snapshot on its way. The leader may take a newer one meanwhile; this one is sent to its end. */
export interface Transfer {
  readonly snapshot: Snapshot;
  /** Characters sent, and of these what the follower last said it holds. */
  sent: number;
  held: number;
  /** Heartbeats answered since it last said that it holds more. */
  stalled: number;
}

export interface Progress {
  mode: 'probe' | 'replicate' | 'snapshot';
  /** Highest index known to be the same, and durable, at the follower. Never decreases within a term. */
  matchIndex: number;
  /** The next index to send; `nextIndex > matchIndex`. */
  nextIndex: number;
  /** Last index of each append with entries on its way, oldest first; at most `limits.appendsInFlightMax`. */
  readonly inFlight: number[];
  /** The highest leaderCommit sent. */
  commitSent: number;
  /** `Leader.round` when it last said anything in this term: how long it has been silent (R32). */
  heardRound: number;
  /** In mode `snapshot`; `nextIndex` is then the first entry behind it, so that a heartbeat asks whether it is there. */
  transfer: Transfer | null;
  /** The latest round whose number it gave back, so that it heard of it; never decreases within a term (R36). */
  round: number;
}

/** A new leader guesses that every log equals its own (Fig. 2: "initialized to leader last log index + 1"). */
export function initialProgress(lastIndex: number, round = 0): Progress {
  return {
    mode: 'probe',
    matchIndex: 0,
    nextIndex: lastIndex + 1,
    inFlight: [],
    commitSent: 0,
    heardRound: round,
    transfer: null,
    round: 0,
  };
}

/** Whether another append with entries may leave now. */
export function hasRoom({ mode, inFlight }: Progress): boolean {
  if (mode === 'snapshot') return false;
  return inFlight.length < (mode === 'probe' ? 1 : limits.appendsInFlightMax);
}

/** Entries up to `last` have left. A probe does not move `nextIndex`: that guess is what it tests. */
export function recordSent(progress: Progress, last: number): void {
  progress.inFlight.push(last);
  if (progress.mode === 'replicate') progress.nextIndex = last + 1;
}

/** Takes over the indices that the rules R15 gave, frees what they settle, and ends a probe that found its place. */
export function recordMatch(progress: Progress, matchIndex: number, nextIndex: number): void {
  progress.matchIndex = matchIndex;
  if (progress.mode === 'probe' && matchIndex >= progress.nextIndex - 1) {
    progress.mode = 'replicate';
    progress.inFlight.length = 0;
  }
  progress.nextIndex = nextIndex;
  let settled = 0;
  while ((progress.inFlight[settled] ?? Infinity) <= matchIndex) settled++;
  if (settled > 0) progress.inFlight.splice(0, settled);
}

/** The follower refused: ask again from `nextIndex`, one append at a time. */
export function startProbe(progress: Progress, nextIndex: number): void {
  progress.mode = 'probe';
  progress.nextIndex = nextIndex;
  progress.inFlight.length = 0;
  progress.transfer = null;
}

/** What the follower lacks is in `snapshot` alone. */
export function startSnapshot(progress: Progress, snapshot: Snapshot): void {
  progress.mode = 'snapshot';
  progress.nextIndex = snapshot.lastIncludedIndex + 1;
  progress.inFlight.length = 0;
  progress.transfer = { snapshot, sent: 0, held: 0, stalled: 0 };
}
