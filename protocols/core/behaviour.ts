/**
 * Lies as data: what a replica does instead of the protocol, to whom, and when. A liar signs with its own key only;
 * whatever it says in another's name is refused by everyone.
 */
import * as v from 'valibot';
import type { ReplicaId } from './ids.ts';
import { limits } from './limits.ts';
import type { DurableState, Effect, Event, Replica } from './replica.ts';
import type { Timing } from './timing.ts';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(limits.integerMax));

const places = v.pipe(
  v.array(v.pipe(count, v.maxValue(limits.votersMax))),
  v.maxLength(limits.votersMax),
);

export const behaviourSchema = v.strictObject({
  /** Its number on the menu: `G2`, `PB1`, `RB3`. */
  what: v.pipe(v.string(), v.regex(/^[A-Z]{1,2}\d{1,2}$/)),
  /** Places on the roster, from 0; `null`: everybody. */
  to: v.nullable(places),
  /** Places of those who lie along (G17): of two stories they hear both. */
  with: places,
  /** The terms or views in which it lies, both ends included; `null`: always. */
  when: v.nullable(v.strictObject({ from: count, until: count })),
});
export type Behaviour = v.InferOutput<typeof behaviourSchema>;

/** The room that a liar is in, by numbers. */
export interface LiarsRoom {
  readonly n: number;
  /** How many may lie before the protocol promises nothing; 0 for one that tolerates crashes only. */
  readonly f: number;
  /** How many will lie once this one does. */
  readonly liars: number;
}

/** What a liar has to lie with. */
export interface LiarContext<M, S, N> {
  readonly self: ReplicaId;
  /** In the order of the roster. */
  readonly voters: readonly ReplicaId[];
  readonly timing: Timing;
  readonly state: Readonly<S>;
  /** A second honest replica of the same identity, not started yet. */
  readonly another: () => Replica<M, S, N>;
  /** What the disk of its machine holds. */
  readonly durable: () => DurableState;
}

/** Methods, not properties, so that a list of lies about messages of one kind is a list of lies. */
interface Acting<M, N> {
  step(event: Event<M>): readonly Effect<M, N>[];
  lie(event: Event<M>, step: Acting<M, N>['step']): readonly Effect<M, N>[];
}

/**
 * Stands between the host and an honest replica: sees each event, lets the replica `step` when and with what it likes,
 * and gives back what the host is to do.
 */
export type Lie<M, N> = Acting<M, N>['lie'];

/** One line of the menu. */
export interface BehaviourKind<M, S, N> {
  readonly id: string;
  readonly title: string;
  /** What it will do in this room, in a sentence. */
  forecast(room: LiarsRoom): string;
  /** What may convict it, by the numbers of the catalogue; none: it is no crime, or cannot be proved. */
  readonly convictedBy: readonly string[];
  /** It takes in otherwise what it hears, and says honestly what follows from that. */
  readonly mishears?: true;
  begin(behaviour: Behaviour, liar: LiarContext<M, S, N>): Lie<M, N>;
}
