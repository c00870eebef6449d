/** What must hold of execution ahead of the commit, step by step: what is said of it, and how far it goes. */
import type { Violation } from '../core/checker.ts';
import type { PbftEffect, PbftState } from './state.ts';

/** Adds to `found` what does not hold. */
export function checkTentative(
  state: Readonly<PbftState>,
  effects: readonly PbftEffect[],
  found: Violation[],
): void {
  const { self, index, executed, tentative, slots, view, active } = state;
  const fail = (id: string, text: string) => found.push({ id, text: `${self}: ${text}` });
  for (const effect of effects) {
    if (effect.type !== 'reply' || effect.reply.type !== 'done') continue;
    const { reply } = effect;
    // PI9: f + 1 final answers are believed; one of them is honest, and must be about what is committed.
    if (reply.tentative === undefined && reply.index > index) {
      fail('PI9', `a final answer from ${reply.index}, and only ${index} are committed`);
    }
  }
  if (!tentative) return;
  const { n, digest } = tentative;
  const prepared = slots.get(n)?.prepared?.prePrepare.body;
  if (n !== executed + 1) fail('PI4', `slot ${n} is executed after slot ${executed}`);
  if (!active || prepared?.view !== view || prepared.digest !== digest) {
    fail('PI9', `slot ${n} is executed, and not prepared in view ${view}`);
  }
}
