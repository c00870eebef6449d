/** What must hold of one replica after each of its steps, known from its state alone. */
import type { Violation } from '../core/checker.ts';
import type { ReplicaId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import { lastIndexOf, type Log, type LogEntry } from './log.ts';
import { votersOf, type Leader, type RaftState } from './state.ts';

/**
 * Finds what changed in a log since it was last asked, at the cost of what changed. Handlers only cut a log's end off
 * and add to it, so an entry that is still the same object has the same prefix.
 */
export class LogWatch {
  readonly #seen: LogEntry[] = [];

  /** The first index that differs from last time; above the last index if nothing does. */
  update({ baseIndex, entries }: Log): number {
    let same = Math.min(this.#seen.length, entries.length);
    while (same > 0 && this.#seen[same - 1] !== entries[same - 1]) same--;
    this.#seen.length = same;
    for (let i = same; i < entries.length; i++) this.#seen.push(entries[i] as LogEntry);
    return baseIndex + same + 1;
  }
}

/** Watches one life of one replica, from start to crash. */
export class LocalInvariants {
  readonly #log = new LogWatch();
  #currentTerm = 0;
  #votedFor: ReplicaId | null = null;
  #commitIndex = 0;
  #lastApplied = 0;
  #lastIndex = 0;
  #ledTerm: number | null = null;
  #matchIndex = new Map<ReplicaId, number>();

  /** Call it after every step. */
  check(state: Readonly<RaftState>): Violation[] {
    const violations = [
      ...this.#checkMonotone(state),
      ...this.#checkLog(state),
      ...this.#checkRole(state),
    ];
    this.#currentTerm = state.currentTerm;
    this.#votedFor = state.votedFor;
    this.#commitIndex = state.commitIndex;
    this.#lastApplied = state.lastApplied;
    this.#lastIndex = lastIndexOf(state.log);
    this.#ledTerm = state.role.name === 'leader' ? state.currentTerm : null;
    return violations;
  }

  /** I10, and the vote of I12 while the term stays. */
  *#checkMonotone({
    currentTerm,
    votedFor,
    commitIndex,
    lastApplied,
  }: RaftState): Iterable<Violation> {
    if (currentTerm < this.#currentTerm) yield { id: 'I10', text: 'currentTerm went down' };
    if (commitIndex < this.#commitIndex) yield { id: 'I10', text: 'commitIndex went down' };
    if (lastApplied < this.#lastApplied) yield { id: 'I10', text: 'lastApplied went down' };
    if (lastApplied > commitIndex) yield { id: 'I14', text: 'applied what is not committed' };
    const sameTerm = currentTerm === this.#currentTerm;
    if (sameTerm && this.#votedFor !== null && votedFor !== this.#votedFor) {
      yield { id: 'I12', text: `the vote of term ${currentTerm} was taken back` };
    }
  }

  *#checkLog({ log, currentTerm, commitIndex, role }: RaftState): Iterable<Violation> {
    const changed = this.#log.update(log);
    if (commitIndex > lastIndexOf(log))
      yield { id: 'I5', text: 'committed what is not in the log' };
    if (changed <= this.#commitIndex) yield { id: 'I5', text: `lost committed entry ${changed}` };
    const leads = role.name === 'leader' && this.#ledTerm === currentTerm;
    if (leads && changed <= this.#lastIndex) {
      yield { id: 'I2', text: `a leader changed its own entry ${changed}` };
    }
    for (let i = changed - log.baseIndex - 1; i < log.entries.length; i++) {
      const term = log.entries[i]?.term ?? 0;
      if (term < (log.entries[i - 1]?.term ?? log.baseTerm) || term > currentTerm) {
        yield { id: 'I3', text: `entry ${log.baseIndex + i + 1} has the impossible term ${term}` };
      }
    }
  }

  *#checkRole(state: RaftState): Iterable<Violation> {
    const { role, currentTerm } = state;
    if (role.name === 'candidate') {
      const strangers = [...role.granted, ...role.refused].filter(
        (id) => !votersOf(state).includes(id),
      );
      if (strangers.length > 0) yield { id: 'I1', text: 'counted the vote of a stranger' };
    }
    if (role.name !== 'leader') return;
    if (this.#ledTerm !== currentTerm) this.#matchIndex = new Map();
    yield* this.#checkProgress(role, lastIndexOf(state.log));
  }

  /** I10 and I11 for the leader's view of its followers. */
  *#checkProgress({ progress }: Leader, lastIndex: number): Iterable<Violation> {
    for (const [id, { matchIndex, nextIndex, inFlight }] of progress) {
      if (nextIndex <= matchIndex) yield { id: 'I11', text: `nextIndex <= matchIndex of ${id}` };
      if (matchIndex > lastIndex) yield { id: 'I11', text: `matchIndex of ${id} beyond the log` };
      if (nextIndex > lastIndex + 1) yield { id: 'I11', text: `nextIndex of ${id} beyond the log` };
      if (matchIndex < (this.#matchIndex.get(id) ?? 0)) {
        yield { id: 'I10', text: `matchIndex of ${id} went down` };
      }
      if (inFlight.length > limits.appendsInFlightMax) {
        yield { id: 'R21', text: `too many appends on their way to ${id}` };
      }
      this.#matchIndex.set(id, matchIndex);
    }
  }
}
