/**
 * What fault-free Raft sends, as theory has it: messages between distinct replicas, by kind. Heartbeats and clients'
 * messages are counted apart, and nothing is sent twice. Measured figures must equal these exactly.
 */
import type { RaftMessage } from './messages.ts';

type MessageKind = RaftMessage['type'];
/** Kinds that are not named are not sent. */
type MessageCounts = Readonly<Partial<Record<MessageKind, number>>>;

/** What a count is of. */
export type Occasion =
  /** One command of a stream: its commit is told by the next append (§5.3). */
  | 'streamed command'
  /** A command that no other follows: news of its commit travel alone (R20). */
  | 'lone command'
  /** An election that the first candidate wins, asked about before (R23), up to its first append (§5.2). */
  | 'election';

/** For `n` voters, all of them up. */
export function messagesPer(occasion: Occasion, n: number): MessageCounts {
  const others = n - 1;
  switch (occasion) {
    case 'streamed command':
      return { AppendEntries: others, AppendEntriesResponse: others };
    case 'lone command':
      return { AppendEntries: 2 * others, AppendEntriesResponse: 2 * others };
    case 'election':
      return { RequestVote: 2 * others, RequestVoteResponse: 2 * others };
  }
}
