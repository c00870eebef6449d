/**
 * The rules of reads that take no place in the order (TOCS 2002, §5.1.3), which an epoch may turn on: from which state a
 * replica may answer. A client believes a quorum of answers from the same state.
 */
import type { ReplicaId } from '../core/ids.ts';
import type { PbftState, WaitingRead } from './state.ts';

/**
 * "A replica sends back a reply only after all requests reflected in the tentative state in which the request was
 * executed have committed". What was executed tentatively and taken back may be believed by its client, and what was
 * executed before a crash, too: so up to the last slot of these. The state of the slots says it, since a certificate is
 * kept (P15).
 */
export function readableFrom({ setting, slots, executedBefore }: PbftState): number {
  if (!setting.tentative) return executedBefore;
  const prepared = [...slots.values()].filter((slot) => slot.prepared !== null);
  return Math.max(executedBefore, ...prepared.map(({ n }) => n));
}

/** Only from a committed state, one that reflects all up to `from` and all that the client has seen. */
export function mayAnswerRead(
  { from, query: { minIndex } }: WaitingRead,
  { tentative, executed, index }: PbftState,
): boolean {
  return tentative === null && executed >= from && index >= minIndex;
}

/**
 * What somebody signed proves itself, whoever brings it: so who was left out by the primary learns from anybody what was
 * decided. Without that f replicas can stay behind for ever, and a client that needs 2f + 1 answers waits as long (Berger,
 * Reiser and Bessani, SRDS 2021).
 */
export function mayPassOn(_signer: ReplicaId, _state: Pick<PbftState, 'self'>): boolean {
  return true;
}
