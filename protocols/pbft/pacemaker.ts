/** When things happen: every timer of a replica, and how long it runs. */
import { committedOutcome, slotsInOrder, type Pbft, type PbftState } from './state.ts';
import { primaryOf, weakQuorumOf } from './setting.ts';

export const timers = {
  /** A backup waits for one request to be executed (P14). */
  request: 'request',
  /** A quorum moves to a view, and its NEW-VIEW is due (P19). */
  newView: 'new view',
  /** Something is outstanding: if nothing moves until it ends, others are told what this replica has. */
  status: 'status',
  /** How often others were answered is counted until it ends (K11). */
  answers: 'answers',
} as const;

/** The status timer doubles as long as nothing moves, so often at most. */
const statusDoublingsMax = 3;

/** P14, P19: as long as a Raft follower waits for its leader, doubled with each view change that led to nothing. */
function arm(pbft: Pbft, timer: string): void {
  const { effects, rules, state, context } = pbft;
  const { electionTicksMin, electionTicksMax } = context.timing;
  const factor = rules.timerFactor(state);
  effects.push({
    type: 'setTimer',
    timer,
    ticksMin: electionTicksMin * factor,
    ticksMax: electionTicksMax * factor,
  });
}

export function armNewView(pbft: Pbft): void {
  if (pbft.state.awaitsNewView) return;
  pbft.state.awaitsNewView = true;
  arm(pbft, timers.newView);
}

export function disarmNewView({ state, effects }: Pbft): void {
  if (!state.awaitsNewView) return;
  state.awaitsNewView = false;
  effects.push({ type: 'cancelTimer', timer: timers.newView });
}

export function disarmRequest({ state, effects }: Pbft): void {
  if (state.awaited === null) return;
  state.awaited = null;
  effects.push({ type: 'cancelTimer', timer: timers.request });
}

/**
 * P14, after every step: "the timer is stopped when [the backup] is no longer waiting to execute the request but is
 * restarted if at that point it is waiting to execute some other request".
 */
export function tendRequestTimer(pbft: Pbft): void {
  const { state, rules } = pbft;
  if (rules.isAwaitedDone(state)) disarmRequest(pbft);
  const waits = state.active && primaryOf(state.view, state.setting) !== state.self;
  if (!waits || state.stopped !== null) return disarmRequest(pbft);
  if (state.awaited !== null) return;
  const oldest = oldestWaiting(pbft);
  if (oldest === null) return;
  state.awaited = oldest;
  arm(pbft, timers.request);
}

/** As long as an honest replica waits at least before it asks again. */
export function armAnswers({ state, effects, context }: Pbft): void {
  if (state.countsAnswers) return;
  state.countsAnswers = true;
  const ticks = Math.ceil(context.timing.electionTicksMin / 2);
  effects.push({ type: 'setTimer', timer: timers.answers, ticksMin: ticks, ticksMax: ticks });
}

/** What a client gave up waiting for, or was executed under another replica's eyes, nobody waits for. */
export function oldestWaiting(pbft: Pbft): string | null {
  const { state } = pbft;
  for (const [key, request] of state.requests) {
    if (committedOutcome(pbft, request) === null) return key;
    state.requests.delete(key);
    state.queue.delete(key);
  }
  return null;
}

/** After every step: the timer runs as long as something is outstanding, and no longer. */
export function tendStatusTimer(pbft: Pbft): void {
  const { state, effects, context } = pbft;
  if (state.watched !== null || state.stopped !== null || !isOutstanding(state)) return;
  state.watched = progressOf(state);
  const ticks = Math.ceil(context.timing.electionTicksMin / 2) * 2 ** state.idleRounds;
  effects.push({ type: 'setTimer', timer: timers.status, ticksMin: ticks, ticksMax: ticks });
}

/** The status timer has ended. Returns whether nothing moved since it was set, so that something may be lost. */
export function noteStillness({ state }: Pbft): boolean {
  const still = state.watched === progressOf(state);
  state.watched = null;
  state.idleRounds = still ? Math.min(state.idleRounds + 1, statusDoublingsMax) : 0;
  return still && isOutstanding(state);
}

function isOutstanding(state: PbftState): boolean {
  return needsHelp(state) || laggards(state).length > 0;
}

/** Whether this replica waits for something that others have or must do. */
export function needsHelp(state: PbftState): boolean {
  if (!state.active || state.requests.size > 0 || state.proven || state.incoming) return true;
  if (state.snapshots.size > 0 || hasFallenBehind(state)) return true;
  for (const slot of state.slots.values()) if (slot.n > state.executed) return true;
  return isLeftBehind(state);
}

/** Somebody votes in a later view. */
function isLeftBehind({ slots, view }: PbftState): boolean {
  for (const { prepares, commits } of slots.values()) {
    for (const { body } of prepares.values()) if (body.view > view) return true;
    for (const { body } of commits.values()) if (body.view > view) return true;
  }
  return false;
}

/** P12: f + 1 others, and so an honest one, have executed what this replica cannot even hold. */
function hasFallenBehind({ checkpoints, stable, setting, executed }: PbftState): boolean {
  let beyond = 0;
  for (const held of checkpoints.values()) {
    if ([...held.keys()].some((n) => n > executed && n > stable.n + setting.window)) beyond++;
  }
  return beyond >= weakQuorumOf(setting);
}

/** Who, by all that was heard, may not have what this replica has. */
export function laggards({ self, setting, positions, view, active, executed }: PbftState) {
  if (!active) return [];
  return setting.voters.filter((id) => {
    if (id === self) return false;
    const position = positions.get(id) ?? { view: 0, n: 0 };
    return position.view < view || (position.view === view && position.n < executed);
  });
}

/** Changes with everything that a status could bring about. */
function progressOf(state: PbftState): string {
  const { view, active, executed, stable, incoming, proven } = state;
  const next = slotsInOrder(state).find(({ n }) => n > executed);
  const phase = next?.prepared?.prePrepare.body.view === view ? 2 : next?.prePrepare ? 1 : 0;
  const pieces = incoming?.pieces.size ?? -1;
  return `${view} ${active} ${executed} ${phase} ${stable.n} ${proven?.n ?? 0} ${pieces}`;
}
