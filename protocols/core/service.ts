/**
 * What a replicated log drives: the store, the table that makes each `(client, seq)` execute at most once, and the
 * `stop` that ends an epoch. One for all protocols, deterministic, and part of every snapshot.
 */
import * as v from 'valibot';
import { clientIdSchema, integerSchema, resultSchema } from './client.ts';
import type { ClientRequest, Result } from './client.ts';
import { sha256Hex } from './digest.ts';
import type { ClientId } from './ids.ts';
import { limits } from './limits.ts';
import { NumberTable } from './number-table.ts';
import { KeyValueStore } from './state-machine.ts';

interface Session {
  readonly client: ClientId;
  /** Every result below has been seen by the client and is forgotten. */
  ackedBelow: number;
  readonly results: NumberTable<Outcome>;
  /** Index of its last request. */
  lastUsed: number;
  /** Its neighbours in the list of sessions by last use. */
  older: Session | null;
  newer: Session | null;
}

/** What executing a request gave, and at which index of the log; the same again for a retry. */
export interface Outcome {
  readonly index: number;
  readonly result: Result;
}

const sessionSchema = v.strictTuple([
  clientIdSchema,
  integerSchema,
  v.pipe(
    v.array(v.strictTuple([integerSchema, integerSchema, resultSchema])),
    v.maxLength(limits.resultsPerClientMax),
  ),
]);
const pairSchema = v.strictTuple([v.string(), v.string()]);

/** The wire form of {@link ServiceSnapshot}, bounded in count; the bytes are bounded before the parse. */
export const serviceSnapshotSchema = v.strictObject({
  store: v.array(pairSchema),
  sessions: v.pipe(v.array(sessionSchema), v.maxLength(limits.clientSessionsMax)),
  /** Sessions that were forgotten: none of them may open again. */
  expired: v.pipe(v.array(clientIdSchema), v.maxLength(limits.expiredSessionsMax)),
});
/** Everything a replica needs to go on from here: sorted, so that equal states give equal texts. */
export type ServiceSnapshot = v.InferOutput<typeof serviceSnapshotSchema>;

/**
 * A snapshot to go on from within the epoch: it holds also where each session was last used, in the order of
 * `sessions`, and where a `stop` executed.
 */
export const serviceCheckpointSchema = v.pipe(
  v.strictObject({
    ...serviceSnapshotSchema.entries,
    lastUsed: v.pipe(v.array(integerSchema), v.maxLength(limits.clientSessionsMax)),
    stoppedAt: v.nullable(integerSchema),
  }),
  v.check(({ sessions, lastUsed }) => sessions.length === lastUsed.length),
);
export type ServiceCheckpoint = v.InferOutput<typeof serviceCheckpointSchema>;

/** Besides its value, what one kept result costs in bytes: its numbers and its place in a table. */
const resultFrameBytes = 64;

export class Service {
  readonly store = new KeyValueStore();
  readonly #sessions = new Map<ClientId, Session>();
  /** Ends of the list of sessions by last use: a map that is written to at each use costs more than all the rest. */
  #oldest: Session | null = null;
  #newest: Session | null = null;
  readonly #expired = new Set<ClientId>();
  #resultBytes = 0;
  #stoppedAt: number | null = null;

  /** Whether a `stop` executed: nothing executes any more. */
  get stopped(): boolean {
    return this.#stoppedAt !== null;
  }

  /** Everybody whose commands executed, here or in an epoch before. */
  get clients(): ClientId[] {
    return [...this.#sessions.keys(), ...this.#expired];
  }

  /** The index at which a `stop` executed, `null` before. */
  get stoppedAt(): number | null {
    return this.#stoppedAt;
  }

  /**
   * Executes `request` at `index` of the log, unless it executed before: then its first outcome comes again. A session
   * opens with its first request, once: what an expired one sends is refused, since it might have executed before.
   */
  execute(request: ClientRequest, index: number): Outcome {
    const { client, seq, command } = request;
    // The state at a `stop` is what the next epoch starts from: nothing may change it any more.
    if (!this.stopped) this.#expireIdle(index);
    const known = this.#sessions.get(client);
    if (known && !this.stopped) this.#use(known, index);
    const recorded = known?.results.get(seq);
    if (recorded) return recorded;
    if (this.stopped) return refuse(index, 'epoch-ended');
    if (known ? seq < known.ackedBelow : this.#expired.has(client) || request.ackedBelow > 1) {
      return refuse(index, 'session-expired');
    }
    if (!known && !this.#hasRoomForSession()) return refuse(index, 'too-many-clients');
    const session = known ?? newSession(client);
    this.#forgetBelow(session, Math.min(request.ackedBelow, seq));
    const full = session.results.size >= limits.resultsPerClientMax;
    if (full || this.#resultBytes >= limits.resultBytesMax) {
      return refuse(index, 'too-many-in-flight');
    }
    if (!known) this.#open(session, index);
    const outcome = { index, result: this.#run(command, index) };
    session.results.set(seq, outcome);
    this.#resultBytes += bytesOf(outcome);
    return outcome;
  }

  /** What executing `request` gave, if it did: `'forgotten'` once its client has the answer, `null` if nothing is known of it. */
  outcomeOf({ client, seq }: Pick<ClientRequest, 'client' | 'seq'>): Outcome | 'forgotten' | null {
    const session = this.#sessions.get(client);
    const recorded = session?.results.get(seq);
    if (recorded) return recorded;
    return session && seq < session.ackedBelow ? 'forgotten' : null;
  }

  /** Reads without executing anything. After a `stop` the next epoch may know better already. */
  query(key: string): Result {
    if (this.stopped) return { ok: false, error: 'epoch-ended', value: null };
    return this.store.apply({ op: 'get', key });
  }

  snapshot(): ServiceSnapshot {
    return {
      store: this.store.snapshot(),
      sessions: this.#sorted().map(([client, { ackedBelow, results }]) => [
        client,
        ackedBelow,
        results.entries().map(([seq, { index, result }]) => [seq, index, result]),
      ]),
      expired: [...this.#expired].sort(),
    };
  }

  /** Everything that executing goes on from, at any place of the epoch. */
  checkpoint(): ServiceCheckpoint {
    const lastUsed = this.#sorted().map(([, session]) => session.lastUsed);
    return { ...this.snapshot(), lastUsed, stoppedAt: this.#stoppedAt };
  }

  /** Takes over `snapshot` as the start of an epoch: its log begins anew, and no `stop` is in it yet. */
  restore(snapshot: ServiceSnapshot): void {
    const lastUsed = snapshot.sessions.map(() => 0);
    this.resume({ ...snapshot, lastUsed, stoppedAt: null });
  }

  /** Takes over `checkpoint`, of the same epoch. */
  resume({ store, sessions, expired, lastUsed, stoppedAt }: ServiceCheckpoint): void {
    this.store.restore(store);
    this.#expired.clear();
    for (const client of expired) this.#expired.add(client);
    this.#sessions.clear();
    this.#oldest = this.#newest = null;
    this.#resultBytes = 0;
    const read = sessions.map(([client, ackedBelow, results], i): Session => {
      const session = { ...newSession(client), ackedBelow, lastUsed: lastUsed[i] ?? 0 };
      for (const [seq, index, result] of results) session.results.set(seq, { index, result });
      return session;
    });
    for (const session of read.sort((a, b) => a.lastUsed - b.lastUsed)) {
      this.#open(session, session.lastUsed);
      for (const [, outcome] of session.results.entries()) this.#resultBytes += bytesOf(outcome);
    }
    this.#stoppedAt = stoppedAt;
  }

  /** 64 lowercase hex digits over store and client table. Equal on replicas that executed the same prefix. */
  digest(): string {
    const { sessions, expired } = this.snapshot();
    const table = sha256Hex(JSON.stringify([sessions, expired]));
    return sha256Hex(`synod/service/2 ${this.store.digest()} ${table}`);
  }

  #sorted(): [ClientId, Session][] {
    return [...this.#sessions].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  #hasRoomForSession(): boolean {
    if (this.#expired.size + this.#sessions.size >= limits.expiredSessionsMax) return false;
    return this.#sessions.size < limits.clientSessionsMax;
  }

  /** Deterministic: by positions of the log, which all replicas share, and not by time, which they do not. */
  #expireIdle(index: number): void {
    for (
      let session = this.#oldest;
      session && index - session.lastUsed > limits.sessionIdleEntriesMax;
      session = this.#oldest
    ) {
      this.#unlink(session);
      this.#sessions.delete(session.client);
      this.#expired.add(session.client);
      for (const [, outcome] of session.results.entries()) this.#resultBytes -= bytesOf(outcome);
    }
  }

  #open(session: Session, index: number): void {
    this.#sessions.set(session.client, session);
    session.lastUsed = index;
    this.#link(session);
  }

  #use(session: Session, index: number): void {
    session.lastUsed = index;
    if (session === this.#newest) return;
    this.#unlink(session);
    this.#link(session);
  }

  #link(session: Session): void {
    session.older = this.#newest;
    if (this.#newest) this.#newest.newer = session;
    else this.#oldest = session;
    this.#newest = session;
  }

  #unlink(session: Session): void {
    const { older, newer } = session;
    if (older) older.newer = newer;
    else this.#oldest = newer;
    if (newer) newer.older = older;
    else this.#newest = older;
    session.older = session.newer = null;
  }

  /** Costs what is forgotten, or what is kept, whichever is less: `ackedBelow` comes from outside and may leap. */
  #forgetBelow(session: Session, ackedBelow: number): void {
    const { results } = session;
    if (ackedBelow - session.ackedBelow <= results.size) {
      for (let seq = session.ackedBelow; seq < ackedBelow; seq++) this.#forget(results, seq);
    } else {
      for (const [seq] of results.entries()) if (seq < ackedBelow) this.#forget(results, seq);
    }
    session.ackedBelow = Math.max(session.ackedBelow, ackedBelow);
  }

  #forget(results: NumberTable<Outcome>, seq: number): void {
    const outcome = results.get(seq);
    if (!outcome) return;
    this.#resultBytes -= bytesOf(outcome);
    results.delete(seq);
  }

  #run(command: ClientRequest['command'], index: number): Result {
    if (command.op !== 'stop') return this.store.apply(command);
    this.#stoppedAt = index;
    return { ok: true, value: command.successor };
  }
}

function newSession(client: ClientId): Session {
  return {
    client,
    ackedBelow: 1,
    results: new NumberTable(),
    lastUsed: 0,
    older: null,
    newer: null,
  };
}

function bytesOf({ result }: Outcome): number {
  return resultFrameBytes + 2 * (result.value?.length ?? 0);
}

function refuse(index: number, error: (Result & { ok: false })['error']): Outcome {
  return { index, result: { ok: false, error, value: null } };
}
