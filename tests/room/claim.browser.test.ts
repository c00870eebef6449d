import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type * as ClaimModule from '../../src/lib/room/claim.ts';
import * as ownModule from '../../src/lib/room/claim.ts';
import { claimNewSeat, claimSeat, isHeld, type Claim } from '../../src/lib/room/claim.ts';
import { createIdentity } from '../../src/lib/room/identity.ts';
import { openPage, openPages, type OtherPage } from './pages.ts';

type Page = OtherPage<typeof ClaimModule>;
const url = new URL('../../src/lib/room/claim.ts', import.meta.url).href;
const newId = (): Claim['id'] => createIdentity().id;

/** A claim that must succeed. */
async function take(outcome: ReturnType<typeof claimSeat>): Promise<Claim> {
  const claimed = await outcome;
  if (!claimed.ok) throw new Error(claimed.error);
  return claimed.claim;
}

let pages: Page[];
beforeAll(async () => {
  pages = await openPages(url, 4);
});
afterAll(() => {
  for (const page of pages) page.close();
});

describe.each([
  ['with Web Locks', (page: typeof ClaimModule) => page.browserLocks()],
  ['without a secure context, by asking the tabs', () => null],
])('a claim %s', (_, locksOf) => {
  const claimIn = ({ module }: Page, id: Claim['id']): ReturnType<typeof claimSeat> =>
    module.claimSeat(id, locksOf(module));
  const isHeldIn = ({ module }: Page, id: Claim['id']): Promise<boolean> =>
    module.isHeld(id, locksOf(module));
  const here: Page = { module: ownModule, close: () => undefined };

  test('is refused while another page has the seat, and granted once it gave it back', async () => {
    const id = newId();
    const [other] = pages as [Page];
    const claim = await take(claimIn(other, id));
    expect(await claimIn(here, id)).toMatchObject({ ok: false, held: true });
    claim.release();
    (await take(claimIn(here, id))).release();
  });

  test('is refused to a second taker in the same page', async () => {
    const id = newId();
    const claim = await take(claimIn(here, id));
    expect(await claimIn(here, id)).toMatchObject({ ok: false, held: true });
    claim.release();
  });

  test('ends with its page', async () => {
    const id = newId();
    const other: Page = await openPage(url);
    await take(claimIn(other, id));
    other.close();
    (await take(claimIn(here, id))).release();
  });

  test('is granted to exactly one of four pages that ask at the same moment', async () => {
    const rounds = Array.from({ length: 8 }, async () => {
      const id = newId();
      const outcomes = await Promise.all(pages.map((page) => claimIn(page, id)));
      const granted = outcomes.filter(({ ok }) => ok);
      for (const outcome of granted) if (outcome.ok) outcome.claim.release();
      return granted.length;
    });
    expect(await Promise.all(rounds)).toEqual(rounds.map(() => 1));
  });

  test('can be seen from everywhere, without taking it', async () => {
    const id = newId();
    const [other, third] = pages as [Page, Page];
    expect(await isHeldIn(here, id)).toBe(false);
    const claim = await take(claimIn(other, id));
    const seen = [isHeldIn(here, id), isHeldIn(other, id), isHeldIn(third, id)];
    expect(await Promise.all(seen)).toEqual([true, true, true]);
    claim.release();
    // The browser hears of a released lock a moment later.
    await vi.waitFor(async () => expect(await isHeldIn(here, id)).toBe(false));
  });

  test('of another seat is no matter', async () => {
    const [mine, other] = await Promise.all(
      [newId(), newId()].map((id) => take(claimIn(here, id))),
    );
    mine?.release();
    other?.release();
  });
});

/** Locks of a browser that takes its time; nobody else holds any. */
const slowLocks = (ms: number): LockManager =>
  ({
    query: () => Promise.resolve({ held: [], pending: [] }),
    request: (_name: string, { signal }: LockOptions, held: () => Promise<void>) =>
      new Promise((resolve, reject) => {
        signal?.addEventListener('abort', () => reject(new DOMException('late', 'AbortError')));
        setTimeout(() => signal?.aborted || resolve(held()), ms);
      }),
  }) as unknown as LockManager;

test('a lock that nobody holds is waited for, however busy the browser is', async () => {
  for (const claim of [claimSeat, claimNewSeat]) {
    (await take(claim(newId(), slowLocks(800)))).release();
  }
});

describe('without a secure context', () => {
  test('nobody is waited for when the key was made just now', async () => {
    const id = newId();
    const before = performance.now();
    const claim = await take(claimNewSeat(id, null));
    expect(performance.now() - before).toBeLessThan(200);
    expect(await claimSeat(id, null)).toMatchObject({ ok: false, held: true });
    claim.release();
  });

  test('a holder that slept through the question takes the seat back when it wakes', async () => {
    const id = newId();
    const asleep = new BroadcastChannel(`synod-seat-${id}`);
    const asked = new Promise<string>((resolve) => {
      asleep.onmessage = ({ data }: MessageEvent<{ nonce: string }>) => resolve(data.nonce);
    });
    const claim = await take(claimSeat(id, null));
    const lost = new Promise<void>((resolve) => claim.onLost(resolve));
    asleep.postMessage({ type: 'held', nonce: await asked });
    await lost;
    asleep.close();
    expect(await isHeld(id, null)).toBe(false);
  });

  test('what else is said on the channel changes nothing', async () => {
    const id = newId();
    const noise = new BroadcastChannel(`synod-seat-${id}`);
    const claiming = claimSeat(id, null);
    for (const word of [null, 7, 'held', {}, { type: 'held', nonce: 'another' }, { type: 'held' }])
      noise.postMessage(word);
    const claim = await take(claiming);
    claim.release();
    noise.close();
  });
});
