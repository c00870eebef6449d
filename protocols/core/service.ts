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
import { KeyValueStore } from './state-machine.ts';

interface Session {
  /** Every result below has been seen by the client and is forgotten. */
  ackedBelow: number;
  readonly results: Map<number, Outcome>;
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
});
/** Everything a replica needs to go on from here: sorted, so that equal states give equal texts. */
export type ServiceSnapshot = v.InferOutput<typeof serviceSnapshotSchema>;

export class Service {
  readonly store = new KeyValueStore();
  readonly #sessions = new Map<ClientId, Session>();
  #stopped = false;

  /** Whether a `stop` executed: nothing executes any more. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Executes `request` at `index` of the log, unless it executed before: then its first outcome comes again. */
  execute(request: ClientRequest, index: number): Outcome {
    const { client, seq, command } = request;
    const known = this.#sessions.get(client);
    const recorded = known?.results.get(seq);
    if (recorded) return recorded;
    if (this.#stopped) return refuse(index, 'epoch-ended');
    if (known && seq < known.ackedBelow) return refuse(index, 'session-expired');
    // A session that is not in the table and has forgotten results is one this table has lost: running its
    // requests might run them twice.
    if (!known && request.ackedBelow > 1) return refuse(index, 'session-expired');
    if (!known && this.#sessions.size >= limits.clientSessionsMax) {
      return refuse(index, 'too-many-clients');
    }
    const session = known ?? { ackedBelow: 1, results: new Map<number, Outcome>() };
    forgetBelow(session, Math.min(request.ackedBelow, seq));
    if (session.results.size >= limits.resultsPerClientMax) {
      return refuse(index, 'too-many-in-flight');
    }
    if (!known) this.#sessions.set(client, session);
    const outcome = { index, result: this.#run(command) };
    session.results.set(seq, outcome);
    return outcome;
  }

  /** Reads without executing anything. After a `stop` the next epoch may know better already. */
  query(key: string): Result {
    if (this.#stopped) return { ok: false, error: 'epoch-ended', value: null };
    return this.store.apply({ op: 'get', key });
  }

  snapshot(): ServiceSnapshot {
    const sessions = [...this.#sessions].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      store: this.store.snapshot().map(([key, value]) => [key, value]),
      sessions: sessions.map(([client, { ackedBelow, results }]) => [
        client,
        ackedBelow,
        [...results]
          .sort(([a], [b]) => a - b)
          .map(([seq, { index, result }]) => [seq, index, result]),
      ]),
    };
  }

  /** Takes over `snapshot` as the start of an epoch: a `stop` of the epoch before no longer holds. */
  restore(snapshot: ServiceSnapshot): void {
    this.store.restore(snapshot.store);
    this.#sessions.clear();
    for (const [client, ackedBelow, results] of snapshot.sessions) {
      const outcomes = results.map(([seq, index, result]): [number, Outcome] => [
        seq,
        { index, result },
      ]);
      this.#sessions.set(client, { ackedBelow, results: new Map(outcomes) });
    }
    this.#stopped = false;
  }

  /** 64 lowercase hex digits over store and client table. Equal on replicas that executed the same prefix. */
  digest(): string {
    const sessions = sha256Hex(JSON.stringify(this.snapshot().sessions));
    return sha256Hex(`synod/service/1 ${this.store.digest()} ${sessions}`);
  }

  #run(command: ClientRequest['command']): Result {
    if (command.op !== 'stop') return this.store.apply(command);
    this.#stopped = true;
    return { ok: true, value: command.successor };
  }
}

function refuse(index: number, error: (Result & { ok: false })['error']): Outcome {
  return { index, result: { ok: false, error, value: null } };
}

/** Costs what is forgotten, or what is kept, whichever is less: `ackedBelow` comes from outside and may leap. */
function forgetBelow(session: Session, ackedBelow: number): void {
  const { results } = session;
  if (ackedBelow - session.ackedBelow <= results.size) {
    for (let seq = session.ackedBelow; seq < ackedBelow; seq++) results.delete(seq);
  } else {
    for (const seq of results.keys()) if (seq < ackedBelow) results.delete(seq);
  }
  session.ackedBelow = Math.max(session.ackedBelow, ackedBelow);
}
