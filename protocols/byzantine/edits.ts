/** What lies are made of: small changes to what an honest step wants done. */
import type { Behaviour, Lie, LiarContext } from '../core/behaviour.ts';
import type { ReplicaId } from '../core/ids.ts';
import type { Effect, Event } from '../core/replica.ts';
import { isSend } from './liar.ts';

type Room = Pick<LiarContext<unknown, unknown, unknown>, 'voters' | 'self'>;

/** The members it lies to: those of `to`, or all others. Never itself, whose own copy must stay true. */
export function victimsOf({ to }: Behaviour, { voters, self }: Room): ReplicaId[] {
  return voters.filter((id, place) => id !== self && (to === null || to.includes(place)));
}

/** Those it tells another story: every other place unless told, since a lie to everybody would be one story. */
export function halfOf(behaviour: Behaviour, room: Room): ReplicaId[] {
  if (behaviour.to !== null) return victimsOf(behaviour, room);
  return room.voters.filter((id, place) => id !== room.self && place % 2 === 1);
}

/** Those who lie along. */
export function accomplicesOf({ with: places }: Behaviour, { voters, self }: Room): ReplicaId[] {
  return voters.filter((id, place) => id !== self && places.includes(place));
}

/** Every honest send, given to `edit` for the victims and as it is for the others; what it says to itself stays. */
export function editSends<M, N>(
  victims: readonly ReplicaId[],
  edit: (message: M, to: readonly ReplicaId[]) => readonly Effect<M, N>[],
): Lie<M, N> {
  return (event, step) => step(event).flatMap((effect) => editSend(effect, victims, edit));
}

export function editSend<M, N>(
  effect: Effect<M, N>,
  victims: readonly ReplicaId[],
  edit: (message: M, to: readonly ReplicaId[]) => readonly Effect<M, N>[],
): readonly Effect<M, N>[] {
  if (!isSend(effect) || isGarbage(effect.message)) return [effect];
  const [hit, spared] = split(effect.to, victims);
  if (hit.length === 0) return [effect];
  const edited = edit(effect.message, hit);
  return spared.length > 0 ? [{ ...effect, to: spared }, ...edited] : edited;
}

const garbage = new WeakSet<object>();

/** What is no message at all: no other lie can make anything of it. */
export function sendGarbage<M, N>(to: readonly ReplicaId[], value: object): Effect<M, N>[] {
  garbage.add(value);
  return send(to, value as M);
}

function isGarbage(message: unknown): boolean {
  return typeof message === 'object' && message !== null && garbage.has(message);
}

/** Those of `to` who are among `some`, and the others. */
export function split(
  to: readonly ReplicaId[],
  some: readonly ReplicaId[],
): [ReplicaId[], ReplicaId[]] {
  return [to.filter((id) => some.includes(id)), to.filter((id) => !some.includes(id))];
}

/** One message to several. */
export function send<M, N>(to: readonly ReplicaId[], message: M): Effect<M, N>[] {
  return to.length > 0 ? [{ type: 'send', to, message }] : [];
}

/** The clients' requests of an event, changed. */
export function withRequests<M>(
  event: Event<M>,
  change: (
    requests: Extract<Event<M>, { type: 'request' }>['requests'],
  ) => Extract<Event<M>, { type: 'request' }>['requests'],
): Event<M> {
  return event.type === 'request' ? { ...event, requests: change(event.requests) } : event;
}
