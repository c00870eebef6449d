/** What a replica has seen signed survives its worker, within bounds, and is held to its form when it is read back. */
import { afterEach, expect, test } from 'vitest';
import type { MemberId } from '#protocols/core/ids.ts';
import type { Signed } from '#protocols/core/signed.ts';
import { pbftAccountability } from '#protocols/pbft/evidence.ts';
import { deleteSeatDb } from '../../src/lib/tab/seat-db.ts';
import {
  recordsMax,
  StatementStore,
  statementsPerRecordMax,
} from '../../src/lib/tab/statement-store.ts';
import { by, commit } from '../protocols/pbft/testimony.ts';
import { cluster, newSeat, openRaw } from './seats-for-tests.ts';

const made: MemberId[] = [];
afterEach(async () => {
  for (const id of made.splice(0)) expect(await deleteSeatDb(id)).toEqual({ ok: true });
});

async function seat() {
  const { id, records } = await newSeat();
  records.close();
  made.push(id);
  const open = (epoch = cluster) => new StatementStore(id, epoch, pbftAccountability.statement);
  return { id, open };
}

const vote = (n: number): Signed => by(1, commit(0, n, 'a'));
const slotsOf = (statements: readonly Signed[]) =>
  statements.map(({ body }) => ('n' in body ? body.n : null));

test('[B.4] the next life reads what this one heard, each once, oldest first', async () => {
  const { open } = await seat();
  const first = open();
  expect(await first.load()).toEqual([]);
  for (const n of [1, 2, 2, 3]) first.keep(vote(n));
  await first.flush();
  for (const n of [3, 4]) first.keep(vote(n));
  await first.flush();
  await first.flush();
  expect(await open().load()).toEqual([1, 2, 3, 4].map(vote));
  const next = open();
  await next.load();
  next.keep(vote(5));
  await next.flush();
  expect(slotsOf(await open().load())).toEqual([1, 2, 3, 4, 5]);
});

test('memory is bounded: of a second the newest, of all records the newest', async () => {
  const { open } = await seat();
  const store = open();
  await store.load();
  for (let n = 1; n <= statementsPerRecordMax + 3; n++) store.keep(vote(n));
  await store.flush();
  const kept = slotsOf(await open().load());
  expect([kept.length, kept[0]]).toEqual([statementsPerRecordMax, 4]);
  for (let n = 1; n <= recordsMax; n++) {
    store.keep(vote(10_000 + n));
    await store.flush();
  }
  expect(slotsOf(await open().load())).toEqual(
    Array.from({ length: recordsMax }, (_, i) => 10_001 + i),
  );
});

test('what is of another epoch is gone, and what has no form of the protocol is not read', async () => {
  const { id, open } = await seat();
  const store = open();
  await store.load();
  store.keep(vote(1));
  await store.flush();
  const db = await openRaw(id);
  const strange = { ...vote(7), signature: 'none' };
  const transaction = db.transaction('statements', 'readwrite');
  const statements = transaction.objectStore('statements');
  statements.put({ number: 1, body: JSON.stringify([strange, vote(2)]) }, [cluster, 1]);
  statements.put({ number: 2, body: '[' }, [cluster, 2]);
  statements.put('nothing', [cluster, 3]);
  await new Promise((resolve) => (transaction.oncomplete = resolve));
  db.close();
  expect(slotsOf(await open().load())).toEqual([1, 2]);
  expect(await open('0'.repeat(16)).load()).toEqual([]);
  expect(await open().load()).toEqual([]);
});

test('where there is no seat there is no memory, and nothing throws', async () => {
  const { id, open } = await seat();
  await deleteSeatDb(id);
  const store = open();
  expect(await store.load()).toEqual([]);
  store.keep(vote(1));
  await store.flush();
});
