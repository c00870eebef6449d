/** R22: executes what is committed, in order and once, and answers the clients after it. */
import { cutIntoBatches, replyBytes } from '../core/batches.ts';
import type { Result } from '../core/client.ts';
import type { ReplicaId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import { entryAt } from './log.ts';
import type { AddressedReply } from './client-messages.ts';
import type { Raft, Taken } from './state.ts';

const nothing: Result = { ok: true, value: null };

/** Fig. 2, "All Servers": "if commitIndex > lastApplied: increment lastApplied, apply log[lastApplied]". */
export function applyCommitted(raft: Raft): void {
  const { state, context, rules, effects } = raft;
  const { service } = context;
  if (state.lastApplied >= state.commitIndex) return;
  const replies: { readonly taker: ReplicaId; readonly list: AddressedReply[] }[] = [];
  const taken = state.role.name === 'leader' ? state.role.taken : [];
  let settled = 0;
  while (state.lastApplied < state.commitIndex) {
    const index = ++state.lastApplied;
    const entry = entryAt(state.log, index);
    if (!entry) throw new Error(`committed entry ${index} is not in the log`);
    if (entry.kind !== 'command') {
      effects.push({ type: 'apply', index, command: null, result: nothing });
      continue;
    }
    const { client, seq, command } = entry.request;
    const wasStopped = service.stopped;
    const outcome = rules.execute(service, entry.request, index);
    const { result } = outcome;
    effects.push({ type: 'apply', index, command, result });
    if (service.stopped && !wasStopped) {
      const digest = service.digest();
      effects.push({ type: 'note', note: { note: 'epochEnded', index, digest } });
    }
    const taker = takerOf(taken[settled], index);
    if (taker === null) continue;
    if (taken[settled]?.last === index) settled++;
    const leader = state.leaderId;
    const reply = { type: 'done', seq, index: outcome.index, result, leader } as const;
    const known = replies.find((one) => one.taker === taker);
    if (known) known.list.push({ client, reply });
    else replies.push({ taker, list: [{ client, reply }] });
  }
  if (settled > 0) taken.splice(0, settled);
  for (const { taker, list } of replies) answer(raft, taker, list);
}

function takerOf(taken: Taken | undefined, index: number): ReplicaId | null {
  return taken && taken.first <= index ? taken.by : null;
}

/** To this replica's own clients, or through the replica that took their requests. */
export function answer(
  { state, effects }: Raft,
  taker: ReplicaId,
  replies: readonly AddressedReply[],
): void {
  if (taker === state.self) {
    for (const { client, reply } of replies) effects.push({ type: 'reply', to: client, reply });
    return;
  }
  const batches = cutIntoBatches(
    replies,
    ({ reply }) => replyBytes(reply),
    limits.requestsPerMessageMax,
  );
  for (const batch of batches) {
    effects.push({
      type: 'send',
      to: [taker],
      message: { type: 'ForwardReplies', replies: batch },
    });
  }
}
