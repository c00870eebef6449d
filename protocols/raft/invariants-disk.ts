/** What must be on a replica's disk: what it holds of the log, and what it told others (K2, I12). */
import type { DiskOf, Violation } from '../core/checker.ts';
import type { ReplicaId } from '../core/ids.ts';
import { logKey, snapshotPositionOf } from './durable.ts';
import type { LogEntry } from './log.ts';
import type { RaftEffect } from './state.ts';

export class DiskInvariants {
  readonly #votes = new Map<string, ReplicaId>();
  readonly #keys: string[] = [];
  readonly #diskOf: DiskOf;

  constructor(diskOf: DiskOf) {
    this.#diskOf = diskOf;
  }

  termOf(id: ReplicaId): number {
    return (this.#diskOf(id).get('term') ?? 0) as number;
  }

  /** Whether the disk holds an entry at `index`, of `term` if given, or a snapshot of it. */
  holds(id: ReplicaId, index: number, term?: number): boolean {
    const disk = this.#diskOf(id);
    const snapshot = snapshotPositionOf(disk);
    if (snapshot && snapshot.index > index) return true;
    const entry = disk.get((this.#keys[index] ??= logKey(index))) as LogEntry | undefined;
    const held = snapshot?.index === index ? snapshot.term : entry?.term;
    return held !== undefined && (term === undefined || held === term);
  }

  /** When an effect leaves the machine: adds to `found` what does not hold. */
  released(self: ReplicaId, effect: RaftEffect, found: Violation[]): void {
    if (effect.type !== 'send') return;
    const { to, message } = effect;
    // A pre-vote is a question: it gives nothing away.
    if ('preVote' in message && message.preVote) return;
    if (message.type === 'RequestVote') this.#checkVote(self, message.term, self, found);
    if (message.type === 'RequestVoteResponse' && message.voteGranted) {
      for (const candidate of to) this.#checkVote(self, message.term, candidate, found);
    }
    if (message.type === 'AppendEntriesResponse' && message.success) {
      const { term, matchIndex } = message;
      const current = matchIndex > 0 && this.#diskOf(self).get('term') === term;
      if (current && !this.holds(self, matchIndex)) {
        const text = `${self} acknowledged entry ${matchIndex}, which its disk lacks`;
        found.push({ id: 'K2', text });
      }
    }
    if (message.type === 'InstallSnapshotResponse' && message.installed) {
      if (!this.holds(self, message.lastIncludedIndex)) {
        const text = `${self} acknowledged a snapshot, which its disk lacks`;
        found.push({ id: 'K2', text });
      }
    }
  }

  /** I12: one vote per replica and term, crashes included; and K2: on its disk before anyone hears of it. */
  #checkVote(self: ReplicaId, term: number, candidate: ReplicaId, found: Violation[]): void {
    const key = `${term} ${self}`;
    const before = this.#votes.get(key) ?? candidate;
    this.#votes.set(key, before);
    if (before !== candidate)
      found.push({ id: 'I12', text: `${self} voted twice in term ${term}` });
    const durableTerm = this.termOf(self);
    const vote = this.#diskOf(self).get('vote');
    if (durableTerm < term || (durableTerm === term && vote !== candidate)) {
      const text = `the vote of ${self} in term ${term} left before it was durable`;
      found.push({ id: 'K2', text });
    }
  }
}
