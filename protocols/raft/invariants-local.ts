/** What must hold of one replica after each of its steps, known from its state alone. */
import type { Violation } from '../core/checker.ts';
import type { ReplicaId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import { isVoter } from './configuration.ts';
import { lastIndexOf, type Log, type LogEntry } from './log.ts';
import { configurationOf, type Leader, type RaftState } from './state.ts';

const none: readonly LogEntry[] = [];

/**
 * Finds what changed in a log since it was last asked, at the cost of what changed. Handlers only cut a log's end or its
 * beginning off and add to it, so an entry that is still the same object has the same prefix.
 */
export class LogWatch {
  readonly #seen: LogEntry[] = [];
  #baseIndex = 0;
  #dropped = none;
  #firstDropped = 1;

  /** The first index that differs from last time; above the last index if nothing does. */
  update({ baseIndex, entries }: Log): number {
    this.#firstDropped = this.#baseIndex + 1;
    const gone = baseIndex - this.#baseIndex;
    this.#dropped = gone > 0 ? this.#seen.splice(0, gone) : none;
    this.#baseIndex = baseIndex;
    let same = Math.min(this.#seen.length, entries.length);
    while (same > 0 && this.#seen[same - 1] !== entries[same - 1]) same--;
    if (same < this.#seen.length) this.#seen.length = same;
    for (let i = same; i < entries.length; i++) this.#seen.push(entries[i] as LogEntry);
    return baseIndex + same + 1;
  }

  /** The entry at `index` if it was compacted away since the time before last. */
  dropped(index: number): LogEntry | undefined {
    return this.#dropped[index - this.#firstDropped];
  }
}

/** Watches one life of one replica, from start to crash. A step costs what it changed, however long the log is. */
export class LocalInvariants {
  readonly log = new LogWatch();
  /** The first index of the log that the latest step changed; above the last index if none. */
  changed = 1;
  #currentTerm = 0;
  #votedFor: ReplicaId | null = null;
  #commitIndex = 0;
  #lastApplied = 0;
  #lastIndex = 0;
  #snapshotIndex = 0;
  #ledTerm: number | null = null;
  readonly #matchIndex = new Map<ReplicaId, number>();

  /** Call it after every step: adds to `found` what does not hold. */
  check(state: Readonly<RaftState>, found: Violation[]): void {
    this.#checkMonotone(state, found);
    this.#checkSnapshot(state, found);
    this.changed = this.log.update(state.log);
    this.#checkLog(state, found);
    this.#checkRole(state, found);
    this.#currentTerm = state.currentTerm;
    this.#votedFor = state.votedFor;
    this.#commitIndex = state.commitIndex;
    this.#lastApplied = state.lastApplied;
    this.#lastIndex = lastIndexOf(state.log);
    this.#snapshotIndex = state.snapshot?.lastIncludedIndex ?? 0;
    this.#ledTerm = state.role.name === 'leader' ? state.currentTerm : null;
  }

  /** I10, and the vote of I12 while the term stays. */
  #checkMonotone(state: Readonly<RaftState>, found: Violation[]): void {
    const { currentTerm, votedFor, commitIndex, lastApplied } = state;
    if (currentTerm < this.#currentTerm) found.push({ id: 'I10', text: 'currentTerm went down' });
    if (commitIndex < this.#commitIndex) found.push({ id: 'I10', text: 'commitIndex went down' });
    if (lastApplied < this.#lastApplied) found.push({ id: 'I10', text: 'lastApplied went down' });
    if (lastApplied > commitIndex) found.push({ id: 'I14', text: 'applied what is not committed' });
    const sameTerm = currentTerm === this.#currentTerm;
    if (sameTerm && this.#votedFor !== null && votedFor !== this.#votedFor) {
      found.push({ id: 'I12', text: `the vote of term ${currentTerm} was taken back` });
    }
  }

  /** The newest snapshot grows, holds what is applied, and reaches to where the log begins. */
  #checkSnapshot({ snapshot, lastApplied, log }: RaftState, found: Violation[]): void {
    const index = snapshot?.lastIncludedIndex ?? 0;
    if (index < this.#snapshotIndex) found.push({ id: 'I10', text: 'an older snapshot' });
    if (index > lastApplied) found.push({ id: 'I14', text: 'a snapshot of what is not applied' });
    if (log.baseIndex > index) {
      found.push({ id: 'I5', text: 'the log begins above the snapshot' });
    }
  }

  #checkLog({ log, currentTerm, commitIndex, role }: RaftState, found: Violation[]): void {
    const { changed } = this;
    if (commitIndex > lastIndexOf(log)) {
      found.push({ id: 'I5', text: 'committed what is not in the log' });
    }
    if (changed <= this.#commitIndex) {
      found.push({ id: 'I5', text: `lost committed entry ${changed}` });
    }
    const leads = role.name === 'leader' && this.#ledTerm === currentTerm;
    if (leads && changed <= this.#lastIndex) {
      found.push({ id: 'I2', text: `a leader changed its own entry ${changed}` });
    }
    for (let i = changed - log.baseIndex - 1; i < log.entries.length; i++) {
      const term = log.entries[i]?.term ?? 0;
      const before = i === 0 ? log.baseTerm : (log.entries[i - 1]?.term ?? 0);
      if (term < before || term > currentTerm) {
        const text = `entry ${log.baseIndex + i + 1} has the impossible term ${term}`;
        found.push({ id: 'I3', text });
      }
    }
  }

  #checkRole(state: Readonly<RaftState>, found: Violation[]): void {
    const { role, currentTerm } = state;
    if (role.name === 'candidate' || role.name === 'preCandidate') {
      const configuration = configurationOf(state);
      for (const tally of [role.granted, role.refused]) {
        for (const id of tally) {
          if (isVoter(id, configuration)) continue;
          found.push({ id: 'I1', text: 'counted the vote of a stranger' });
        }
      }
    }
    if (role.name !== 'leader') return;
    if (this.#ledTerm !== currentTerm) this.#matchIndex.clear();
    this.#checkProgress(role, lastIndexOf(state.log), found);
    checkOffice(role, state, found);
  }

  /** I10 and I11 for the leader's view of its followers. */
  #checkProgress({ progress, round: begun }: Leader, lastIndex: number, found: Violation[]): void {
    // Who was removed and comes back is a newcomer.
    for (const id of this.#matchIndex.keys()) if (!progress.has(id)) this.#matchIndex.delete(id);
    for (const [id, { matchIndex, nextIndex, inFlight, round }] of progress) {
      if (nextIndex <= matchIndex) {
        found.push({ id: 'I11', text: `nextIndex <= matchIndex of ${id}` });
      }
      if (matchIndex > lastIndex) {
        found.push({ id: 'I11', text: `matchIndex of ${id} beyond the log` });
      }
      if (nextIndex > lastIndex + 1) {
        found.push({ id: 'I11', text: `nextIndex of ${id} beyond the log` });
      }
      const before = this.#matchIndex.get(id) ?? 0;
      if (matchIndex < before) found.push({ id: 'I10', text: `matchIndex of ${id} went down` });
      if (round > begun) found.push({ id: 'R36', text: `${id} answered a round never begun` });
      if (inFlight.length > limits.appendsInFlightMax) {
        found.push({ id: 'R21', text: `too many appends on their way to ${id}` });
      }
      if (matchIndex !== before) this.#matchIndex.set(id, matchIndex);
    }
  }
}

/** What a leader may promise: read indices (R36), a lease (R39), its office. */
function checkOffice(leader: Leader, state: Readonly<RaftState>, found: Violation[]): void {
  const { owed, round, leaseRound, transfer, toldSuccessor } = leader;
  for (const { index, after } of owed) {
    if (after > round) {
      found.push({ id: 'R36', text: 'a read waits for a round that was never begun' });
    }
    if ((index ?? 0) > state.commitIndex) {
      found.push({ id: 'R36', text: 'a read index not committed' });
    }
  }
  if (leaseRound !== null && (transfer || toldSuccessor)) {
    found.push({ id: 'R39', text: 'a lease while another may be elected' });
  }
  if (!transfer) return;
  if (transfer.to === state.self || !isVoter(transfer.to, configurationOf(state))) {
    found.push({ id: 'I1', text: 'the office goes to somebody who cannot have it' });
  }
}
