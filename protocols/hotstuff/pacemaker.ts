/** When things happen: every timer of a replica, and how long it runs. */
import { hasWaiting } from './requests.ts';
import { headOf, type HotStuff } from './state.ts';

export const timers = {
  /** Something is to be committed, and the view has so long for its part in it (C21). */
  view: 'view',
  /** A block was asked for, and another replica is asked if it does not come (C13). */
  fetch: 'fetch',
} as const;

/** After every step: the timer runs as long as there is something to do, anew for each view (C25). */
export function tendViewTimer(hotStuff: HotStuff): void {
  const { state, effects, rules, context } = hotStuff;
  const isBusy = state.stopped === null && hasWork(hotStuff);
  if (!isBusy) {
    if (state.timedView !== null) effects.push({ type: 'cancelTimer', timer: timers.view });
    state.timedView = null;
    return;
  }
  if (state.timedView === state.view) return;
  state.timedView = state.view;
  const { electionTicksMin, electionTicksMax } = context.timing;
  const factor = rules.timerFactor(state);
  effects.push({
    type: 'setTimer',
    timer: timers.view,
    ticksMin: electionTicksMin * factor,
    ticksMax: electionTicksMax * factor,
  });
}

function hasWork(hotStuff: HotStuff): boolean {
  return hotStuff.state.fetching !== null || hasWaiting(hotStuff) || isUnsettled(hotStuff);
}

/**
 * C19: the block that the highest certificate is for does not show, with that certificate, its last commands to be
 * committed. This replica may know better, by a certificate that the branch left out; who does not must not wait alone.
 * Blocks without a certificate count by the requests in them that wait: what only some were shown, only some can miss.
 */
function isUnsettled({ state, rules }: HotStuff): boolean {
  const head = headOf(state);
  if (!head) return false;
  const { commandHeight } = head;
  const byCertificate = rules.committedBy(head, rules.phases[0]);
  const committedHeight = Math.max(head.committedHeight, byCertificate?.height ?? 0);
  return rules.needsPush({ commandHeight, committedHeight }, state);
}

export function armFetch({ effects, context }: HotStuff): void {
  const ticks = Math.ceil(context.timing.electionTicksMin / 2);
  effects.push({ type: 'setTimer', timer: timers.fetch, ticksMin: ticks, ticksMax: ticks });
}

export function disarmFetch({ effects }: HotStuff): void {
  effects.push({ type: 'cancelTimer', timer: timers.fetch });
}
