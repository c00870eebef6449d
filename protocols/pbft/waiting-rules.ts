/** The rules of patience (§4.5.2): whom a replica waits for, and for how long. */
import type { PbftState } from './state.ts';

/** Beyond so many doublings nobody would wait to see the end. */
const doublingsMax = 6;

/** P19: "it will wait 2T … if the timer expires", and so on: the first view change waits T. */
export function timerFactor({ fruitlessViewChanges }: PbftState): number {
  return 2 ** Math.min(doublingsMax, Math.max(0, fruitlessViewChanges - 1));
}

/** P14: the timer "is stopped when it is no longer waiting to execute the request": that one, and no other. */
export function isAwaitedDone({ awaited, requests }: PbftState): boolean {
  return awaited !== null && !requests.has(awaited);
}

/** P19: a request that was waited for and executed in the current view is progress. */
export function fruitlessAfterProgress(_state: PbftState): number {
  return 0;
}
