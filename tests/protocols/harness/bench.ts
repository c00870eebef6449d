/** One Raft replica on the bench: born with a term, a vote and a log, then fed by hand. */
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { Event, Json, Operation, Replica } from '#protocols/core/replica.ts';
import { Service } from '#protocols/core/service.ts';
import { profiles } from '#protocols/core/timing.ts';
import type { LogEntry } from '#protocols/raft/log.ts';
import { logKey } from '#protocols/raft/durable.ts';
import type {
  AppendEntries,
  AppendEntriesResponse,
  RaftMessage,
  RequestVote,
  RequestVoteResponse,
} from '#protocols/raft/messages.ts';
import type { RaftNote } from '#protocols/raft/notes.ts';
import { timers } from '#protocols/raft/pacemaker.ts';
import { createReplica } from '#protocols/raft/replica.ts';
import * as rules from '#protocols/raft/rules.ts';
import { othersOf, type RaftEffect, type RaftState } from '#protocols/raft/state.ts';
import { r, request, roster } from './ids.ts';

export interface Born {
  readonly n?: number;
  readonly self?: ReplicaId;
  readonly term?: number;
  readonly vote?: ReplicaId | null;
  /** The term of each entry of its log, from index 1. */
  readonly terms?: readonly number[];
  /** Instead of `terms`: the entries themselves. */
  readonly entries?: readonly LogEntry[];
  /** The initial voters; by default the `n` of the roster. */
  readonly voters?: readonly ReplicaId[];
  /** Whatever else is on its disk. */
  readonly disk?: readonly (readonly [string, Json])[];
  readonly rules?: rules.Rules;
  /** Restarted just now: it still clings to the leader it may have heard before. */
  readonly isFresh?: boolean;
}

export class Bench {
  readonly timing = profiles.fast;
  readonly service = new Service();
  readonly replica: Replica<RaftMessage, RaftState, RaftNote>;
  readonly born: readonly RaftEffect[];
  #seq = 0;

  constructor({ n = 3, self = r(0), term = 0, vote = null, terms = [], ...rest }: Born = {}) {
    const { voters = roster(n), entries = terms.map((t, i) => entry(t, i + 1)) } = rest;
    const context = { self, voters, timing: this.timing, service: this.service };
    this.replica = createReplica(context, rest.rules ?? rules);
    const durable = new Map<string, Json>(entries.map((e, i) => [logKey(i + 1), json(e)]));
    for (const [key, value] of rest.disk ?? []) durable.set(key, value);
    if (term > 0) durable.set('term', term).set('vote', vote);
    this.born = this.step({ type: 'start', durable, incarnation: 1 });
    // Who was restarted clings to the leader it may have heard before (R24): here that time is over.
    if (!rest.isFresh) this.timeout('leader heard');
  }

  get state(): Readonly<RaftState> {
    return this.replica.state;
  }

  /** The term of each entry of the log. */
  get terms(): number[] {
    return this.state.log.entries.map(({ term }) => term);
  }

  step(event: Event<RaftMessage>): readonly RaftEffect[] {
    return this.replica.step(event);
  }

  timeout(timer: (typeof timers)[keyof typeof timers]): readonly RaftEffect[] {
    return this.step({ type: 'timeout', timer });
  }

  receive(from: ReplicaId, message: RaftMessage): readonly RaftEffect[] {
    return this.step({ type: 'receive', from, message });
  }

  /** `count` commands of one turn. */
  request(count = 1): readonly RaftEffect[] {
    const requests = Array.from({ length: count }, () => request(++this.#seq));
    return this.step({ type: 'request', requests });
  }

  /** Receives `effects`' messages to itself, as the host hands them over once the write is done. */
  loopback(effects: readonly RaftEffect[]): readonly RaftEffect[] {
    return sentTo(effects, this.state.self).flatMap((m) => this.receive(this.state.self, m));
  }

  operate(operation: Operation): readonly RaftEffect[] {
    return this.step({ type: 'operate', operation });
  }

  /** Its timer ends and everyone would vote for it: stands for election in the next term. */
  stand(): readonly RaftEffect[] {
    return [...this.timeout('election'), ...this.#grantAll('preCandidate')];
  }

  /** Stands for election and is voted for by everyone; returns what it does as a leader. */
  lead(): readonly RaftEffect[] {
    const effects = [...this.stand(), ...this.#grantAll('candidate')];
    return [...effects, ...this.loopback(effects)];
  }

  #grantAll(role: 'preCandidate' | 'candidate'): RaftEffect[] {
    const preVote = role === 'preCandidate';
    const term = this.state.currentTerm + (preVote ? 1 : 0);
    const effects: RaftEffect[] = [];
    for (const voter of othersOf(this.state)) {
      if (this.state.role.name !== role) break;
      effects.push(...this.receive(voter, vote(term, { preVote })));
    }
    return effects;
  }
}

/** A log entry of `term`; equal for equal arguments, as entries with one index and term are. */
export function entry(term: number, index: number): LogEntry {
  return { kind: 'command', term, request: request(1_000 * term + index) };
}

function json(value: LogEntry): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

/** A request for a vote in `term`, of a log that ends with (`lastLogIndex`, `lastLogTerm`). */
export function ask(
  term: number,
  [lastLogIndex, lastLogTerm]: readonly [number, number] = [0, 0],
  { preVote = false, transfer = false } = {},
): RequestVote {
  return { type: 'RequestVote', term, lastLogIndex, lastLogTerm, preVote, transfer };
}

export function vote(
  term: number,
  { voteGranted = true, preVote = false } = {},
): RequestVoteResponse {
  return { type: 'RequestVoteResponse', term, voteGranted, preVote };
}

/** An AppendEntries of `terms` after (`prevLogIndex`, `prevLogTerm`). */
export function append(
  term: number,
  [prevLogIndex, prevLogTerm]: readonly [number, number],
  terms: readonly number[] = [],
  leaderCommit = 0,
): AppendEntries {
  const entries = terms.map((t, i) => entry(t, prevLogIndex + 1 + i));
  return {
    type: 'AppendEntries',
    term,
    prevLogIndex,
    prevLogTerm,
    entries,
    leaderCommit,
    round: 0,
  };
}

export function acknowledge(term: number, matchIndex: number, round = 0): AppendEntriesResponse {
  return { type: 'AppendEntriesResponse', success: true, term, matchIndex, round };
}

export function sentTo(effects: readonly RaftEffect[], to: ReplicaId): RaftMessage[] {
  return effects.flatMap((e) => (e.type === 'send' && e.to.includes(to) ? [e.message] : []));
}

export function notesOf(effects: readonly RaftEffect[]): RaftNote[] {
  return effects.flatMap((e) => (e.type === 'note' ? [e.note] : []));
}

export function types(effects: readonly RaftEffect[]): string[] {
  return effects.map(({ type }) => type);
}
