/** When things happen: the election timer of followers and candidates, the heartbeat timer of leaders. */
import type { Raft } from './state.ts';

export const timers = {
  election: 'election',
  heartbeat: 'heartbeat',
  commitNews: 'commit news',
} as const;

/**
 * How long news of a commit may wait for an append to ride on. A client that has just been answered asks next well
 * within it, and then the news costs no message of its own; a follower learns of its last commit so much later.
 */
const commitNewsTicks = 2;

/**
 * R6: called on an append of the current leader, on granting a vote and on standing for election, and on nothing
 * else: a candidate that cannot win must not keep others from standing. R7: the host draws anew each time.
 */
export function armElection({ effects, context: { timing } }: Raft): void {
  effects.push({
    type: 'setTimer',
    timer: timers.election,
    ticksMin: timing.electionTicksMin,
    ticksMax: timing.electionTicksMax,
  });
}

export function armHeartbeat({ effects, context: { timing } }: Raft): void {
  effects.push({
    type: 'setTimer',
    timer: timers.heartbeat,
    ticksMin: timing.heartbeatTicks,
    ticksMax: timing.heartbeatTicks,
  });
}

/** Counts from the newest commit: each sets it anew. */
export function armCommitNews({ effects }: Raft): void {
  effects.push({
    type: 'setTimer',
    timer: timers.commitNews,
    ticksMin: commitNewsTicks,
    ticksMax: commitNewsTicks,
  });
}

export function disarm({ effects }: Raft, timer: keyof typeof timers): void {
  effects.push({ type: 'cancelTimer', timer });
}
