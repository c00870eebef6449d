/**
 * What fault-free PBFT sends, as theory has it: messages between distinct replicas, by kind. Clients' messages are
 * counted apart, and nothing is sent twice. Measured figures must equal these exactly.
 */
import type { PbftMessage } from './messages.ts';

type MessageKind = PbftMessage['type'];
/** Kinds that are not named are not sent. */
type MessageCounts = Readonly<Partial<Record<MessageKind, number>>>;

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
