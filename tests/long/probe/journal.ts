/** Reads the replica's journal from the disk, over a connection of its own, a little further at each call. */
import type { Write } from '#protocols/core/replica.ts';
import type { LogEntry } from '#protocols/raft/log.ts';
import type { ProbedPage, Promised, Row, Vote } from './types.ts';

/** Runs in the page. */
export function readJournals(): void {
  const page = globalThis as unknown as ProbedPage;
  const log: Row[] = [];
  const votesKept: Vote[] = [];
  const promises: { looked: number; broken: string[] } = { looked: 0, broken: [] };
  const recordsPerRead = 500;
  const logPrefix = 'log/';
  let term = 0;
  let lastNumber = -1;
  let db: IDBDatabase | null = null;

  const answerOf = <T>(request: IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error ?? new Error('the disk gave no answer'));
    });

  const indexOf = (key: string): number => Number(key.slice(logPrefix.length));

  function rowOf(entry: LogEntry): Row {
    if (entry.kind !== 'command') {
      return { term: entry.term, client: null, seq: 0, key: '', value: '' };
    }
    const { client, seq, command } = entry.request;
    const key = 'key' in command ? command.key : command.op;
    const value = 'value' in command ? command.value : '';
    return { term: entry.term, client, seq, key, value };
  }

  function noteVote(vote: string | null): void {
    const last = votesKept.at(-1);
    if (vote === null || (last?.[0] === term && last[1] === vote)) return;
    votesKept.push([term, vote]);
  }

  function noteTerm(next: number): void {
    if (next < term) page.gathered.contradictions.push(`its term went from ${term} to ${next}`);
    term = next;
  }

  function replay(write: Write): void {
    if (write.type === 'put' && write.key.startsWith(logPrefix)) {
      log[indexOf(write.key) - 1] = rowOf(write.value as unknown as LogEntry);
    } else if (write.type === 'put' && write.key === 'term') noteTerm(write.value as number);
    else if (write.type === 'put' && write.key === 'vote') noteVote(write.value as string | null);
    else if (write.type === 'put') {
      page.gathered.complaints.push(`on its disk: ${write.key} ${JSON.stringify(write.value)}`);
    } else if (write.type === 'deleteRange' && write.from.startsWith(logPrefix)) {
      log.length = Math.min(log.length, indexOf(write.from) - 1);
    }
  }

  async function readFurther(connection: IDBDatabase, cluster: string): Promise<void> {
    const journal = connection.transaction('journal', 'readonly').objectStore('journal');
    for (;;) {
      const range = IDBKeyRange.bound([cluster, lastNumber], [cluster, Infinity], true);
      const [keys, records] = await Promise.all([
        answerOf(journal.getAllKeys(range, recordsPerRead)),
        answerOf(journal.getAll(range, recordsPerRead)),
      ]);
      const bodies = (records as { readonly body: string }[]).map(({ body }) => body);
      for (const body of bodies) for (const write of JSON.parse(body) as Write[]) replay(write);
      const last = keys.at(-1);
      if (!Array.isArray(last)) return;
      lastNumber = last[1] as number;
    }
  }

  /**
   * Within a term a follower's log only grows. In a later one a new leader may have shortened it, so that an older
   * promise says nothing any more.
   */
  function holdToPromise(promised: Promised): void {
    if (promised.index === 0) return;
    promises.looked++;
    if (term > promised.term || (term === promised.term && log.length >= promised.index)) return;
    const held = `its disk holds ${log.length} entries and term ${term}`;
    promises.broken.push(`entry ${promised.index} acknowledged in term ${promised.term}, ${held}`);
  }

  let reading = Promise.resolve();
  async function read(): Promise<void> {
    const session = page.synod.screen?.session;
    const cluster = session?.run?.setting.cluster;
    if (!session || !cluster) return;
    db ??= await answerOf(indexedDB.open(`synod-seat-${session.id}`));
    const { promised } = page.gathered;
    await readFurther(db, cluster);
    holdToPromise(promised);
  }

  const journal: ProbedPage['journal'] = {
    log,
    votesKept,
    promises,
    read: () => (reading = reading.then(read)),
  };
  Object.assign(page, { journal });
}
