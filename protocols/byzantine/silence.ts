/** Lies by saying nothing: what no evidence can prove, since anyone may have heard nothing (G1, G2, G18). */
import type { BehaviourKind } from '../core/behaviour.ts';
import { editSends, victimsOf } from './edits.ts';
import { isSend } from './liar.ts';

export const silence: readonly BehaviourKind<unknown, unknown, unknown>[] = [
  {
    id: 'G1',
    title: 'Silent',
    forecast: ({ n, f, liars }) => {
      const left = n - liars;
      if (f === 0) return `It counts as crashed: ${left} of ${n} still answer.`;
      if (liars <= f)
        return `${left} of ${n} answer, enough to go on; each turn of its own as leader costs a timeout.`;
      return `Only ${left} of ${n} answer: nothing is decided any more, and nothing false either.`;
    },
    convictedBy: [],
    begin: (_behaviour, { self }) => {
      return (event, step) =>
        step(event).flatMap((effect): readonly (typeof effect)[] => {
          if (effect.type === 'reply') return [];
          if (!isSend(effect)) return [effect];
          return effect.to.includes(self) ? [{ ...effect, to: [self] }] : [];
        });
    },
  },
  {
    id: 'G2',
    title: 'Silent towards some',
    forecast: ({ f, liars }) =>
      liars <= f || f === 0
        ? 'Those it does not speak to learn from the others, later.'
        : 'With so many silent towards the same ones, these may never catch up.',
    convictedBy: [],
    begin: (behaviour, liar) => editSends(victimsOf(behaviour, liar), () => []),
  },
  {
    id: 'G18',
    title: 'Crash in the middle of a multicast',
    forecast: () =>
      'Half of the receivers hear its last message, the others do not: safe, as any crash is.',
    convictedBy: [],
    begin: (behaviour, liar) => {
      const victims = victimsOf(behaviour, liar);
      const half = victims.slice(Math.ceil(victims.length / 2));
      let crashed = false;
      return (event, step) =>
        step(event).flatMap((effect) => {
          if (!isSend(effect) || effect.to.includes(liar.self)) return [effect];
          if (crashed) return [];
          crashed = effect.to.length > 1;
          const to = crashed ? effect.to.filter((id) => !half.includes(id)) : effect.to;
          return [{ ...effect, to }];
        });
    },
  },
];
