/**
 * What must hold of a whole cluster, over its history: who checks it sees every replica, which none of them can. Feed
 * it each replica's state after each step, and the effects of the step.
 */
import type { Checker, DiskOf, Violation } from '../core/checker.ts';
import type { ReplicaId } from '../core/ids.ts';
import { Findings, Lives } from '../core/lives.ts';
import { majority } from '../core/quorum.ts';
import { isSame } from '../core/same.ts';
import { ServiceInvariants } from '../core/service-invariants.ts';
import {
  halvesOf,
  isQuorum,
  placedAt,
  quorumsIntersect,
  type Configuration,
} from './configuration.ts';
import { DiskInvariants } from './invariants-disk.ts';
import { LocalInvariants } from './invariants-local.ts';
import {
  entryAt,
  lastIndexOf,
  lastPositionOf,
  latestConfiguration,
  termAt,
  type LogEntry,
  type LogPosition,
} from './log.ts';
import type { RaftMessage } from './messages.ts';
import type { RaftNote } from './notes.ts';
import { isUpToDate } from './rules.ts';
import { configurationOf, type Leader, type RaftEffect, type RaftState } from './state.ts';

interface Committed {
  readonly entry: LogEntry;
  /** The term of whoever said so first: no lower than the term in which it was committed. */
  readonly inTerm: number;
}

interface Life {
  readonly state: Readonly<RaftState>;
  readonly local: LocalInvariants;
  commitIndex: number;
  snapshotIndex: number;
  last: LogPosition;
  /** In force before the step: the one that what it committed was counted by. */
  configuration: Configuration;
  /** What a leader knew of each follower. */
  readonly matchIndex: Map<ReplicaId, number>;
}

export class ClusterInvariants implements Checker<RaftMessage, RaftState, RaftNote> {
  /** Their own state proves nothing; what honest replicas believe because of them does. */
  readonly #liars = new Set<ReplicaId>();
  readonly #lives = new Lives<RaftState, Life>(newLife);
  readonly #leaders = new Map<number, ReplicaId>();
  /** By index, then by term. */
  readonly #entries: Map<number, { readonly entry: LogEntry; readonly before: number }>[] = [];
  readonly #committed: Committed[] = [];
  readonly #service = new ServiceInvariants('I14');
  readonly #disks: DiskInvariants;
  readonly #found = new Findings();

  constructor(diskOf: DiskOf) {
    this.#disks = new DiskInvariants(diskOf);
  }

  /** Entries that some replica has known to be committed, from index 1. */
  get committed(): readonly LogEntry[] {
    return this.#committed.map(({ entry }) => entry);
  }

  /** A step costs what it changed and the number of replicas, however long the log is. */
  check(state: Readonly<RaftState>, effects: readonly RaftEffect[]): readonly Violation[] {
    const life = this.#lives.of(state);
    const { role } = state;
    life.local.check(state, this.#found.list);
    if (role.name === 'leader') this.#checkLeader(life, role);
    this.#checkEntries(state, life.local.changed);
    const last = lastPositionOf(state.log);
    const moved = last.index !== life.last.index || last.term !== life.last.term;
    life.last = last;
    if (state.commitIndex !== life.commitIndex) {
      this.#checkCommitted(life);
      this.#checkUpToDate(life);
    } else if (moved) this.#checkUpToDate(life);
    this.#checkSnapshot(life);
    this.#checkConfigurations(state);
    life.configuration = configurationOf(state);
    this.#service.check(state.self, effects, this.#found.list);
    if (role.name === 'stopped') this.#found.fail('A1', `${state.self} saw that ${role.reason}`);
    return this.#found.take();
  }

  forget(self: ReplicaId): void {
    const life = this.#lives.end(self);
    if (life) this.#forgetUnwritten(life);
  }

  /** A single voter leads before its disk knows: of such a term nothing has left it, and it may lead it again. */
  #forgetUnwritten({ state: { self, currentTerm }, configuration }: Life): void {
    if (currentTerm <= this.#disks.termOf(self)) return;
    if (!isQuorum(new Set([self]), configuration)) return;
    this.#leaders.delete(currentTerm);
    this.#entries.forEach((named) => named.delete(currentTerm));
  }

  distrust(self: ReplicaId): void {
    this.#liars.add(self);
    this.#lives.end(self);
  }

  released(self: ReplicaId, effect: RaftEffect): readonly Violation[] {
    this.#disks.released(self, effect, this.#found.list);
    return this.#found.take();
  }

  /** I1, I4, I8, I9, I11. */
  #checkLeader(life: Life, { progress }: Leader): void {
    const { self, currentTerm, log, commitIndex } = life.state;
    const known = this.#leaders.get(currentTerm);
    if (known === undefined) {
      this.#leaders.set(currentTerm, self);
      life.matchIndex.clear();
      this.#checkComplete(life.state);
    } else if (known !== self) this.#found.fail('I1', `two leaders in term ${currentTerm}`);
    const lastIndex = lastIndexOf(log);
    for (const { state, last } of this.#lives.all()) {
      if (last.term === currentTerm && last.index > lastIndex && state !== life.state) {
        this.#found.fail('I8', `${state.self} is ahead of its leader in term ${currentTerm}`);
      }
    }
    if (commitIndex !== life.commitIndex && !this.#disks.holds(self, commitIndex)) {
      this.#found.fail('I9', `leader of term ${currentTerm} committed what its disk lacks`);
    }
    for (const id of life.matchIndex.keys()) if (!progress.has(id)) life.matchIndex.delete(id);
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
      if (index >= log.baseIndex && termAt(log, index) !== entry.term) {
        this.#found.fail('I4', `leader of term ${currentTerm} lacks committed entry ${index}`);
      }
      return;
    }
  }

  /** I11: a follower is in the leader's term when it acknowledges, and holds what it said as long as it stays there. */
  #checkMatch({ currentTerm, log }: RaftState, id: ReplicaId, matchIndex: number): void {
    const term = this.#disks.termOf(id);
    if (matchIndex === 0 || term > currentTerm || this.#liars.has(id)) return;
    if (term < currentTerm || !this.#disks.holds(id, matchIndex, termAt(log, matchIndex))) {
      this.#found.fail('I11', `${id} does not hold entry ${matchIndex} as its leader believes`);
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
        if ((role.name !== 'leader' || entry.term !== currentTerm) && !this.#mayBeLiars(entry)) {
          const made = `was made by ${self}, who did not lead its term`;
          this.#found.fail('I13', `entry ${index} of term ${entry.term} ${made}`);
        }
      } else if (known.before !== before || !isSame(known.entry, entry)) {
        this.#found.fail(
          'I3',
          `entry ${index} of term ${entry.term} of ${self} differs from another's`,
        );
      }
    }
  }

  /** Whether a liar may have made it: an honest one did not lead its term. */
  #mayBeLiars({ term }: LogEntry): boolean {
    const leader = this.#leaders.get(term);
    return this.#liars.size > 0 && (leader === undefined || this.#liars.has(leader));
  }

  /** I5, I4 and I6, for what this step committed. */
  #checkCommitted(life: Life): void {
    const { state } = life;
    for (let index = life.commitIndex + 1; index <= state.commitIndex; index++) {
      const entry = entryAt(state.log, index);
      const known = this.#committed[index - 1];
      if (known) {
        if (entry && !isSame(known.entry, entry)) this.#found.fail('I5', `two entries ${index}`);
        continue;
      }
      const first = entry ?? life.local.log.dropped(index);
      if (!first) {
        this.#found.fail('I5', `${state.self} skipped entry ${index}`);
        break;
      }
      this.#committed.push({ entry: first, inTerm: state.currentTerm });
      this.#checkHolders(life, index, first.term);
    }
    life.commitIndex = Math.max(life.commitIndex, state.commitIndex);
  }

  #checkHolders({ state, configuration }: Life, index: number, term: number): void {
    for (const half of halvesOf(configuration)) {
      const holders = half.filter((id) => this.#disks.holds(id, index, term)).length;
      if (holders < majority(half.length)) {
        this.#found.fail('I6', `entry ${index} is committed and on ${holders} disks`);
      }
    }
    for (const { state: other } of this.#lives.all()) {
      if (other.role.name !== 'leader' || other.currentTerm <= state.currentTerm) continue;
      if (index >= other.log.baseIndex && termAt(other.log, index) !== term) {
        this.#found.fail('I4', `leader of term ${other.currentTerm} lacks entry ${index}`);
      }
    }
  }

  /** I14 for what came at once, and I5: a snapshot is of what was committed. */
  #checkSnapshot(life: Life): void {
    const { self, snapshot } = life.state;
    if (!snapshot || snapshot.lastIncludedIndex === life.snapshotIndex) return;
    const { lastIncludedIndex: index, lastIncludedTerm } = snapshot;
    life.snapshotIndex = index;
    this.#service.checkSnapshot(self, index, snapshot, this.#found.list);
    if (this.#committed[index - 1]?.entry.term !== lastIncludedTerm) {
      this.#found.fail('I5', `${self} has a snapshot of what was not committed at ${index}`);
    }
  }

  /**
   * I15: at most one configuration of a log is not committed, and each of its quorums shares a voter with each of the
   * configuration before it. (Two that follow the same one need not meet: R30 sees to it that only one can decide.)
   */
  #checkConfigurations({ self, log }: RaftState): void {
    const latest = latestConfiguration(log);
    if (latest.index <= this.#committed.length) return;
    const before = placedAt(log.configurations, latest.index - 1);
    if (before.index > this.#committed.length) {
      this.#found.fail('I15', `${self} has two uncommitted configurations`);
    }
    if (!quorumsIntersect(before.configuration, latest.configuration)) {
      this.#found.fail('I15', `the configuration of ${latest.index} has a quorum of its own`);
    }
  }

  /** I7: whoever is at least as up to date as another holds what the other has committed. Only `life` has changed. */
  #checkUpToDate(life: Life): void {
    for (const other of this.#lives.all()) {
      if (other === life) continue;
      if (isUpToDate(life.last, other.last)) this.#checkHolds(life, other);
      if (isUpToDate(other.last, life.last)) this.#checkHolds(other, life);
    }
  }

  #checkHolds({ state: ahead }: Life, { state: behind }: Life): void {
    const { commitIndex, log } = behind;
    if (commitIndex < ahead.log.baseIndex) return;
    if (termAt(ahead.log, commitIndex) !== termAt(log, commitIndex)) {
      this.#found.fail('I7', `${ahead.self} lacks what ${behind.self} committed`);
    }
  }
}

function newLife(state: Readonly<RaftState>): Life {
  return {
    state,
    local: new LocalInvariants(),
    commitIndex: 0,
    snapshotIndex: 0,
    last: { index: 0, term: 0 },
    configuration: configurationOf(state),
    matchIndex: new Map(),
  };
}
