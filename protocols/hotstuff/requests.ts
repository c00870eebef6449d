/** The pool: clients' requests, known to every replica until they are executed, whatever blocks they were in (C17, C18, H8). */
import { isQuery, type ClientMessage, type Refusal, type SignedRequest } from '../core/client.ts';
import type { ReplicaId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import type { Outcome } from '../core/service.ts';
import { firstBatch, requestKey } from '../core/signed-batch.ts';
import type { Batch } from './messages.ts';
import { leaderOf } from './rotation.ts';
import { beginningOf, note, othersThan, send, type HotStuff } from './state.ts';
import type { Node } from './tree.ts';

/** From this replica's own clients. Any leader to come may have to propose them: all are told. */
export function onRequest(hotStuff: HotStuff, messages: readonly ClientMessage[]): void {
  const requests = messages.filter(isSigned);
  if (requests.length < messages.length) {
    const count = messages.length - requests.length;
    note(hotStuff, { note: 'requestsRefused', reason: 'not-leader', count });
  }
  if (hotStuff.state.stopped !== null) return refuse(hotStuff, requests, 'stopped-voting');
  handOn(hotStuff, takeIn(hotStuff, requests));
}

/** Another replica took these, and told everybody. */
export function onForwarded(hotStuff: HotStuff, requests: Batch): void {
  takeIn(hotStuff, requests);
}

function isSigned(message: ClientMessage): message is SignedRequest {
  return !isQuery(message) && 'proof' in message;
}

/** What was executed is answered again; the rest waits; returns what nobody waited for yet. */
function takeIn(hotStuff: HotStuff, requests: readonly SignedRequest[]): SignedRequest[] {
  const { context, state } = hotStuff;
  const fresh: SignedRequest[] = [];
  const tooMany: SignedRequest[] = [];
  for (const request of requests) {
    const outcome = context.service.outcomeOf(request);
    if (outcome === 'forgotten') continue;
    if (outcome !== null) {
      answer(hotStuff, request, outcome);
      continue;
    }
    const key = requestKey(request);
    if (state.requests.has(key)) continue;
    const hasRoom = state.requests.size < limits.requestsWaitingMax;
    (hasRoom ? fresh : tooMany).push(request);
    if (hasRoom) state.requests.set(key, request);
  }
  if (tooMany.length > 0) refuse(hotStuff, tooMany, 'overloaded');
  return fresh;
}

/** Those of a block are waited for too, whoever sent them to its proposer: it may be abandoned (C18). */
export function waitForBatch({ state, context }: HotStuff, batch: Batch): void {
  for (const request of batch) {
    if (state.requests.size >= limits.requestsWaitingMax) return;
    const key = requestKey(request);
    if (state.requests.has(key) || context.service.outcomeOf(request) !== null) continue;
    state.requests.set(key, request);
  }
}

function handOn(hotStuff: HotStuff, requests: readonly SignedRequest[]): void {
  let rest = requests;
  while (rest.length > 0) {
    const batch = firstBatch(rest);
    send(hotStuff, othersThan(hotStuff.state), { type: 'REQUEST', requests: batch });
    rest = rest.slice(batch.length);
  }
}

/** The oldest that wait, once more to everybody: who has not heard of them does not know that there is something to do. */
export function handOnAgain(hotStuff: HotStuff): void {
  const oldest = firstBatch(hotStuff.state.requests.values());
  if (oldest.length === 0) return;
  send(hotStuff, othersThan(hotStuff.state), { type: 'REQUEST', requests: oldest });
}

/** Whether any request waits. What was executed meanwhile, or was given up by its client, nobody waits for. */
export function hasWaiting({ state, context }: HotStuff): boolean {
  for (const [key, request] of state.requests) {
    if (context.service.outcomeOf(request) === null) return true;
    state.requests.delete(key);
  }
  return false;
}

/** What a block on `parent` is to hold: requests that no uncommitted block below it has (C17). */
export function batchUpon(parent: Node, hotStuff: HotStuff): Batch {
  const { state, context } = hotStuff;
  if (!hasWaiting(hotStuff)) return [];
  const taken = new Set<string>();
  for (let node: Node | null = parent; node?.block; node = node.parent) {
    if (node.height <= state.committed.height) break;
    for (const request of node.block.batch) taken.add(requestKey(request));
  }
  const fresh: SignedRequest[] = [];
  for (const [key, request] of state.requests) {
    if (fresh.length >= limits.requestsPerMessageMax) break;
    if (!taken.has(key) && context.service.outcomeOf(request) === null) fresh.push(request);
  }
  return firstBatch(fresh);
}

/** H8: every replica answers; f + 1 that agree are believed. */
export function answer(
  { state, effects }: HotStuff,
  { client, seq }: SignedRequest,
  { index, result }: Outcome,
): void {
  const leader = leaderNow(state);
  effects.push({ type: 'reply', to: client, reply: { type: 'done', seq, index, result, leader } });
}

function refuse(hotStuff: HotStuff, requests: readonly SignedRequest[], reason: Refusal): void {
  const { state, effects } = hotStuff;
  note(hotStuff, { note: 'requestsRefused', reason, count: requests.length });
  const leader = leaderNow(state);
  for (const { client, seq } of requests) {
    effects.push({ type: 'reply', to: client, reply: { type: 'refused', seq, reason, leader } });
  }
}

const leaderNow = (state: HotStuff['state']): ReplicaId =>
  leaderOf(state.view, beginningOf(state), state.setting);
