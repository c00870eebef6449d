/**
 * What a replica has seen signed, on its seat's disk, so that a crash takes no more of it than the last second. Nothing
 * of the protocol rests on it: writes are relaxed, a failed one is forgotten, and what is read back is held to its form
 * and judged like anything else that somebody shows.
 */
import * as v from 'valibot';
import type { MemberId } from '#protocols/core/ids.ts';
import { limits } from '#protocols/core/limits.ts';
import type { Signed } from '#protocols/core/signed.ts';
import { openSeatDb, type SeatDb } from './seat-db.ts';

/** Records kept; the oldest gives way. */
export const recordsMax = 16;
/** Statements of one record: with all records, as many as a replica keeps in memory. */
export const statementsPerRecordMax = limits.statementsArchivedMax / recordsMax;
/** Characters of one record, unless one statement alone has more. */
const recordCharactersMax = 524_288;

const recordSchema = v.object({ number: v.pipe(v.number(), v.safeInteger()), body: v.string() });

export class StatementStore {
  readonly #member: MemberId;
  readonly #cluster: string;
  readonly #statement: v.GenericSchema<unknown, Signed>;
  #db: SeatDb | null = null;
  /** Number of the record to be written next. */
  #next = 0;
  /** Heard since the last record, by signature. */
  #heard = new Map<string, Signed>();
  /** Signatures of the record before: what comes twice mostly comes twice within a second. */
  #written: ReadonlySet<string> = new Set();

  /** @param statement the form of what the protocol signs */
  constructor(member: MemberId, cluster: string, statement: v.GenericSchema<unknown, Signed>) {
    this.#member = member;
    this.#cluster = cluster;
    this.#statement = statement;
  }

  /** What earlier lives heard in this epoch, oldest first; nothing if it cannot be read. Deletes what is of other epochs. */
  async load(): Promise<Signed[]> {
    const opened = await openSeatDb(this.#member, 'existing', () => (this.#db = null));
    if (!opened.ok) return [];
    this.#db = opened.db;
    try {
      const transaction = opened.db.transaction('statements', 'readwrite');
      const { store } = transaction;
      for (const key of await store.getAllKeys()) {
        if (key[0] !== this.#cluster) void store.delete(key);
      }
      const records = (await store.getAll()).flatMap((record) => {
        const parsed = v.safeParse(recordSchema, record);
        return parsed.success ? [parsed.output] : [];
      });
      await transaction.done;
      records.sort((a, b) => a.number - b.number);
      this.#next = (records.at(-1)?.number ?? -1) + 1;
      return records.flatMap(({ body }) => this.#read(body));
    } catch {
      return [];
    }
  }

  /** Heard just now: the next record has it. */
  readonly keep = (statement: Signed): void => {
    const { signature } = statement;
    if (this.#heard.has(signature) || this.#written.has(signature)) return;
    this.#heard.set(signature, statement);
    if (this.#heard.size <= statementsPerRecordMax) return;
    for (const oldest of this.#heard.keys()) {
      this.#heard.delete(oldest);
      break;
    }
  };

  /** Writes what was heard. Resolves when it is done or has failed. */
  async flush(): Promise<void> {
    const db = this.#db;
    if (!db || this.#heard.size === 0) return;
    const heard = [...this.#heard.values()];
    this.#written = new Set(this.#heard.keys());
    this.#heard = new Map();
    const number = this.#next++;
    const record = { number, body: bodyOf(heard) };
    try {
      const options = { durability: 'relaxed' } as const;
      const transaction = db.transaction('statements', 'readwrite', options);
      const put = transaction.store.put(record, [this.#cluster, number % recordsMax]);
      transaction.commit();
      await Promise.all([put, transaction.done]);
    } catch {
      // A full disk stops the replica where it must be heard; here something is missing after a crash.
    }
  }

  #read(body: string): Signed[] {
    let value: unknown;
    try {
      value = JSON.parse(body);
    } catch {
      return [];
    }
    if (!Array.isArray(value)) return [];
    return value.flatMap((one: unknown) => {
      const parsed = v.safeParse(this.#statement, one);
      return parsed.success ? [parsed.output] : [];
    });
  }
}

/** The newest of `statements` that fit one record, oldest first. */
function bodyOf(statements: readonly Signed[]): string {
  const pieces: string[] = [];
  let characters = 0;
  for (const statement of [...statements].reverse()) {
    const piece = JSON.stringify(statement);
    characters += piece.length + 1;
    if (pieces.length > 0 && characters > recordCharactersMax) break;
    pieces.unshift(piece);
  }
  return `[${pieces.join(',')}]`;
}
