/**
 * What each message of a running Raft is sent for. Appends say by their entries and their round whether they carry a
 * decision, news of one, or only the heartbeat; an answer is for what the message was that it answers.
 */
import type { Counts, CountSorter, Received } from '../core/counts.ts';
import type { ReplicaId } from '../core/ids.ts';
import { messagesPer } from './counts.ts';
import type { AppendEntries, RaftMessage } from './messages.ts';

type Purpose = 'append' | 'news' | 'heartbeat' | 'again';

/** The stream of appends from one replica to another. */
class Stream {
  #term = 0;
  #round = 0;
  /** The last index that travelled in this term. */
  #last = 0;

  take({ term, round, prevLogIndex, entries }: AppendEntries): Purpose {
    if (term !== this.#term) this.#begin(term);
    const isNewRound = round > this.#round;
    this.#round = Math.max(this.#round, round);
    if (entries.length === 0) return isNewRound ? 'heartbeat' : 'news';
    const isRepeated = prevLogIndex < this.#last;
    this.#last = Math.max(this.#last, prevLogIndex + entries.length);
    return isRepeated ? 'again' : 'append';
  }

  #begin(term: number): void {
    this.#term = term;
    this.#round = 0;
    this.#last = 0;
  }
}

class Sorter implements CountSorter<RaftMessage> {
  readonly #sent = new Map<ReplicaId, Stream>();
  readonly #heard = new Map<ReplicaId, Stream>();
  /** What the message that this step began with was for. */
  #answered: Purpose = 'heartbeat';

  begin(cause: Received<RaftMessage> | null): void {
    if (cause?.message.type !== 'AppendEntries') return;
    this.#answered = streamOf(this.#heard, cause.from).take(cause.message);
  }

  sort(to: ReplicaId, message: RaftMessage): string {
    switch (message.type) {
      case 'AppendEntries':
        return streamOf(this.#sent, to).take(message);
      case 'AppendEntriesResponse':
        return answers[this.#answered];
      case 'RequestVote':
      case 'RequestVoteResponse':
      case 'TimeoutNow':
        return 'election';
      case 'InstallSnapshot':
      case 'InstallSnapshotResponse':
        return 'snapshot';
      case 'ReadIndex':
      case 'ReadIndexResponse':
      case 'ForwardRequests':
      case 'ForwardReplies':
        return 'client';
    }
  }
}

const answers = {
  append: 'answer',
  news: 'newsAnswer',
  heartbeat: 'heartbeat',
  again: 'again',
} as const satisfies Record<Purpose, string>;

function streamOf(streams: Map<ReplicaId, Stream>, id: ReplicaId): Stream {
  const stream = streams.get(id) ?? new Stream();
  streams.set(id, stream);
  return stream;
}

/** A command of a stream, by the kinds that its messages are of here. */
function streamed(n: number) {
  const { AppendEntries: append = 0, AppendEntriesResponse: answer = 0 } = messagesPer(
    'streamed command',
    n,
  );
  return { append, answer };
}

export const counts: Counts<RaftMessage> = {
  kinds: [
    { id: 'append', title: 'appends with entries' },
    { id: 'answer', title: 'their answers' },
    { id: 'news', title: 'news of the commit' },
    { id: 'newsAnswer', title: 'their answers' },
  ],
  apart: [
    { id: 'again', title: 'sent again, with answers' },
    { id: 'heartbeat', title: 'heartbeats and rounds for reads, with answers' },
    { id: 'election', title: 'elections' },
    { id: 'snapshot', title: 'snapshots' },
    { id: 'client', title: 'passed on for clients' },
  ],
  formulas: [
    {
      title: 'by itself',
      text: '4(n − 1)',
      perDecision: (n) => {
        const { AppendEntries = 0, AppendEntriesResponse = 0 } = messagesPer('lone command', n);
        const { append, answer } = streamed(n);
        // What a command by itself takes more is the news of its commit (R20).
        const [news, newsAnswer] = [AppendEntries - append, AppendEntriesResponse - answer];
        return { append, answer, news, newsAnswer };
      },
    },
    { title: 'in a stream', text: '2(n − 1)', perDecision: streamed },
  ],
  decided: ({ commitIndex }) => commitIndex,
  sorter: () => new Sorter(),
};
