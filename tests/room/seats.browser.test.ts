import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { isMemberId } from '#protocols/core/ids.ts';
import { verifySignature } from '../../src/lib/room/identity.ts';
import type * as SeatsModule from '../../src/lib/room/seats.ts';
import {
  createSeat,
  forget,
  forgetAll,
  offers,
  openSeat,
  requestPersistence,
  resumeSeat,
  wipe,
  type Seat,
  type SeatOutcome,
} from '../../src/lib/room/seats.ts';
import { SeatDisk } from '../../src/lib/tab/disk.ts';
import { deleteSeatDb } from '../../src/lib/tab/seat-db.ts';
import { persist } from '../host/storage-contract.ts';
import { put } from '../host/storage-entries.ts';
import { openRaw } from '../tab/seats-for-tests.ts';
import { openPage, type OtherPage } from './pages.ts';

const url = new URL('../../src/lib/room/seats.ts', import.meta.url).href;
const ana = { room: 'K7PQ2X', name: 'Ana', role: 'member' } as const;

async function take(outcome: Promise<SeatOutcome>): Promise<Seat> {
  const taken = await outcome;
  if (!taken.ok) throw new Error(taken.error);
  return taken.seat;
}

/** As if this tab were another: nothing is known of the seats it held. */
const asNewTab = (): void => sessionStorage.clear();

beforeEach(async () => {
  expect(await forgetAll()).toMatchObject({ left: [] });
  asNewTab();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe('coming back', () => {
  test('a reload returns to the same seat, key and records, as one page load more', async () => {
    const seat = await take(createSeat(ana));
    expect(await seat.put('genesis', { epoch: 1 })).toEqual({ ok: true });
    seat.close();
    const again = await take(resumeSeat(ana.room));
    expect(again.identity).toEqual(seat.identity);
    expect([again.name, again.room, again.role]).toEqual(['Ana', 'K7PQ2X', 'member']);
    expect([seat.pageIncarnation, again.pageIncarnation]).toEqual([1, 2]);
    expect(await again.get('genesis')).toEqual({ ok: true, value: { epoch: 1 } });
    expect(await again.get('never put')).toEqual({ ok: true, value: undefined });
    const message = new Uint8Array([1, 2, 3]);
    const signature = await again.signer.sign(message);
    expect(await verifySignature(seat.identity.publicKey, message, signature)).toBe(true);
    again.close();
  });

  test('the count of page loads is on the disk before anyone can use it', async () => {
    const seat = await take(createSeat(ana));
    seat.close();
    const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction');
    const again = await take(openSeat(seat.id));
    expect(transaction.mock.calls.at(-1)).toEqual([
      'identity',
      'readwrite',
      { durability: 'strict' },
    ]);
    const db = await openRaw(seat.id);
    const stored = await new Promise((resolve) => {
      const request = db.transaction('identity').objectStore('identity').get('seat');
      request.onsuccess = () => resolve(request.result);
    });
    expect(stored).toMatchObject({ pageIncarnation: again.pageIncarnation });
    db.close();
    again.close();
  });

  test('a tab that was never in the room is told so', async () => {
    expect(await resumeSeat(ana.room)).toMatchObject({ ok: false, why: 'none' });
  });

  test('a duplicated tab finds its seat held', async () => {
    const seat = await take(createSeat(ana));
    // A frame of the same tab shares its sessionStorage: it has the copy a duplicated tab would have.
    const copy: OtherPage<typeof SeatsModule> = await openPage(url);
    expect(await copy.module.resumeSeat(ana.room)).toMatchObject({ ok: false, why: 'held' });
    copy.close();
    seat.close();
  });

  test('a seat whose disk is gone is lost, which is not the same as never having had one', async () => {
    const seat = await take(createSeat(ana));
    seat.close();
    await deleteSeatDb(seat.id);
    expect(await resumeSeat(ana.room)).toMatchObject({ ok: false, why: 'lost' });
    expect(await offers()).toEqual([]);
    const stranger = await take(createSeat(ana));
    expect(stranger.id).not.toBe(seat.id);
    stranger.close();
    (await take(resumeSeat(ana.room))).close();
  });

  test('starts of replicas are counted on, over page loads and epochs', async () => {
    const seat = await take(createSeat(ana));
    expect(await seat.nextReplicaIncarnation()).toEqual({ ok: true, incarnation: 1 });
    expect(await seat.nextReplicaIncarnation()).toEqual({ ok: true, incarnation: 2 });
    seat.close();
    const again = await take(openSeat(seat.id));
    expect(await again.nextReplicaIncarnation()).toEqual({ ok: true, incarnation: 3 });
    again.close();
    expect(await again.nextReplicaIncarnation()).toMatchObject({ ok: false });
  });

  test('a new name, role and room are kept', async () => {
    const seat = await take(createSeat({ ...ana, room: '' }));
    await seat.rename('Ana Maria');
    await seat.setRole('facilitator');
    await seat.settleIn('ZZZZZZ');
    expect([seat.name, seat.role, seat.room]).toEqual(['Ana Maria', 'facilitator', 'ZZZZZZ']);
    seat.close();
    const again = await take(resumeSeat('ZZZZZZ'));
    expect([again.name, again.role, again.room]).toEqual(['Ana Maria', 'facilitator', 'ZZZZZZ']);
    again.close();
  });
});

describe('who scans the code again', () => {
  test('is offered the seats of this browser in that room that nobody holds, the last used first', async () => {
    const seats: Seat[] = [];
    for (const name of ['Ana', 'Ben', 'Eva']) {
      vi.spyOn(Date, 'now').mockReturnValue(1_000 + seats.length);
      seats.push(await take(createSeat({ ...ana, name })));
    }
    vi.restoreAllMocks();
    const elsewhere = await take(createSeat({ ...ana, room: 'OTHER2' }));
    for (const seat of [seats[0], seats[2], elsewhere]) seat?.close();
    asNewTab();
    expect((await offers(ana.room)).map(({ name }) => name)).toEqual(['Eva', 'Ana']);
    expect(await offers()).toHaveLength(3);
    expect(Object.keys((await offers(ana.room))[0] ?? {})).not.toContain('secretKey');
    seats[1]?.close();
  });

  test('is offered them where the browser cannot list its databases', async () => {
    (await take(createSeat(ana))).close();
    vi.stubGlobal('indexedDB', {
      open: indexedDB.open.bind(indexedDB),
      deleteDatabase: indexedDB.deleteDatabase.bind(indexedDB),
    });
    expect(await offers(ana.room)).toMatchObject([{ name: 'Ana' }]);
    expect(await forgetAll()).toEqual({ deleted: 1, left: [] });
    expect(await offers(ana.room)).toEqual([]);
  });

  test('may take the offer, and is that member again', async () => {
    const seat = await take(createSeat(ana));
    seat.close();
    asNewTab();
    const [offer] = await offers(ana.room);
    const again = await take(openSeat(offer?.id ?? seat.id));
    expect(again.id).toBe(seat.id);
    again.close();
    (await take(resumeSeat(ana.room))).close();
  });
});

describe('forgetting', () => {
  test('deletes key and log, and tells the tab that holds the seat to stop', async () => {
    const other: OtherPage<typeof SeatsModule> = await openPage(url);
    const seat = await take(other.module.createSeat(ana));
    const told = new Promise<string>((resolve) => seat.onGone(resolve));
    const disk = new SeatDisk(seat.id, 'c');
    await disk.load();
    expect(await forget(seat.id)).toEqual({ ok: true });
    expect(await told).toContain('forgotten');
    expect(await persist(disk, [put('term', 1)])).toMatchObject({ ok: false });
    expect(await seat.put('genesis', 1)).toMatchObject({ ok: false });
    expect(await openSeat(seat.id)).toMatchObject({ ok: false, why: 'lost' });
    other.close();
  });

  test('everything counts what was deleted, and names what a tab would not let go of', async () => {
    const seats = [await take(createSeat(ana)), await take(createSeat({ ...ana, name: 'Ben' }))];
    const stuck = await openRaw(seats[1]?.id ?? ('' as never));
    stuck.onversionchange = null;
    expect(await forgetAll()).toEqual({ deleted: 1, left: [seats[1]?.id] });
    stuck.close();
    // Its deletion was only put off.
    await vi.waitFor(async () => expect(await offers()).toEqual([]));
  });

  test('a seat that is not there is no failure', async () => {
    const seat = await take(createSeat(ana));
    seat.close();
    expect(await forget(seat.id)).toEqual({ ok: true });
    expect(await forget(seat.id)).toEqual({ ok: true });
  });

  test('a wiped disk comes back as a stranger of the same name, with an empty log', async () => {
    const seat = await take(createSeat(ana));
    const disk = new SeatDisk(seat.id, 'c');
    await disk.load();
    await persist(disk, [put('vote', 'ben')]);
    disk.close();
    const wiped = await take(wipe(seat));
    expect(wiped.id).not.toBe(seat.id);
    expect(isMemberId(wiped.id)).toBe(true);
    expect([wiped.name, wiped.room]).toEqual(['Ana', 'K7PQ2X']);
    const fresh = new SeatDisk(wiped.id, 'c');
    const loaded = await fresh.load();
    expect(loaded.ok && loaded.durable.size).toBe(0);
    fresh.close();
    expect(await openSeat(seat.id)).toMatchObject({ ok: false, why: 'lost' });
    wiped.close();
    const again = await take(resumeSeat(ana.room));
    expect(again.id).toBe(wiped.id);
    again.close();
  });
});

describe('a browser that keeps little', () => {
  test('and refuses localStorage and sessionStorage still gives a seat', async () => {
    const refusing = new Proxy({} as Storage, {
      get: () => () => {
        throw new DOMException('refused', 'SecurityError');
      },
    });
    vi.stubGlobal('localStorage', refusing);
    vi.stubGlobal('sessionStorage', refusing);
    const seat = await take(createSeat(ana));
    expect(await resumeSeat(ana.room)).toMatchObject({ ok: false, why: 'none' });
    seat.close();
  });

  test('and has no IndexedDB says what to do', async () => {
    vi.stubGlobal('indexedDB', undefined);
    expect(await createSeat(ana)).toMatchObject({
      ok: false,
      why: 'failed',
      error: expect.stringContaining('allow site data'),
    });
    expect(await offers()).toEqual([]);
  });

  test('says whether it promised to keep the seats', async () => {
    expect(['persisted', 'best effort']).toContain(await requestPersistence());
    vi.stubGlobal('navigator', {});
    expect(await requestPersistence()).toBe('best effort');
  });

  test('and has no secure context gives and guards a seat all the same', async () => {
    vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
    vi.stubGlobal('navigator', {});
    const seat = await take(createSeat(ana));
    expect(await offers(ana.room)).toEqual([]);
    expect(await openSeat(seat.id)).toMatchObject({ ok: false, why: 'held' });
    const message = new Uint8Array([4, 5]);
    const signature = await seat.signer.sign(message);
    expect(await verifySignature(seat.identity.publicKey, message, signature)).toBe(true);
    seat.close();
    (await take(openSeat(seat.id))).close();
  });
});
