/**
 * The client of a replicated service, pure like a replica: it hands its commands to a replica, asks again when no
 * answer comes, and knows which answers count. A command without an answer is *unknown*, never failed: it may have
 * executed, or may still.
 */
import { cutIntoBatches, requestBytes } from './batches.ts';
import type {
  ClientEffect,
  ClientQuery,
  ClientReply,
  ClientRequest,
  Command,
  ReadMode,
  Result,
} from './client.ts';
import { Directory } from './client-directory.ts';
import { addTo, isForAll, newPending, type Pending } from './client-pending.ts';
import type { ClientId, ReplicaId } from './ids.ts';
import { limits } from './limits.ts';
import type { Ticks } from './replica.ts';

export interface ClientOptions {
  readonly self: ClientId;
  /** All replicas of the epoch, the preferred one (the tab's own) first. */
  readonly replicas: readonly ReplicaId[];
  /** Matching answers of distinct replicas that make a result certain: 1, or f + 1 where replicas may lie. */
  readonly repliesNeeded: number;
  /** So many are enough where some of them are tentative, or nothing was ordered: two sets of them share an honest one. */
  readonly quorum: number;
  /** An unanswered request is sent again after one to one and a half times this. */
  readonly retryTicks: Ticks;
}

/**
 * One line of the history that a linearizability checker reads. Times are the host's to fill in; `answeredAt` and
 * `result` stay `null` while the outcome is unknown.
 */
export interface Operation {
  readonly client: ClientId;
  readonly seq: number;
  readonly command: Command;
  readonly calledAt: Ticks;
  readonly answeredAt: Ticks | null;
  readonly result: Result | null;
}

/**
 * The timer runs at this part of the retry time: silence is waited out for so many periods, but a request that was
 * refused, which nobody is working on, for one: a new leader should not find its clients asleep.
 */
export const timersPerRetry = 8;

export class Client {
  readonly #options: ClientOptions;
  /** Sent and unanswered, by ascending `seq`. */
  readonly #pending = new Map<number, Pending<ClientRequest>>();
  /** Queries sent and unanswered, by ascending number. */
  readonly #queries = new Map<number, Pending<ClientQuery>>();
  /** Queries that are ordered as commands, by the `seq` of these. */
  readonly #ordered = new Map<number, number>();
  /** Not sent yet: the window is full. */
  readonly #waiting: { readonly seq: number; readonly command: Command }[] = [];
  #nextSeq = 1;
  #nextQuery = 1;
  /** Every `seq` below is answered. */
  #ackedBelow = 1;
  /** The highest index that an answer reflected: what is read later must not be older (R40). */
  #highestIndex = 0;
  readonly #directory: Directory;
  #timerRuns = false;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#directory = new Directory(options.replicas, options.repliesNeeded);
  }

  /** The `seq` that the next submitted command gets; those of one call follow each other. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  /** The number that the next query gets. */
  get nextQuery(): number {
    return this.#nextQuery;
  }

  /** Queries without an answer. */
  get queriesOpen(): number {
    return this.#queries.size;
  }

  /** Which replica takes new commands now. */
  get target(): ReplicaId {
    return this.#directory.target;
  }

  /** Commands whose outcome is unknown, by ascending `seq`. */
  unanswered(): { readonly seq: number; readonly command: Command }[] {
    const sent = [...this.#pending].map(([seq, { request }]) => ({
      seq,
      command: request.command,
    }));
    return [...sent, ...this.#waiting];
  }

  /** All that one turn submits, so that it travels together. */
  submit(commands: readonly Command[]): readonly ClientEffect[] {
    for (const command of commands) this.#waiting.push({ seq: this.#nextSeq++, command });
    return this.#withTimer(this.#sendWaiting());
  }

  /** Reads `key` without a command in the log, for which a `get` is submitted. */
  query(key: string, read: ReadMode): readonly ClientEffect[] {
    const { self: client, replicas, repliesNeeded } = this.#options;
    const asksAll = read === 'quorum';
    if (repliesNeeded > 1 && !asksAll) throw new Error('one answer proves nothing here');
    const query = this.#nextQuery++;
    const request = { client, query, key, read, minIndex: this.#highestIndex };
    const pending = newPending<ClientQuery>(request, this.target);
    this.#queries.set(query, pending);
    const asked = asksAll ? replicas : [this.target];
    return this.#withTimer(asked.flatMap((replica) => this.#send(replica, [pending])));
  }

  /** Answers of `from`, as the link proved it, in one turn. */
  onReply(from: ReplicaId, replies: readonly ClientReply[]): readonly ClientEffect[] {
    const effects: ClientEffect[] = [];
    const redirected = new Map<ReplicaId, Pending[]>();
    if (!this.#directory.has(from)) return effects;
    for (const reply of replies) {
      this.#directory.learn(from, reply.leader);
      if (reply.type === 'done') this.#onDone(from, reply, effects);
      else if (reply.type === 'read') this.#onRead(from, reply, effects);
      else this.#onRefused(from, reply, redirected);
    }
    for (const [to, list] of redirected) effects.push(...this.#send(to, list));
    effects.push(...this.#sendWaiting());
    return this.#withTimer(effects);
  }

  /** The one timer: sends again what waited long enough, to the leader if one is known, else to the next replica. */
  onTimer(): readonly ClientEffect[] {
    this.#timerRuns = false;
    const due: Pending[] = [];
    for (const pending of this.#open()) {
      pending.redirected = false;
      if (++pending.age < timersPerRetry) continue;
      if (isForAll(pending.request)) {
        this.#order(pending.request);
        continue;
      }
      due.push(pending);
      this.#directory.doubt(pending.sentTo);
    }
    return this.#withTimer([...this.#retry(due), ...this.#sendWaiting()]);
  }

  /** The host knows that `replica` cannot take anything: crashed, or its link is gone. */
  onUnavailable(replica: ReplicaId): readonly ClientEffect[] {
    this.#directory.leaves(replica);
    const stranded = this.#open().filter(({ request, sentTo }) => {
      return sentTo === replica && !isForAll(request);
    });
    return this.#withTimer(this.#retry(stranded));
  }

  /** `replica` is back, and takes new commands again if it comes before the others. */
  onAvailable(replica: ReplicaId): void {
    this.#directory.returns(replica);
  }

  #open(): Pending[] {
    return [...this.#pending.values(), ...this.#queries.values()];
  }

  #onDone(
    from: ReplicaId,
    reply: Extract<ClientReply, { type: 'done' }>,
    effects: ClientEffect[],
  ): void {
    const { seq, index, result } = reply;
    const pending = this.#pending.get(seq);
    if (!pending) return;
    const { request, answers } = pending;
    const { repliesNeeded: needed, quorum } = this.#options;
    const certainty = answers.add(from, reply, { replies: needed, quorum });
    if (certainty === null) return;
    this.#pending.delete(seq);
    this.#highestIndex = Math.max(this.#highestIndex, index);
    const query = this.#ordered.get(seq);
    const { command } = request;
    const answer = { index, result, tentative: certainty === 'tentative' };
    if (query !== undefined && command.op === 'get') {
      this.#ordered.delete(seq);
      effects.push({ type: 'answered', query, key: command.key, served: 'log', ...answer });
    } else effects.push({ type: 'settled', seq, command, ...answer });
  }

  #onRead(
    from: ReplicaId,
    reply: Extract<ClientReply, { type: 'read' }>,
    effects: ClientEffect[],
  ): void {
    const { query, served, index, result } = reply;
    const pending = this.#queries.get(query);
    if (!pending) return;
    const { request, answers } = pending;
    if (isForAll(request)) {
      const { replicas, quorum } = this.#options;
      const certainty = answers.add(from, reply, { replies: quorum, quorum });
      if (certainty === null && answers.size === replicas.length) this.#order(request);
      if (certainty === null) return;
    }
    this.#queries.delete(query);
    this.#highestIndex = Math.max(this.#highestIndex, index);
    const { key } = request;
    effects.push({ type: 'answered', query, key, served, index, result, tentative: false });
  }

  /** So many replicas do not say the same, or do not answer: the read takes a place in the log after all. */
  #order({ query, key }: ClientQuery): void {
    this.#queries.delete(query);
    this.#ordered.set(this.#nextSeq, query);
    this.#waiting.push({ seq: this.#nextSeq++, command: { op: 'get', key } });
  }

  /** A refusal by whom it was sent to: at once to the leader, if another is known, else again with the timer. */
  #onRefused(
    from: ReplicaId,
    reply: Extract<ClientReply, { type: 'refused' | 'readRefused' }>,
    redirected: Map<ReplicaId, Pending[]>,
  ): void {
    const pending: Pending | undefined =
      reply.type === 'refused' ? this.#pending.get(reply.seq) : this.#queries.get(reply.query);
    if (pending?.sentTo !== from) return;
    const { leader } = this.#directory;
    if (leader === null || leader === from || pending.redirected) {
      pending.age = timersPerRetry;
      return;
    }
    pending.redirected = true;
    addTo(redirected, leader, pending);
  }

  /** What fits the window: the service keeps so many results of a client and no more. */
  #sendWaiting(): ClientEffect[] {
    this.#advanceAckedBelow();
    const windowEnd = this.#ackedBelow + limits.resultsPerClientMax;
    const fresh: Pending<ClientRequest>[] = [];
    for (const { seq, command } of this.#waiting) {
      if (seq >= windowEnd) break;
      const { self: client } = this.#options;
      const request = { client, seq, ackedBelow: this.#ackedBelow, command };
      const pending = newPending<ClientRequest>(request, this.target);
      this.#pending.set(seq, pending);
      fresh.push(pending);
    }
    this.#waiting.splice(0, fresh.length);
    return this.#send(this.target, fresh);
  }

  #advanceAckedBelow(): void {
    const sentBelow = this.#nextSeq - this.#waiting.length;
    while (this.#ackedBelow < sentBelow && !this.#pending.has(this.#ackedBelow)) this.#ackedBelow++;
  }

  /** Where replicas may lie, the one asked may be a liar: a retry goes to all. */
  #retry(due: readonly Pending[]): ClientEffect[] {
    if (this.#options.repliesNeeded > 1) {
      return this.#options.replicas.flatMap((replica) => this.#send(replica, due));
    }
    const byTarget = new Map<ReplicaId, Pending[]>();
    for (const pending of due) {
      addTo(byTarget, this.#directory.leader ?? this.#directory.after(pending.sentTo), pending);
    }
    return [...byTarget].flatMap(([to, list]) => this.#send(to, list));
  }

  #send(to: ReplicaId, list: readonly Pending[]): ClientEffect[] {
    for (const pending of list) {
      pending.sentTo = to;
      pending.age = 0;
    }
    const requests = list.map(({ request }) => request);
    return cutIntoBatches(requests, requestBytes, limits.requestsPerMessageMax).map((batch) => ({
      type: 'send',
      to,
      requests: batch,
    }));
  }

  #withTimer(effects: ClientEffect[]): readonly ClientEffect[] {
    if (this.#timerRuns || this.#pending.size + this.#queries.size === 0) return effects;
    this.#timerRuns = true;
    const ticks = Math.max(1, Math.ceil(this.#options.retryTicks / timersPerRetry));
    return [...effects, { type: 'setTimer', ticks }];
  }
}
