/** What must hold of one replica after each of its steps, known from its state alone. */
import type { ReplicaId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import { lastIndexOf, type Log, type LogEntry } from './log.ts';
import { isVoter } from './configuration.ts';
import { configurationOf, type Leader, type RaftState } from './state.ts';

/** An invariant that does not hold. `id` is its number in the README. */
export interface Violation {
  readonly id: string;
  readonly text: string;
}

/**
 * Finds what changed in a log since it was last asked, at the cost of what changed. Handlers only cut a log's end or its
 * beginning off and add to it, so an entry that is still the same object has the same prefix.
 */
export class LogWatch {
  readonly #seen: LogEntry[] = [];
  #baseIndex = 0;
  #dropped: readonly LogEntry[] = [];
  #firstDropped = 1;

  /** The first index that differs from last time; above the last index if nothing does. */
  update({ baseIndex, entries }: Log): number {
    this.#firstDropped = this.#baseIndex + 1;
    this.#dropped = this.#seen.splice(0, baseIndex - this.#baseIndex);
    this.#baseIndex = baseIndex;
    let same = Math.min(this.#seen.length, entries.length);
    while (same > 0 && this.#seen[same - 1] !== entries[same - 1]) same--;
    this.#seen.length = same;
    for (let i = same; i < entries.length; i++) this.#seen.push(entries[i] as LogEntry);
    return baseIndex + same + 1;
  }

  /** The entry at `index` if it was compacted away since the time before last. */
  dropped(index: number): LogEntry | undefined {
    return this.#dropped[index - this.#firstDropped];
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
  #snapshotIndex = 0;
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
    this.#snapshotIndex = state.snapshot?.lastIncludedIndex ?? 0;
    this.#ledTerm = state.role.name === 'leader' ? state.currentTerm : null;
    return violations;
  }

  /** I10, and the vote of I12 while the term stays. */
  *#checkMonotone({
    currentTerm,
    votedFor,
    commitIndex,
    lastApplied,
    snapshot,
    log,
  }: RaftState): Iterable<Violation> {
    const snapshotIndex = snapshot?.lastIncludedIndex ?? 0;
    if (snapshotIndex < this.#snapshotIndex) yield { id: 'I10', text: 'an older snapshot' };
    if (snapshotIndex > lastApplied) {
      yield { id: 'I14', text: 'a snapshot of what is not applied' };
    }
    if (log.baseIndex > snapshotIndex) {
      yield { id: 'I5', text: 'the log begins above the snapshot' };
    }
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
    if (role.name === 'candidate' || role.name === 'preCandidate') {
      const configuration = configurationOf(state);
      const strangers = [...role.granted, ...role.refused].filter(
        (id) => !isVoter(id, configuration),
      );
      if (strangers.length > 0) yield { id: 'I1', text: 'counted the vote of a stranger' };
    }
    if (role.name !== 'leader') return;
    if (this.#ledTerm !== currentTerm) this.#matchIndex = new Map();
    yield* this.#checkProgress(role, lastIndexOf(state.log));
    // Who was removed and comes back is a newcomer.
    this.#matchIndex = new Map([...role.progress].map(([id, { matchIndex }]) => [id, matchIndex]));
    yield* this.#checkOffice(role, state);
  }

  /** What a leader may promise: read indices (R36), a lease (R39), its office. */
  *#checkOffice(leader: Leader, state: RaftState): Iterable<Violation> {
    const { owed, round, leaseRound, transfer, toldSuccessor } = leader;
    for (const { index, after } of owed) {
      if (after > round) yield { id: 'R36', text: 'a read waits for a round that was never begun' };
      if ((index ?? 0) > state.commitIndex) yield { id: 'R36', text: 'a read index not committed' };
    }
    if (leaseRound !== null && (transfer || toldSuccessor)) {
      yield { id: 'R39', text: 'a lease while another may be elected' };
    }
    if (!transfer) return;
    if (transfer.to === state.self || !isVoter(transfer.to, configurationOf(state))) {
      yield { id: 'I1', text: 'the office goes to somebody who cannot have it' };
    }
  }

  /** I10 and I11 for the leader's view of its followers. */
  *#checkProgress({ progress, round: begun }: Leader, lastIndex: number): Iterable<Violation> {
    for (const [id, { matchIndex, nextIndex, inFlight, round }] of progress) {
      if (nextIndex <= matchIndex) yield { id: 'I11', text: `nextIndex <= matchIndex of ${id}` };
      if (matchIndex > lastIndex) yield { id: 'I11', text: `matchIndex of ${id} beyond the log` };
      if (nextIndex > lastIndex + 1) yield { id: 'I11', text: `nextIndex of ${id} beyond the log` };
      if (matchIndex < (this.#matchIndex.get(id) ?? 0)) {
        yield { id: 'I10', text: `matchIndex of ${id} went down` };
      }
      if (round > begun) yield { id: 'R36', text: `${id} answered a round never begun` };
      if (inFlight.length > limits.appendsInFlightMax) {
        yield { id: 'R21', text: `too many appends on their way to ${id}` };
      }
    }
  }
}
