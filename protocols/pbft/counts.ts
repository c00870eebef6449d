/**
 * What fault-free PBFT sends, as theory has it: messages between distinct replicas, by kind. Clients' messages are
 * counted apart, and nothing is sent twice. Measured figures must equal these exactly.
 */
import type { PbftMessage } from './messages.ts';

export type MessageKind = PbftMessage['type'];
/** Kinds that are not named are not sent. */
export type MessageCounts = Readonly<Partial<Record<MessageKind, number>>>;

/** What a count is of. */
export type Occasion =
  /** One slot: 2n(n - 1), whatever its batch (§4.2). */
  | 'decision'
  /** Every K slots: n(n - 1) (§4.3). */
  | 'checkpoint'
  /** The primary crashes, and all backups give up on it; besides the slots of O (§4.4). */
  | 'view change';

/** For `n` voters, all of them up, but for the old primary of a view change. */
export function messagesPer(occasion: Occasion, n: number): MessageCounts {
  const others = n - 1;
  switch (occasion) {
    case 'decision':
      return { 'PRE-PREPARE': others, PREPARE: others * others, COMMIT: n * others };
    case 'checkpoint':
      return { CHECKPOINT: n * others };
    case 'view change':
      return { 'VIEW-CHANGE': others * others, 'NEW-VIEW': others };
  }
}

/** So often each, added up. */
export function inTotal(...parts: readonly (readonly [MessageCounts, number])[]): MessageCounts {
  const total: Partial<Record<MessageKind, number>> = {};
  for (const [counts, times] of parts) {
    for (const [kind, count] of Object.entries(counts) as [MessageKind, number][]) {
      total[kind] = (total[kind] ?? 0) + times * count;
    }
  }
  return total;
}

/** How many of each kind. Kinds that do not occur are not named. */
export function countByKind(messages: Iterable<PbftMessage>): MessageCounts {
  const counts: Partial<Record<MessageKind, number>> = {};
  for (const { type } of messages) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}
