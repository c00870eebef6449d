/** A replica that can be turned: honest until then, and between the host and the protocol from then on. */
import type { Behaviour, BehaviourKind, Lie, LiarContext } from '../core/behaviour.ts';
import type { Effect, Event, Replica } from '../core/replica.ts';

type Send<M, N> = Extract<Effect<M, N>, { type: 'send' }>;
/** What leaves the machine. */
type Said<M, N> = Extract<Effect<M, N>, { type: 'send' | 'reply' }>;
/** What comes from other machines. */
type Heard<M> = Extract<Event<M>, { type: 'receive' | 'request' }>;

/** For the liar's own screen: how one step differed from that of an honest replica. */
export interface LieTold<M, N> {
  /** What would have been said, and was not. */
  readonly instead: readonly Said<M, N>[];
  readonly sent: readonly Said<M, N>[];
  /** What came and was taken in otherwise: empty, or one event. */
  readonly heard: readonly Heard<M>[];
  /** As what it was taken in; empty if it was ignored, or nothing was heard otherwise. */
  readonly taken: readonly Heard<M>[];
}

/** How to turn, and whom to tell. */
export interface Turn<M, S, N> {
  readonly kind: BehaviourKind<M, S, N>;
  readonly behaviour: Behaviour;
  /** Everything but the state, which is the replica's. */
  readonly context: Omit<LiarContext<M, S, N>, 'state'>;
  /** The term or view of the replica. */
  readonly viewOf: (state: Readonly<S>) => number;
  readonly tell?: (told: LieTold<M, N>) => void;
}

/** `replica`, lying as `turn` says. */
export function byzantine<M, S, N>(
  replica: Replica<M, S, N>,
  { kind, behaviour, context, viewOf, tell }: Turn<M, S, N>,
): Replica<M, S, N> {
  const { state } = replica;
  const lie: Lie<M, N> = kind.begin(behaviour, { ...context, state });
  return {
    state,
    step(event: Event<M>) {
      if (!isTime(behaviour, () => viewOf(state))) return replica.step(event);
      const honest: Effect<M, N>[] = [];
      const given: Event<M>[] = [];
      const effects = lie(event, (altered) => {
        const made = replica.step(altered);
        given.push(altered);
        honest.push(...made);
        return made;
      });
      const heard = kind.mishears ? misheard(event, given) : nothing;
      if (tell) tellDifference({ ...heard, honest, effects }, tell);
      return effects;
    },
  };
}

function isTime({ when }: Behaviour, viewNow: () => number): boolean {
  if (when === null) return true;
  const view = viewNow();
  return view >= when.from && view <= when.until;
}

type Misheard<M> = Pick<LieTold<M, unknown>, 'heard' | 'taken'>;

const nothing = { heard: [], taken: [] } as const;

/** `given`: what the honest replica was stepped with when `event` came. */
function misheard<M>(event: Event<M>, given: readonly Event<M>[]): Misheard<M> {
  if (!isHeard(event) || (given.length === 1 && isSame(event, given[0]))) return nothing;
  return { heard: [event], taken: given.filter(isHeard) };
}

interface Step<M, N> extends Misheard<M> {
  readonly honest: readonly Effect<M, N>[];
  readonly effects: readonly Effect<M, N>[];
}

function tellDifference<M, N>(
  { heard, taken, honest, effects }: Step<M, N>,
  tell: (told: LieTold<M, N>) => void,
): void {
  const instead = honest.filter(isSaid).filter((effect) => !effects.includes(effect));
  const sent = effects.filter(isSaid).filter((effect) => !honest.includes(effect));
  if (instead.length + sent.length + heard.length > 0) tell({ instead, sent, heard, taken });
}

function isSame<M>(event: Heard<M>, given: Event<M> | undefined): boolean {
  if (event === given) return true;
  if (event.type === 'receive') return given?.type === 'receive' && given.message === event.message;
  if (given?.type !== 'request' || given.requests.length !== event.requests.length) return false;
  return event.requests.every((request, i) => request === given.requests[i]);
}

function isHeard<M>(event: Event<M>): event is Heard<M> {
  return event.type === 'receive' || event.type === 'request';
}

function isSaid<M, N>(effect: Effect<M, N>): effect is Said<M, N> {
  return effect.type === 'send' || effect.type === 'reply';
}

export function isSend<M, N>(effect: Effect<M, N>): effect is Send<M, N> {
  return effect.type === 'send';
}
