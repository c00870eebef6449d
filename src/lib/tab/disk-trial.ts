/** Whether this browser's disk takes a write as a replica needs it, and how long it takes. */
import { deleteDB, openDB } from 'idb';

const trial = 'synod-trial';

/** Milliseconds of one strict write of 256 bytes, the best of a few; `null`: it cannot write. Leaves nothing behind. */
export async function tryDisk(): Promise<number | null> {
  try {
    const db = await openDB(trial, 1, { upgrade: (fresh) => void fresh.createObjectStore(trial) });
    try {
      let best = Infinity;
      for (let i = 0; i < 5; i++) {
        const startedAt = performance.now();
        const transaction = db.transaction(trial, 'readwrite', { durability: 'strict' });
        await transaction.store.put(new Uint8Array(256), i);
        await transaction.done;
        best = Math.min(best, performance.now() - startedAt);
      }
      return best;
    } finally {
      db.close();
      await deleteDB(trial);
    }
  } catch {
    return null;
  }
}
