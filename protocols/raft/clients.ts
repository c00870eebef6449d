/** Clients' requests: taken in by the leader, handed on by a follower that knows it, refused with a hint otherwise (§8). */
import { cutIntoBatches, requestBytes } from '../core/batches.ts';
import { isQuery, type ClientMessage, type ClientRequest, type Refusal } from '../core/client.ts';
import type { ReplicaId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import { answer } from './apply.ts';
import { appendAsLeader } from './leader.ts';
import { lastIndexOf } from './log.ts';
import type { ForwardReplies } from './client-messages.ts';
import { onQueries } from './queries.ts';
import type { Leader, Raft } from './state.ts';

/** §8: "clients of Raft send all of their requests to the leader"; here whichever replica they know best finds it. */
export function onRequest(raft: Raft, messages: readonly ClientMessage[]): void {
  const { state, effects } = raft;
  const mixed = messages.some(isQuery);
  if (mixed) onQueries(raft, messages.filter(isQuery));
  const requests = mixed ? messages.filter(isRequest) : (messages as readonly ClientRequest[]);
  const { role, leaderId, self } = state;
  if (requests.length === 0) return;
  if (role.name === 'leader') return takeIn(raft, role, self, requests);
  if (role.name === 'stopped') return refuse(raft, self, requests, 'stopped-voting');
  if (leaderId === null) return refuse(raft, self, requests, 'no-leader');
  for (const batch of cutIntoBatches(requests, requestBytes, limits.requestsPerMessageMax)) {
    const message = { type: 'ForwardRequests', requests: batch } as const;
    effects.push({ type: 'send', to: [leaderId], message });
  }
}

function isRequest(message: ClientMessage): message is ClientRequest {
  return !isQuery(message);
}

/** Another replica took these for the leader of its term. Not handed on again: hints can be stale on both ends. */
export function onForwardRequests(
  raft: Raft,
  from: ReplicaId,
  requests: readonly ClientRequest[],
): void {
  const { role } = raft.state;
  if (requests.length === 0) return;
  if (role.name === 'leader') return takeIn(raft, role, from, requests);
  refuse(raft, from, requests, role.name === 'stopped' ? 'stopped-voting' : 'not-leader');
}

export function onForwardReplies({ effects }: Raft, { replies }: ForwardReplies): void {
  for (const { client, reply } of replies) effects.push({ type: 'reply', to: client, reply });
}

/** All of one event become one append (§5.3). What does not fit the uncommitted tail is told to come again (R21). */
function takeIn(
  raft: Raft,
  leader: Leader,
  by: ReplicaId,
  requests: readonly ClientRequest[],
): void {
  const { state, rules } = raft;
  // Dissertation §3.10: its successor's log could never become level with one that grows.
  if (leader.transfer) return refuse(raft, by, requests, 'transferring');
  const room = rules.roomForRequests(state);
  const taken = requests.length <= room ? requests : requests.slice(0, room);
  if (taken.length > 0) {
    const term = state.currentTerm;
    const first = lastIndexOf(state.log) + 1;
    leader.taken.push({ by, first, last: first + taken.length - 1 });
    const entries = taken.map((request) => ({ kind: 'command', term, request }) as const);
    appendAsLeader(raft, leader, entries);
  }
  if (taken.length < requests.length) {
    refuse(raft, by, requests.slice(taken.length), 'overloaded');
  }
}

function refuse(
  raft: Raft,
  taker: ReplicaId,
  requests: readonly ClientRequest[],
  reason: Refusal,
): void {
  const { leaderId } = raft.state;
  const count = requests.length;
  raft.effects.push({ type: 'note', note: { note: 'requestsRefused', reason, count } });
  const replies = requests.map(({ client, seq }) => ({
    client,
    reply: { type: 'refused', seq, reason, leader: leaderId } as const,
  }));
  answer(raft, taker, replies);
}
