/**
 * What must hold of a whole cluster, over its history: who checks it sees every replica, which none of them can. Feed
 * it each replica's state after each step, and the effects of the step.
 */
import type { Checker, DiskOf, Violation } from '../core/checker.ts';
import type { Command, Result, ResultError } from '../core/client.ts';
import type { ClientId, ReplicaId } from '../core/ids.ts';
import { majority } from '../core/quorum.ts';
import { logKey } from './durable.ts';
import { isSame, LocalInvariants } from './invariants-local.ts';
import {
  entryAt,
  lastIndexOf,
  lastPositionOf,
  termAt,
  type LogEntry,
  type LogPosition,
} from './log.ts';
import type { RaftMessage } from './messages.ts';
import type { RaftNote } from './notes.ts';
import { isUpToDate } from './rules.ts';
import { votersOf, type Leader, type RaftEffect, type RaftState } from './state.ts';

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
  commitIndex: number;
  last: LogPosition;
  /** What a leader knew of each follower. */
  readonly matchIndex: Map<ReplicaId, number>;
}

const nothing: readonly Violation[] = [];

export class ClusterInvariants implements Checker<RaftMessage, RaftState, RaftNote> {
  readonly #lives = new Map<ReplicaId, Life>();
  readonly #leaders = new Map<number, ReplicaId>();
  readonly #votes = new Map<string, ReplicaId>();
  /** By index, then by term. */
  readonly #entries: Map<number, { readonly entry: LogEntry; readonly before: number }>[] = [];
  readonly #committed: Committed[] = [];
  readonly #applied: { readonly command: Command | null; readonly result: Result }[] = [];
  readonly #answered = new Map<string, string>();
  readonly #keys: string[] = [];
  readonly #diskOf: DiskOf;
  #found: Violation[] = [];

  constructor(diskOf: DiskOf) {
    this.#diskOf = diskOf;
  }

  /** Entries that some replica has known to be committed, from index 1. */
  get committed(): readonly LogEntry[] {
    return this.#committed.map(({ entry }) => entry);
  }

  /** A step costs what it changed and the number of replicas, however long the log is. */
  check(state: Readonly<RaftState>, effects: readonly RaftEffect[]): readonly Violation[] {
    const life = this.#lifeOf(state);
    const { role } = state;
    life.local.check(state, this.#found);
    if (role.name === 'leader') this.#checkLeader(life, role);
    this.#checkEntries(state, life.local.changed);
    const last = lastPositionOf(state.log);
    const moved = last.index !== life.last.index || last.term !== life.last.term;
    life.last = last;
    if (state.commitIndex !== life.commitIndex) {
      this.#checkCommitted(life);
      this.#checkUpToDate(life);
    } else if (moved) this.#checkUpToDate(life);
    this.#checkEffects(state, effects);
    if (role.name === 'stopped') this.#fail('A1', `${state.self} saw that ${role.reason}`);
    return this.#takeFound();
  }

  forget(self: ReplicaId): void {
    this.#lives.delete(self);
  }

  released(self: ReplicaId, effect: RaftEffect): readonly Violation[] {
    if (effect.type !== 'send') return nothing;
    const { to, message } = effect;
    if (message.type === 'RequestVote') this.#checkVote(self, message.term, self);
    if (message.type === 'RequestVoteResponse' && message.voteGranted) {
      for (const candidate of to) this.#checkVote(self, message.term, candidate);
    }
    if (message.type === 'AppendEntriesResponse' && message.success) {
      const { term, matchIndex } = message;
      const current = matchIndex > 0 && this.#diskOf(self).get('term') === term;
      if (current && this.#durableTermAt(self, matchIndex) === undefined) {
        this.#fail('K2', `${self} acknowledged entry ${matchIndex}, which its disk lacks`);
      }
    }
    return this.#takeFound();
  }

  #fail(id: string, text: string): void {
    this.#found.push({ id, text });
  }

  #takeFound(): readonly Violation[] {
    if (this.#found.length === 0) return nothing;
    const found = this.#found;
    this.#found = [];
    return found;
  }

  #lifeOf(state: Readonly<RaftState>): Life {
    const known = this.#lives.get(state.self);
    if (known?.state === state) return known;
    const life = {
      state,
      local: new LocalInvariants(),
      commitIndex: 0,
      last: { index: 0, term: 0 },
      matchIndex: new Map(),
    };
    this.#lives.set(state.self, life);
    return life;
  }

  /** I12: one vote per replica and term, crashes included; and K2: on its disk before anyone hears of it. */
  #checkVote(self: ReplicaId, term: number, candidate: ReplicaId): void {
    const key = `${term} ${self}`;
    const before = this.#votes.get(key) ?? candidate;
    this.#votes.set(key, before);
    if (before !== candidate) this.#fail('I12', `${self} voted twice in term ${term}`);
    const disk = this.#diskOf(self);
    const durableTerm = (disk.get('term') ?? 0) as number;
    if (durableTerm < term || (durableTerm === term && disk.get('vote') !== candidate)) {
      this.#fail('K2', `the vote of ${self} in term ${term} left before it was durable`);
    }
  }

  #durableTermAt(id: ReplicaId, index: number): number | undefined {
    const record = this.#diskOf(id).get((this.#keys[index] ??= logKey(index)));
    return (record as LogEntry | undefined)?.term;
  }

  /** I1, I4, I8, I9, I11. */
  #checkLeader(life: Life, { progress }: Leader): void {
    const { self, currentTerm, log, commitIndex } = life.state;
    const known = this.#leaders.get(currentTerm);
    if (known === undefined) {
      this.#leaders.set(currentTerm, self);
      life.matchIndex.clear();
      this.#checkComplete(life.state);
    } else if (known !== self) this.#fail('I1', `two leaders in term ${currentTerm}`);
    const lastIndex = lastIndexOf(log);
    for (const { state, last } of this.#lives.values()) {
      if (last.term === currentTerm && last.index > lastIndex && state !== life.state) {
        this.#fail('I8', `${state.self} is ahead of its leader in term ${currentTerm}`);
      }
    }
    if (commitIndex !== life.commitIndex && this.#durableTermAt(self, commitIndex) === undefined) {
      this.#fail('I9', `leader of term ${currentTerm} committed what its disk lacks`);
    }
    for (const [id, { matchIndex }] of progress) {
      if (matchIndex === (life.matchIndex.get(id) ?? 0)) continue;
      life.matchIndex.set(id, matchIndex);
      this.#checkMatch(life.state, id, matchIndex);
    }
  }

  /** I4: the last of the committed entries stands for all before it, since equal (index, term) means equal logs (I3). */
  #checkComplete({ currentTerm, log }: RaftState): void {
    for (let index = this.#committed.length; index > 0; index--) {
      const { entry, inTerm } = this.#committed[index - 1] as Committed;
      if (inTerm >= currentTerm) continue;
      if (termAt(log, index) !== entry.term) {
        this.#fail('I4', `leader of term ${currentTerm} lacks committed entry ${index}`);
      }
      return;
    }
  }

  /** I11: a follower is in the leader's term when it acknowledges, and holds what it said as long as it stays there. */
  #checkMatch({ currentTerm, log }: RaftState, id: ReplicaId, matchIndex: number): void {
    const term = (this.#diskOf(id).get('term') ?? 0) as number;
    if (matchIndex === 0 || term > currentTerm) return;
    if (term < currentTerm || this.#durableTermAt(id, matchIndex) !== termAt(log, matchIndex)) {
      this.#fail('I11', `${id} does not hold entry ${matchIndex} as its leader believes`);
    }
  }

  /** I3 and I13: (index, term) names one entry with one predecessor, and the leader of the term made it. */
  #checkEntries({ self, role, currentTerm, log }: RaftState, changed: number): void {
    for (let index = changed; index <= lastIndexOf(log); index++) {
      const entry = entryAt(log, index);
      const before = termAt(log, index - 1);
      if (!entry || before === undefined) continue;
      const named = (this.#entries[index] ??= new Map());
      const known = named.get(entry.term);
      if (!known) {
        named.set(entry.term, { entry, before });
        if (role.name !== 'leader' || entry.term !== currentTerm) {
          const made = `was made by ${self}, who did not lead its term`;
          this.#fail('I13', `entry ${index} of term ${entry.term} ${made}`);
        }
      } else if (known.before !== before || !isSame(known.entry, entry)) {
        this.#fail('I3', `entry ${index} of term ${entry.term} of ${self} differs from another's`);
      }
    }
  }

  /** I5, I4 and I6, for what this step committed. */
  #checkCommitted(life: Life): void {
    const { state } = life;
    for (let index = life.commitIndex + 1; index <= state.commitIndex; index++) {
      const entry = entryAt(state.log, index);
      if (!entry) continue;
      const known = this.#committed[index - 1];
      if (known) {
        if (!isSame(known.entry, entry)) this.#fail('I5', `two entries ${index}`);
        continue;
      }
      this.#committed.push({ entry, inTerm: state.currentTerm });
      this.#checkHolders(state, index, entry.term);
    }
    life.commitIndex = Math.max(life.commitIndex, state.commitIndex);
  }

  #checkHolders(state: RaftState, index: number, term: number): void {
    const voters = votersOf(state);
    let holders = 0;
    for (const id of voters) if (this.#durableTermAt(id, index) === term) holders++;
    if (holders < majority(voters.length)) {
      this.#fail('I6', `entry ${index} is committed and on ${holders} disks`);
    }
    for (const { state: other } of this.#lives.values()) {
      if (other.role.name !== 'leader' || other.currentTerm <= state.currentTerm) continue;
      if (termAt(other.log, index) !== term) {
        this.#fail('I4', `leader of term ${other.currentTerm} lacks entry ${index}`);
      }
    }
  }

  /** I7: whoever is at least as up to date as another holds what the other has committed. Only `life` has changed. */
  #checkUpToDate(life: Life): void {
    for (const other of this.#lives.values()) {
      if (other === life) continue;
      if (isUpToDate(life.last, other.last)) this.#checkHolds(life, other);
      if (isUpToDate(other.last, life.last)) this.#checkHolds(other, life);
    }
  }

  #checkHolds({ state: ahead }: Life, { state: behind }: Life): void {
    const { commitIndex, log } = behind;
    if (termAt(ahead.log, commitIndex) !== termAt(log, commitIndex)) {
      this.#fail('I7', `${ahead.self} lacks what ${behind.self} committed`);
    }
  }

  /** I14: the same command with the same result at the same index everywhere; one outcome for one request. */
  #checkEffects({ self }: RaftState, effects: readonly RaftEffect[]): void {
    for (const effect of effects) {
      if (effect.type === 'apply') {
        const known = (this.#applied[effect.index - 1] ??= effect);
        const same = isSame(known.command, effect.command) && isSame(known.result, effect.result);
        if (!same) this.#fail('I14', `${self} applied another ${effect.index}`);
      } else if (effect.type === 'reply' && effect.reply.type === 'done') {
        this.#checkAnswer(effect.to, effect.reply);
      }
    }
  }

  #checkAnswer(
    client: ClientId,
    { seq, index, result }: { seq: number; index: number; result: Result },
  ): void {
    if (!result.ok && notExecuted.has(result.error)) return;
    const key = `${client} ${seq}`;
    const text = JSON.stringify([index, result]);
    if (!this.#answered.has(key)) this.#answered.set(key, text);
    if (this.#answered.get(key) !== text) this.#fail('I14', `request ${key} had two outcomes`);
  }
}
