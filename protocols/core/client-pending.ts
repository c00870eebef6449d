/** What a client has sent and not heard the end of. */
import { Answers } from './client-answers.ts';
import { isQuery, type ClientMessage, type ClientQuery } from './client.ts';
import type { ReplicaId } from './ids.ts';

export interface Pending<R extends ClientMessage = ClientMessage> {
  /** Sent again unchanged: the same request, whoever compares. */
  readonly request: R;
  sentTo: ReplicaId;
  /** Timer periods ended since it was last sent. */
  age: number;
  /** Sent on by a hint since the last timeout: two stale hints must not play ball with it. */
  redirected: boolean;
  readonly answers: Answers;
}

export function newPending<R extends ClientMessage>(request: R, sentTo: ReplicaId): Pending<R> {
  return { request, sentTo, age: 0, redirected: false, answers: new Answers() };
}

/** A query that goes to all replicas at once, and is not sent again. */
export function isForAll(request: ClientMessage): request is ClientQuery {
  return isQuery(request) && request.read === 'quorum';
}

/** Puts `pending` on the list of what goes to `to`. */
export function addTo(lists: Map<ReplicaId, Pending[]>, to: ReplicaId, pending: Pending): void {
  const list = lists.get(to);
  if (list) list.push(pending);
  else lists.set(to, [pending]);
}
