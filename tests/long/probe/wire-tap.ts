/**
 * Looks at what the replica's worker hands to the page: that is what leaves, and no trace can drop it. A vote or an
 * append counts from here on, whether or not its links deliver it.
 */
import type { FromReplica } from '#lib/tab/worker-messages.ts';
import type { RaftMessage } from '#protocols/raft/messages.ts';
import type { Gathered, ProbedPage } from './types.ts';

/** Runs in the page, before its own scripts; so it may use nothing but what stands inside it. */
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
  const decoder = new TextDecoder();
  const appendOf = /"type":"AppendEntries","term":(\d+)/g;

  const heldOf = /"type":"AppendEntriesResponse","success":true,"term":(\d+),"matchIndex":(\d+)/g;

  function notePromise(term: number, index: number): void {
    const before = gathered.promised;
    if (term < before.term || (term === before.term && index <= before.index)) return;
    gathered.promised = { term, index };
  }

  function noteVote(term: number, candidate: string): void {
    gathered.votesSent.set(`${term} ${candidate}`, [term, candidate]);
  }

  function noteVotes(text: string, to: readonly string[]): void {
    const { messages } = JSON.parse(text) as { messages: RaftMessage[] };
    for (const message of messages) {
      // A pre-vote promises nothing.
      if ('preVote' in message && message.preVote) continue;
      if (message.type === 'RequestVote') noteVote(message.term, gathered.self);
      if (message.type !== 'RequestVoteResponse' || !message.voteGranted) continue;
      for (const candidate of to) noteVote(message.term, candidate);
    }
  }

  function take(message: FromReplica): void {
    if (message.type === 'halted') gathered.complaints.push(`halted: ${message.why}`);
    if (message.type === 'refused') gathered.complaints.push(`refused: ${message.error}`);
    if (message.type !== 'send') return;
    for (const { to, sections } of message.dispatches) {
      for (const { kind, bytes } of sections) {
        if (kind !== 'consensus') continue;
        const text = decoder.decode(bytes);
        for (const [, term] of text.matchAll(appendOf)) gathered.led.add(Number(term));
        for (const [, term, index] of text.matchAll(heldOf)) {
          notePromise(Number(term), Number(index));
        }
        if (text.includes('"type":"RequestVote')) noteVotes(text, to);
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
