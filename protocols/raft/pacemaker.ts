/** When things happen: every timer of a replica, and how long it runs. */
import type { Raft } from './state.ts';

export const timers = {
  election: 'election',
  heartbeat: 'heartbeat',
  commitNews: 'commit news',
  /** A follower heard its leader so lately that it will not help to depose it (R24). */
  leaderHeard: 'leader heard',
  /** A leader asks itself whether a majority still hears it (R25). */
  checkQuorum: 'check quorum',
  /** A leader gives up handing over its office. */
  transfer: 'transfer',
  /** A leader's lease ends (R39). */
  lease: 'lease',
} as const;

/**
 * How long news of a commit may wait for an append to ride on. A client that has just been answered asks next well
 * within it, and then the news costs no message of its own; a follower learns of its last commit so much later.
 */
const commitNewsTicks = 2;

/**
 * R6: called on an append of the current leader, on granting a vote and on standing for election, pre-vote included,
 * and on nothing else: a candidate that cannot win must not keep others from standing. R7: the host draws anew each time.
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

/** R24: stickiness needs no clock, only a timer that begins anew with every word of the leader. */
export function armLeaderHeard(raft: Raft): void {
  armElectionTimeout(raft, 'leaderHeard');
}

export function armCheckQuorum(raft: Raft): void {
  armElectionTimeout(raft, 'checkQuorum');
}

/** Dissertation §3.10: a transfer that is not over after an election timeout has failed. */
export function armTransfer(raft: Raft): void {
  armElectionTimeout(raft, 'transfer');
}

/** R39: set as the round that begins the lease leaves. */
export function armLease({ effects, rules, context: { timing } }: Raft): void {
  const ticks = rules.leaseTicks(timing.electionTicksMin);
  effects.push({ type: 'setTimer', timer: timers.lease, ticksMin: ticks, ticksMax: ticks });
}

function armElectionTimeout(
  { effects, context: { timing } }: Raft,
  timer: keyof typeof timers,
): void {
  const { electionTicksMin: ticks } = timing;
  effects.push({ type: 'setTimer', timer: timers[timer], ticksMin: ticks, ticksMax: ticks });
}

export function disarm({ effects }: Raft, timer: keyof typeof timers): void {
  effects.push({ type: 'cancelTimer', timer: timers[timer] });
}
