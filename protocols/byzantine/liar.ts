/** A replica that can be turned: honest until then, and between the host and the protocol from then on. */
import type { Behaviour, BehaviourKind, Lie, LiarContext } from '../core/behaviour.ts';
import type { Effect, Event, Replica } from '../core/replica.ts';

type Send<M, N> = Extract<Effect<M, N>, { type: 'send' }>;

/** For the liar's own screen: what the honest replica would have sent in this step, and what was sent. */
export interface LieTold<M, N> {
  readonly instead: readonly Send<M, N>[];
  readonly sent: readonly Send<M, N>[];
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
      const effects = lie(event, (given) => {
        const made = replica.step(given);
        honest.push(...made);
        return made;
      });
      if (tell) tellDifference(honest, effects, tell);
      return effects;
    },
  };
}

function isTime({ when }: Behaviour, viewNow: () => number): boolean {
  if (when === null) return true;
  const view = viewNow();
  return view >= when.from && view <= when.until;
}

function tellDifference<M, N>(
  honest: readonly Effect<M, N>[],
  effects: readonly Effect<M, N>[],
  tell: (told: LieTold<M, N>) => void,
): void {
  const instead = honest.filter(isSend).filter((effect) => !effects.includes(effect));
  const sent = effects.filter(isSend).filter((effect) => !honest.includes(effect));
  if (instead.length > 0 || sent.length > 0) tell({ instead, sent });
}

export function isSend<M, N>(effect: Effect<M, N>): effect is Send<M, N> {
  return effect.type === 'send';
}
