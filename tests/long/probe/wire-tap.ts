/**
 * Looks at what the replica's worker hands to the page: that is what leaves, and no trace can drop it. A vote or an
 * append counts from here on, whether or not its links deliver it.
 */
import type { FromReplica } from '#lib/tab/worker-messages.ts';
import { Envelopes } from '#lib/host/envelopes.ts';
import type { RaftMessage } from '#protocols/raft/messages.ts';
import { raft } from '#protocols/raft/protocol.ts';
import type { Gathered, ProbedPage } from './types.ts';

export function tapWire(): void {
  const page = globalThis as unknown as ProbedPage;
  const gathered: Gathered = {
    self: '',
    contradictions: [],
    led: new Set(),
    votesSent: new Map(),
    promised: { term: 0, index: 0 },
    complaints: [],
  };
  const envelopes = new Envelopes(raft);

  function notePromise(term: number, index: number): void {
    const before = gathered.promised;
    if (term < before.term || (term === before.term && index <= before.index)) return;
    gathered.promised = { term, index };
  }

  function noteVote(term: number, candidate: string): void {
    gathered.votesSent.set(`${term} ${candidate}`, [term, candidate]);
  }

  function note(message: RaftMessage, to: readonly string[]): void {
    if (message.type === 'AppendEntries') gathered.led.add(message.term);
    if (message.type === 'AppendEntriesResponse' && message.success) {
      notePromise(message.term, message.matchIndex);
    }
    // A pre-vote promises nothing.
    if ('preVote' in message && message.preVote) return;
    if (message.type === 'RequestVote') noteVote(message.term, gathered.self);
    if (message.type !== 'RequestVoteResponse' || !message.voteGranted) return;
    for (const candidate of to) noteVote(message.term, candidate);
  }

  function take(message: FromReplica): void {
    if (message.type === 'halted') gathered.complaints.push(`halted: ${message.why}`);
    if (message.type === 'refused') gathered.complaints.push(`refused: ${message.error}`);
    if (message.type !== 'send') return;
    for (const { to, sections } of message.dispatches) {
      for (const { kind, bytes } of sections) {
        if (kind !== 'consensus') continue;
        const envelope = envelopes.decode(bytes);
        if (!envelope.ok) gathered.complaints.push(`sent what is ${envelope.error}`);
        else for (const message of envelope.value.messages) note(message, to);
      }
    }
  }

  const Native = page.Worker;
  page.Worker = class extends Native {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      if (!String(url).includes('replica.worker')) return;
      this.addEventListener('message', ({ data }: MessageEvent<FromReplica>) => take(data));
    }
  };
  Object.assign(page, { gathered });
}
