/**
 * K11: how much a replica hands over to who asks for it. A small question brings a large answer: in one period nobody gets
 * the same thing more often than an honest replica can need it.
 */
import type { ReplicaId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import { armAnswers } from './pacemaker.ts';
import type { Pbft } from './state.ts';

/** What may be needed again within a period; everything else is one thing by its name, and sent once. */
const oftenAsked: ReadonlyMap<string, number> = new Map([
  ['status', limits.statusesAnsweredMax],
  ['new view', limits.newViewsAnsweredMax],
]);

/** Whether `asker`, a voter, is answered once more in this period; if so, that counts. */
export function mayAnswer(pbft: Pbft, asker: ReplicaId, what: string): boolean {
  const { self, setting, answered } = pbft.state;
  if (asker === self || !setting.voters.includes(asker)) return false;
  let own = answered.get(asker);
  if (!own) answered.set(asker, (own = new Map()));
  const times = own.get(what) ?? 0;
  const timesMax = oftenAsked.get(what) ?? 1;
  if (times >= timesMax) return false;
  own.set(what, times + 1);
  armAnswers(pbft);
  return true;
}

/** A new period begins, with the first answer. */
export function forgetAnswers({ state }: Pbft): void {
  state.answered.clear();
  state.countsAnswers = false;
}
