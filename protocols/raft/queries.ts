/**
 * Queries, at the replica that took them: it learns from the leader how new its state must be, and answers from it as
 * soon as it is (dissertation §6.4). The leader does the same with its own.
 */
import type { ClientQuery, Refusal } from '../core/client.ts';
import type { ReplicaId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import { raftReads, type LeaderRead, type ReadIndexResponse } from './client-messages.ts';
import { owe, settleReadIndices } from './reads.ts';
import type { Raft, WaitingQuery } from './state.ts';

/** Those of one turn that are read alike share one question. */
export function onQueries(raft: Raft, queries: readonly ClientQuery[]): void {
  if (queries.length === 0) return;
  if (raft.state.role.name === 'stopped') return refuse(raft, queries, 'stopped-voting');
  for (const read of raftReads) {
    const alike = queries.filter((query) => query.read === read);
    if (alike.length === 0) continue;
    if (read === 'local') hold(raft, alike, { served: read, asked: null });
    else askLeader(raft, alike, read);
  }
}

/** R38. An answer to an earlier life, or to a question given up, finds nothing here. */
export function onReadIndexResponse(
  { state, effects }: Raft,
  from: ReplicaId,
  response: ReadIndexResponse,
): void {
  const { context } = response;
  if (context.incarnation !== state.incarnation) return;
  const refused: ClientQuery[] = [];
  for (const [key, waiting] of state.queries) {
    const { asked, query } = waiting;
    if (asked?.of !== from || asked.number !== context.number) continue;
    if (!response.success) {
      state.queries.delete(key);
      refused.push(query);
      continue;
    }
    waiting.asked = null;
    waiting.served = response.served;
    waiting.index = Math.max(waiting.index, response.index);
  }
  if (refused.length > 0) refuse({ state, effects }, refused, 'not-leader');
}

/** After every step: answers what has been executed far enough, and gives up what nobody will give an index for. */
export function settleReads(raft: Raft): void {
  const { state } = raft;
  for (const response of settleReadIndices(raft)) onReadIndexResponse(raft, state.self, response);
  if (state.queries.size === 0) return;
  const stranded: ClientQuery[] = [];
  for (const [key, waiting] of state.queries) {
    if (isStranded(raft, waiting)) stranded.push(waiting.query);
    else if (waiting.asked !== null || waiting.index > state.lastApplied) continue;
    else answer(raft, waiting);
    state.queries.delete(key);
  }
  if (stranded.length > 0) refuse(raft, stranded, 'no-leader');
}

function askLeader(raft: Raft, queries: readonly ClientQuery[], read: LeaderRead): void {
  const { state, effects } = raft;
  const { role, self, leaderId, currentTerm: term, incarnation } = state;
  if (leaderId === null) return refuse(raft, queries, 'no-leader');
  const number = ++state.readIndicesAsked;
  const context = { incarnation, number };
  if (role.name !== 'leader') {
    effects.push({ type: 'send', to: [leaderId], message: { type: 'ReadIndex', context, read } });
  } else if (!owe(role, { to: self, context, read })) {
    return refuse(raft, queries, 'overloaded');
  }
  hold(raft, queries, { served: read, asked: { of: leaderId, term, number } });
}

/** R40: whatever the leader says, never from a state older than the client has seen. */
function hold(
  raft: Raft,
  queries: readonly ClientQuery[],
  fields: Pick<WaitingQuery, 'served' | 'asked'>,
): void {
  const { queries: waiting } = raft.state;
  for (const query of queries) {
    const key = `${query.client} ${query.query}`;
    waiting.delete(key);
    waiting.set(key, { query, index: query.minIndex, ...fields });
  }
  const displaced: ClientQuery[] = [];
  for (const [key, { query }] of waiting) {
    if (waiting.size <= limits.queriesWaitingMax) break;
    waiting.delete(key);
    displaced.push(query);
  }
  if (displaced.length > 0) refuse(raft, displaced, 'overloaded');
}

/** Whom it asked leads no more, as far as this replica knows. */
function isStranded({ state }: Raft, { asked }: WaitingQuery): boolean {
  return asked !== null && (asked.of !== state.leaderId || asked.term !== state.currentTerm);
}

function answer({ state, context, effects }: Raft, { query, served }: WaitingQuery): void {
  const { lastApplied: index, leaderId: leader } = state;
  const result = context.service.query(query.key);
  const reply = { type: 'read', query: query.query, served, index, result, leader } as const;
  effects.push({ type: 'reply', to: query.client, reply });
}

function refuse(
  { state, effects }: Pick<Raft, 'state' | 'effects'>,
  queries: readonly ClientQuery[],
  reason: Refusal,
): void {
  const { leaderId: leader } = state;
  effects.push({ type: 'note', note: { note: 'queriesRefused', reason, count: queries.length } });
  for (const { client, query } of queries) {
    const reply = { type: 'readRefused', query, reason, leader } as const;
    effects.push({ type: 'reply', to: client, reply });
  }
}
