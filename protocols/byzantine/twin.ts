/** Twins (Bano et al., 2020): honest code with one identity and two heads, or with none of its memory (G9, G10). */
import type { BehaviourKind, Lie, LiarContext } from '../core/behaviour.ts';
import type { ClientMessage } from '../core/client.ts';
import type { ReplicaId } from '../core/ids.ts';
import type { Effect, Event } from '../core/replica.ts';
import { accomplicesOf, halfOf } from './edits.ts';
import { isSend } from './liar.ts';

type Effects = readonly Effect<unknown, unknown>[];
type Context = LiarContext<unknown, unknown, unknown>;

type Head = 'first' | 'second';

const prefix = 'twin ';

export const twins: readonly BehaviourKind<unknown, unknown, unknown>[] = [
  {
    id: 'G9',
    title: 'Twin: two of it, with one key',
    forecast: ({ f, liars }) => {
      if (f === 0)
        return 'It votes twice and leads two halves: one such replica is enough to break what is decided.';
      if (liars <= f) return 'Each half hears another story; only one can gather a quorum.';
      return `With ${liars} of them two halves can decide differently: the quorums share liars only.`;
    },
    convictedBy: ['E1', 'E2', 'E3', 'E6', 'E7', 'E8', 'E9', 'E10', 'E11', 'E16'],
    begin: (behaviour, liar) => {
      return twin(liar, halfOf(behaviour, liar), accomplicesOf(behaviour, liar));
    },
  },
  {
    id: 'G10',
    title: 'Forget: everything it has promised',
    forecast: ({ f, liars }) =>
      liars <= f
        ? 'It votes as if it had just been born; the quorums have honest members enough.'
        : 'What was decided with its vote can be decided again, differently.',
    convictedBy: ['E1', 'E2', 'E7', 'E8', 'E9', 'E10', 'E11', 'E16'],
    begin: (_behaviour, liar) => amnesia(liar),
  },
];

/**
 * @param chosen who speaks with the second twin; all others speak with the first
 * @param accomplices who speak with both
 * @param understands whether a twin in this state makes anything of what an accomplice says: else that is the other's word
 */
export function twin(
  liar: Context,
  chosen: readonly ReplicaId[],
  accomplices: readonly ReplicaId[],
  understands: (state: unknown, message: unknown) => boolean = () => true,
): Lie<unknown, unknown> {
  const { self } = liar;
  const speaks = (who: Head, id: ReplicaId): boolean =>
    id === self || accomplices.includes(id) || chosen.includes(id) === (who === 'second');
  const second = liar.another();
  const reorder = reordering();
  /** Whose word each message to itself is, in the order in which they come back. */
  const owed: Head[] = [];
  let begun = false;
  const begin = (): Effects => {
    begun = true;
    return second.step({ type: 'start', durable: liar.durable(), incarnation: 1 });
  };
  const spoken = (effects: Effects, who: Head): Effects =>
    effects.flatMap((effect): Effects => {
      if (who === 'second' && !isSend(effect)) return timerOf(effect);
      if (!isSend(effect)) return [effect];
      if (effect.to.includes(self)) owed.push(who);
      const to = effect.to.filter((id) => speaks(who, id));
      return to.length > 0 ? [{ ...effect, to }] : [];
    });
  return (event, step) => {
    const started = begun || event.type === 'start' ? [] : spoken(begin(), 'second');
    const own = event.type === 'receive' && event.from === self ? owed.shift() : undefined;
    const hears = (who: Head): boolean => {
      if (event.type !== 'receive') return true;
      if (event.from === self) return own === who;
      const { state } = who === 'first' ? liar : second;
      const isForBoth = accomplices.includes(event.from);
      return speaks(who, event.from) && (!isForBoth || understands(state, event.message));
    };
    const first = hears('first') && !isOfSecond(event) ? spoken(step(event), 'first') : [];
    const forSecond = hears('second') && begun ? eventOfSecond(event, reorder) : null;
    const both = forSecond ? spoken(second.step(forSecond), 'second') : [];
    return [...started, ...first, ...both];
  };
}

/** Of what the second wants, besides messages, only its questions are kept, and its timers under names of their own. */
function timerOf(effect: Effect<unknown, unknown>): Effects {
  if (effect.type === 'ask') return [effect];
  if (effect.type !== 'setTimer' && effect.type !== 'cancelTimer') return [];
  return [{ ...effect, timer: prefix + effect.timer }];
}

function isOfSecond(event: Event<unknown>): boolean {
  return event.type === 'timeout' && event.timer.startsWith(prefix);
}

/** What the second hears of `event`; `null` for nothing. */
function eventOfSecond(
  event: Event<unknown>,
  reorder: (requests: readonly ClientMessage[]) => readonly ClientMessage[],
): Event<unknown> | null {
  if (event.type === 'start') return null;
  if (event.type === 'timeout') {
    return isOfSecond(event) ? { ...event, timer: event.timer.slice(prefix.length) } : null;
  }
  if (event.type !== 'request') return event;
  const requests = reorder(event.requests);
  return requests.length > 0 ? { ...event, requests } : null;
}

/** Requests in another order: of those that come alone, each waits for the next. */
function reordering(): (requests: readonly ClientMessage[]) => readonly ClientMessage[] {
  let held: ClientMessage | null = null;
  return (requests) => {
    const turned = [...requests].reverse();
    if (held) turned.push(held);
    held = null;
    if (turned.length > 1) return turned;
    held = turned[0] ?? null;
    return [];
  };
}

function amnesia(liar: Context): Lie<unknown, unknown> {
  const fresh = liar.another();
  let begun = false;
  return (event) => {
    const effects: Effect<unknown, unknown>[] = [];
    if (!begun) effects.push(...fresh.step({ type: 'start', durable: new Map(), incarnation: 1 }));
    begun = true;
    if (event.type !== 'start') effects.push(...fresh.step(event));
    return effects.filter(({ type }) => type !== 'persist' && type !== 'apply');
  };
}
