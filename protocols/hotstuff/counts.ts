/**
 * What fault-free HotStuff sends, as theory has it: messages between distinct replicas, by kind. Clients' requests and
 * their way to all replicas are counted apart, and nothing is sent twice. Measured figures must equal these exactly.
 */
import type { HotStuffMessage } from './messages.ts';

type MessageKind = HotStuffMessage['type'];
/** Kinds that are not named are not sent. */
type MessageCounts = Readonly<Partial<Record<MessageKind, number>>>;

/** What a count is of. */
export type Occasion =
  /** One block of the chain, whatever its batch: 2(n - 1). A leader that votes for the next one's block sends nothing for its own. */
  | 'block'
  /** One view of basic HotStuff: 8(n - 1), a NEW-VIEW to the next leader included. */
  | 'decision'
  /** All replicas give up on one view. */
  | 'timeout';

/** For `n` voters, all of them up. */
export function messagesPer(occasion: Occasion, n: number): MessageCounts {
  const others = n - 1;
  switch (occasion) {
    case 'block':
      return { PROPOSAL: others, VOTE: others };
    case 'decision':
      return {
        PROPOSAL: others,
        'PRE-COMMIT': others,
        COMMIT: others,
        DECIDE: others,
        VOTE: 3 * others,
        'NEW-VIEW': others,
      };
    case 'timeout':
      return { TIMEOUT: n * others };
  }
}
