/** Seats with a database, for tests of the disk: no claims, no page. */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { MemberId } from '#protocols/core/ids.ts';
import { createIdentity } from '../../src/lib/room/identity.ts';
import { SeatRecords } from '../../src/lib/tab/seat-records.ts';

export const cluster = 'c'.repeat(64);

/** A new seat's id and its open records. */
export async function newSeat(): Promise<{ id: MemberId; records: SeatRecords }> {
  const { id, publicKey, secretKey } = createIdentity();
  const created = await SeatRecords.create({
    id,
    secretKey: bytesToHex(secretKey),
    publicKey: bytesToHex(publicKey),
    name: 'Ana',
    room: 'TEST',
    role: 'member',
    pageIncarnation: 1,
    replicaIncarnation: 0,
    createdAt: 0,
    lastSeen: 0,
  });
  if (!created.ok) throw new Error(created.error);
  return { id, records: created.records };
}

/** The seat's database as nobody in the product opens it: to look inside, and to do damage. */
export function openRaw(id: MemberId): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(`synod-seat-${id}`);
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error as DOMException);
  });
}

/** Runs `work` in one transaction on the journal, and closes the database. */
export async function inJournal<T>(
  id: MemberId,
  work: (journal: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const db = await openRaw(id);
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = db.transaction('journal', 'readwrite');
      const request = work(transaction.objectStore('journal'));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error as DOMException);
    });
  } finally {
    db.close();
  }
}
