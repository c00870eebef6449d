/**
 * What must hold of a whole cluster, over its history: who checks it sees every replica, which none of them can. Feed
 * it each replica's state after each step, and the effects of the step.
 */
import type { Checker, DiskOf, Violation } from '../core/checker.ts';
import type { Result, ResultError } from '../core/client.ts';
import type { ClientId, ReplicaId } from '../core/ids.ts';
import { majority } from '../core/quorum.ts';
import { logKey } from './durable.ts';
import { LocalInvariants, LogWatch } from './invariants-local.ts';
import { entryAt, lastIndexOf, lastPositionOf, termAt, type LogEntry } from './log.ts';
import type { RaftMessage } from './messages.ts';
import type { RaftNote } from './notes.ts';
import { isUpToDate } from './rules.ts';
import { votersOf, type RaftEffect, type RaftState } from './state.ts';

/** Answers that say that nothing was executed; asked again later, the same request may hear another. */
const notExecuted: ReadonlySet<string> = new Set<ResultError>([
  'epoch-ended',
  'session-expired',
  'too-many-clients',
  'too-many-in-flight',
]);

interface Committed {
  readonly entry: LogEntry;
  /** The term of whoever said so first: no lower than the term in which it was committed. */
  readonly inTerm: number;
}

interface Life {
  readonly state: Readonly<RaftState>;
  readonly local: LocalInvariants;
  readonly log: LogWatch;
  commitIndex: number;
}

export class ClusterInvariants implements Checker<RaftMessage, RaftState, RaftNote> {
  readonly #lives = new Map<ReplicaId, Life>();
  readonly #leaders = new Map<number, ReplicaId>();
  readonly #votes = new Map<string, ReplicaId>();
  readonly #entries = new Map<string, { readonly entry: LogEntry; readonly before: number }>();
  readonly #committed: Committed[] = [];
  readonly #applied: string[] = [];
  readonly #answered = new Map<string, string>();
  readonly #diskOf: DiskOf;

  constructor(diskOf: DiskOf) {
    this.#diskOf = diskOf;
  }

  /** Entries that some replica has known to be committed, from index 1. */
  get committed(): readonly LogEntry[] {
    return this.#committed.map(({ entry }) => entry);
  }

  /** After each step of the replica with `state`. A state not seen before is a new life: it was just started. */
  *check(state: Readonly<RaftState>, effects: readonly RaftEffect[]): Iterable<Violation> {
    const { self } = state;
    let life = this.#lives.get(self);
    if (life?.state !== state) {
      life = { state, local: new LocalInvariants(), log: new LogWatch(), commitIndex: 0 };
      this.#lives.set(self, life);
    }
    yield* life.local.check(state);
    yield* this.#checkLeader(state);
    yield* this.#checkEntries(state, life.log.update(state.log));
    yield* this.#checkCommitted(life);
    yield* this.#checkUpToDate();
    yield* this.#checkEffects(state, effects);
    if (state.role.name === 'stopped') yield { id: 'A1', text: `${self} saw ${state.role.reason}` };
  }

  /** The replica crashed: its memory proves nothing any more. */
  forget(self: ReplicaId): void {
    this.#lives.delete(self);
  }

  /** When an effect leaves the machine: what a crash undid before that, nobody saw. */
  *released(self: ReplicaId, effect: RaftEffect): Iterable<Violation> {
    if (effect.type !== 'send') return;
    const { to, message } = effect;
    if (message.type === 'RequestVote') yield* this.#checkVote(self, message.term, self);
    if (message.type === 'RequestVoteResponse' && message.voteGranted) {
      for (const candidate of to) yield* this.#checkVote(self, message.term, candidate);
    }
    if (message.type === 'AppendEntriesResponse' && message.success) {
      const { term, matchIndex } = message;
      if (matchIndex === 0 || this.#diskOf(self).get('term') !== term) return;
      if (this.#durableTermAt(self, matchIndex) === undefined) {
        yield { id: 'K2', text: `${self} acknowledged entry ${matchIndex}, which its disk lacks` };
      }
    }
  }

  /** I12: one vote per replica and term, crashes included; and K2: on its disk before anyone hears of it. */
  *#checkVote(self: ReplicaId, term: number, candidate: ReplicaId): Iterable<Violation> {
    const key = `${term} ${self}`;
    const before = this.#votes.get(key) ?? candidate;
    this.#votes.set(key, before);
    if (before !== candidate) yield { id: 'I12', text: `${self} voted twice in term ${term}` };
    const disk = this.#diskOf(self);
    const durableTerm = (disk.get('term') ?? 0) as number;
    if (durableTerm < term || (durableTerm === term && disk.get('vote') !== candidate)) {
      yield { id: 'K2', text: `the vote of ${self} in term ${term} left before it was durable` };
    }
  }

  #durableTermAt(id: ReplicaId, index: number): number | undefined {
    return (this.#diskOf(id).get(logKey(index)) as LogEntry | undefined)?.term;
  }

  /** I1, I4, I8, I9. */
  *#checkLeader({ self, role, currentTerm, log, commitIndex }: RaftState): Iterable<Violation> {
    if (role.name !== 'leader') return;
    const known = this.#leaders.get(currentTerm);
    if (known === undefined) {
      this.#leaders.set(currentTerm, self);
      for (const [i, { entry, inTerm }] of this.#committed.entries()) {
        if (inTerm >= currentTerm || entryAt(log, i + 1)?.term === entry.term) continue;
        yield { id: 'I4', text: `leader of term ${currentTerm} lacks committed entry ${i + 1}` };
      }
    } else if (known !== self) {
      yield { id: 'I1', text: `two leaders in term ${currentTerm}` };
    }
    for (const { state } of this.#lives.values()) {
      const last = lastPositionOf(state.log);
      if (last.term === currentTerm && last.index > lastIndexOf(log)) {
        yield { id: 'I8', text: `${state.self} is ahead of its leader in term ${currentTerm}` };
      }
    }
    if (commitIndex > 0 && this.#durableTermAt(self, commitIndex) === undefined) {
      yield { id: 'I9', text: `leader of term ${currentTerm} committed what its disk lacks` };
    }
  }

  /** I3 and I13: (index, term) names one entry with one predecessor, and the leader of the term made it. */
  *#checkEntries(
    { self, role, currentTerm, log }: RaftState,
    changed: number,
  ): Iterable<Violation> {
    for (let index = changed; index <= lastIndexOf(log); index++) {
      const entry = entryAt(log, index);
      const before = termAt(log, index - 1);
      if (!entry || before === undefined) continue;
      const key = `${index} ${entry.term}`;
      const known = this.#entries.get(key);
      if (!known) {
        this.#entries.set(key, { entry, before });
        if (role.name !== 'leader' || entry.term !== currentTerm) {
          yield { id: 'I13', text: `entry ${key} was made by ${self}, who did not lead its term` };
        }
      } else if (known.before !== before || !isSameEntry(known.entry, entry)) {
        yield { id: 'I3', text: `entry ${key} of ${self} differs from another's` };
      }
    }
  }

  /** I5, I4 and I6, for what this step committed. */
  *#checkCommitted(life: Life): Iterable<Violation> {
    const { state } = life;
    for (let index = life.commitIndex + 1; index <= state.commitIndex; index++) {
      const entry = entryAt(state.log, index);
      if (!entry) continue;
      const known = this.#committed[index - 1];
      if (known) {
        if (!isSameEntry(known.entry, entry)) yield { id: 'I5', text: `two entries ${index}` };
        continue;
      }
      this.#committed.push({ entry, inTerm: state.currentTerm });
      yield* this.#checkHolders(state, index, entry.term);
    }
    life.commitIndex = Math.max(life.commitIndex, state.commitIndex);
  }

  *#checkHolders(state: RaftState, index: number, term: number): Iterable<Violation> {
    const voters = votersOf(state);
    const holders = voters.filter((id) => this.#durableTermAt(id, index) === term);
    if (holders.length < majority(voters.length)) {
      yield { id: 'I6', text: `entry ${index} is committed and on ${holders.length} disks` };
    }
    for (const { state: other } of this.#lives.values()) {
      if (other.role.name !== 'leader' || other.currentTerm <= state.currentTerm) continue;
      if (termAt(other.log, index) !== term) {
        yield { id: 'I4', text: `leader of term ${other.currentTerm} lacks entry ${index}` };
      }
    }
  }

  /** I7: whoever is at least as up to date as another holds what the other has committed. */
  *#checkUpToDate(): Iterable<Violation> {
    for (const { state: ahead } of this.#lives.values()) {
      for (const { state: behind } of this.#lives.values()) {
        if (ahead === behind) continue;
        if (!isUpToDate(lastPositionOf(ahead.log), lastPositionOf(behind.log))) continue;
        const { commitIndex, log } = behind;
        if (termAt(ahead.log, commitIndex) !== termAt(log, commitIndex)) {
          yield { id: 'I7', text: `${ahead.self} lacks what ${behind.self} committed` };
        }
      }
    }
  }

  /** I14: the same command with the same result at the same index everywhere; one outcome for one request. */
  *#checkEffects({ self }: RaftState, effects: readonly RaftEffect[]): Iterable<Violation> {
    for (const effect of effects) {
      if (effect.type === 'apply') {
        const text = JSON.stringify([effect.command, effect.result]);
        const known = (this.#applied[effect.index - 1] ??= text);
        if (known !== text) yield { id: 'I14', text: `${self} applied another ${effect.index}` };
      } else if (effect.type === 'reply' && effect.reply.type === 'done') {
        yield* this.#checkAnswer(effect.to, effect.reply);
      }
    }
  }

  *#checkAnswer(
    client: ClientId,
    { seq, index, result }: { seq: number; index: number; result: Result },
  ): Iterable<Violation> {
    if (!result.ok && notExecuted.has(result.error)) return;
    const key = `${client} ${seq}`;
    const text = JSON.stringify([index, result]);
    const known = this.#answered.get(key) ?? text;
    this.#answered.set(key, known);
    if (known !== text) yield { id: 'I14', text: `request ${key} had two outcomes` };
  }
}

function isSameEntry(a: LogEntry, b: LogEntry): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
