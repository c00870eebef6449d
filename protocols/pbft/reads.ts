/** Reads that take no place in the order (TOCS 2002, §5.1.3): every replica answers from what it has committed. */
import type { ClientQuery } from '../core/client.ts';
import { limits } from '../core/limits.ts';
import { executedWrite } from './durable.ts';
import { primaryOf } from './setting.ts';
import type { Pbft, WaitingRead } from './state.ts';

/** From this replica's own clients. Who hears nothing orders the read after a while. */
export function onQueries(pbft: Pbft, queries: readonly ClientQuery[]): void {
  const { state, rules } = pbft;
  if (queries.length === 0 || state.stopped !== null || !state.setting.readOnly) return;
  const { reads } = state;
  const from = rules.readableFrom(state);
  for (const query of queries) {
    const key = `${query.client} ${query.query}`;
    reads.delete(key);
    reads.set(key, { query, from });
  }
  for (const key of reads.keys()) {
    if (reads.size <= limits.queriesWaitingMax) break;
    reads.delete(key);
  }
  answerReads(pbft);
}

/** After each slot, and before the next one is executed tentatively. */
export function answerReads(pbft: Pbft): void {
  const { state, rules } = pbft;
  for (const [key, read] of state.reads) {
    if (!rules.mayAnswerRead(read, state)) continue;
    state.reads.delete(key);
    answerRead(pbft, read);
  }
}

function answerRead({ state, context, effects }: Pbft, { query }: WaitingRead): void {
  const { index, view, setting } = state;
  const result = context.service.query(query.key);
  const leader = primaryOf(view, setting);
  const reply = { query: query.query, served: 'quorum', index, result, leader } as const;
  effects.push({ type: 'reply', to: query.client, reply: { type: 'read', ...reply } });
}

/** What clients are told of from here on, a later life must reflect before it answers a read. */
export function noteExecuted({ state, effects }: Pbft): void {
  if (!state.setting.readOnly) return;
  effects.push({ type: 'persist', writes: [executedWrite(state.executed)] });
}
