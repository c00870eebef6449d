/** Clients' requests: taken in by the primary, handed on by a backup, which waits for them too (P1 to P3). */
import { isQuery, type ClientMessage, type Refusal, type SignedRequest } from '../core/client.ts';
import { limits } from '../core/limits.ts';
import type { Outcome } from '../core/service.ts';
import { firstBatch, requestKey } from './batch.ts';
import type { Batch } from './messages.ts';
import { onQueries } from './reads.ts';
import { primaryOf } from './setting.ts';
import { committedOutcome, leads, type Pbft } from './state.ts';

/** From this replica's own clients. */
export function onRequest(pbft: Pbft, messages: readonly ClientMessage[]): void {
  const requests = messages.filter(isSigned);
  const { state } = pbft;
  onQueries(pbft, messages.filter(isQuery));
  if (state.stopped !== null) return refuse(pbft, requests, 'stopped-voting');
  const fresh = takeIn(pbft, requests);
  if (!leads(state)) handOn(pbft, fresh);
}

/** Another replica took these. Not handed on again: it waits for them itself. */
export function onForwarded(pbft: Pbft, requests: readonly SignedRequest[]): void {
  if (pbft.state.stopped === null) takeIn(pbft, requests);
}

function isSigned(message: ClientMessage): message is SignedRequest {
  return !isQuery(message) && 'proof' in message;
}

/** P2, P3: what was executed is answered again; the rest waits. Returns what nobody waited for yet. */
function takeIn(pbft: Pbft, requests: readonly SignedRequest[]): SignedRequest[] {
  const { context, rules, state } = pbft;
  const fresh: SignedRequest[] = [];
  const tooMany: SignedRequest[] = [];
  for (const request of requests) {
    const outcome = context.service.outcomeOf(request);
    if (outcome === 'forgotten') continue;
    if (outcome !== null) answer(pbft, request, outcome);
    if (outcome !== null && !rules.isTentative(outcome, state)) continue;
    if (!waitFor(pbft, request)) tooMany.push(request);
    else fresh.push(request);
  }
  if (tooMany.length > 0) refuse(pbft, tooMany, 'overloaded');
  return fresh;
}

/** One that no slot has: the primary gives it one. `false` if too many wait already. */
function waitFor(pbft: Pbft, request: SignedRequest): boolean {
  const { requests, queue } = pbft.state;
  const key = requestKey(request);
  if (requests.has(key)) return true;
  if (requests.size >= limits.requestsWaitingMax) return false;
  requests.set(key, request);
  if (leads(pbft.state)) queue.set(key, request);
  return true;
}

/** P14: those of a batch that was proposed are waited for too, whoever sent them to the primary. */
export function waitForBatch(pbft: Pbft, batch: Batch): void {
  const { requests, queue } = pbft.state;
  for (const request of batch) {
    const key = requestKey(request);
    queue.delete(key);
    if (requests.size >= limits.requestsWaitingMax) return;
    if (committedOutcome(pbft, request) === null) requests.set(key, request);
  }
}

/** P3: "the backups … relay the request to the primary". What is executed meanwhile, the primary answers. */
export function handOn({ state, effects }: Pbft, requests: readonly SignedRequest[]): void {
  const primary = primaryOf(state.view, state.setting);
  if (primary === state.self || !state.active) return;
  let rest = requests;
  while (rest.length > 0) {
    const batch = firstBatch(rest);
    effects.push({ type: 'send', to: [primary], message: { type: 'REQUEST', requests: batch } });
    rest = rest.slice(batch.length);
  }
}

/** §4.2: "the replicas send a reply to the client directly". */
export function answer(
  { state, rules, effects }: Pbft,
  { client, seq }: SignedRequest,
  outcome: Outcome,
): void {
  const { index, result } = outcome;
  const leader = primaryOf(state.view, state.setting);
  const tentative = rules.isTentative(outcome, state) ? { tentative: state.view } : {};
  const reply = { type: 'done', seq, index, result, leader, ...tentative } as const;
  effects.push({ type: 'reply', to: client, reply });
}

function refuse(pbft: Pbft, requests: readonly SignedRequest[], reason: Refusal): void {
  const { state, effects } = pbft;
  const count = requests.length;
  effects.push({ type: 'note', note: { note: 'requestsRefused', reason, count } });
  const leader = primaryOf(state.view, state.setting);
  for (const { client, seq } of requests) {
    effects.push({ type: 'reply', to: client, reply: { type: 'refused', seq, reason, leader } });
  }
}
