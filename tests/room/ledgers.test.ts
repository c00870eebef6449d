/** What was executed is compared by one digest over all of it, and whoever differs is asked, until a slot is found. */
import { describe, expect, test } from 'vitest';
import type { ExecutedSlot } from '#protocols/core/protocol.ts';
import type { ReplicaId } from '#protocols/core/ids.ts';
import { sha256Hex } from '#protocols/core/digest.ts';
import { emptyHistory } from '#protocols/pbft/history.ts';
import { Ledgers, ownSlotsMax, type Question } from '#lib/room/ledgers.ts';
import { idOf } from '../components/fixtures.ts';

/** Slots 1 to `until`; from slot `forkedAt` on, what only `branch` has stands in one slot. */
function ledger(until: number, forkedAt = 0, branch = ''): ExecutedSlot[] {
  const slots: ExecutedSlot[] = [];
  let history = emptyHistory;
  for (let n = 1; n <= until; n++) {
    const digest = sha256Hex(n === forkedAt ? `${n} ${branch}` : `${n}`);
    history = sha256Hex(`${history} ${digest}`);
    slots.push({ n, digest, history });
  }
  return slots;
}

/** The page of a replica with these slots. */
function pageOf(slots: readonly ExecutedSlot[]): Ledgers {
  const page = new Ledgers();
  page.executed(slots);
  return page;
}

const claimOf = (slots: readonly ExecutedSlot[]) => slots.at(-1) as ExecutedSlot;

/** Asks `other` what `page` wants to know until nothing more is; returns the slots whose votes are wanted. */
function pursue(page: Ledgers, other: Ledgers, questions: readonly Question[]): number[] {
  const slots: number[] = [];
  let open = [...questions];
  for (let round = 0; open.length > 0; round++) {
    if (round > 100) throw new Error('asks without end');
    const next = open.flatMap((question) => {
      if (question.about === 'slots') {
        return page.answered(question.replica, other.from(question.first));
      }
      slots.push(question.slot);
      return [];
    });
    open = next;
  }
  return slots;
}

const other: ReplicaId = idOf(2);

describe('[PI1] two ledgers that differ', () => {
  test.each([
    [10, 10, 7],
    [10, 30, 7],
    [30, 10, 7],
    [1_000, 1_000, 3],
    [1_000, 990, 1],
    [1_000, 1_000, 1_000],
  ])('of %d and %d slots: the slot is found, %d', (own, theirs, at) => {
    const [mine, yours] = [ledger(own, at, 'a'), ledger(theirs, at, 'b')];
    const page = pageOf(mine);
    const found = pursue(page, pageOf(yours), page.compare(other, claimOf(yours)));
    // Who is ahead of this replica is compared when it has come as far.
    if (theirs <= own) return expect(found).toEqual([at]);
    expect(found).toEqual([]);
    const further = ledger(theirs, at, 'a').slice(own);
    expect(pursue(page, pageOf(yours), page.executed(further))).toEqual([at]);
  });

  test('long ago, and in nothing since: one claim is enough', () => {
    const page = pageOf(ledger(3_000, 5, 'a'));
    const yours = ledger(3_000, 5, 'b');
    expect(pursue(page, pageOf(yours), page.compare(other, claimOf(yours)))).toEqual([5]);
  });

  test('and then one takes over the state of the others: it asks for what stood before', () => {
    const page = pageOf(ledger(7, 6, 'a'));
    const yours = pageOf(ledger(100, 6, 'b'));
    page.compare(other, claimOf(ledger(100, 6, 'b')));
    const { history } = ledger(96, 6, 'b').at(-1) as ExecutedSlot;
    const questions = page.executed([{ n: 96, digest: null, history }]);
    expect(pursue(page, yours, questions)).toEqual([6]);
  });
});

describe('no false alarm', () => {
  test('equal ledgers, at whatever slots, ask nothing', () => {
    const page = pageOf(ledger(50));
    for (const n of [1, 20, 50, 80]) expect(page.compare(other, claimOf(ledger(n)))).toEqual([]);
    expect(page.executed(ledger(80).slice(50))).toEqual([]);
  });

  test('a restart that executes again, and a state that was fetched, change nothing', () => {
    const all = ledger(50);
    const page = pageOf(all);
    const { history } = all[31] as ExecutedSlot;
    page.executed([{ n: 32, digest: null, history }, ...all.slice(32)]);
    expect(page.from(31).map(({ n }) => n)).toEqual(all.slice(30).map(({ n }) => n));
    expect(page.from(32)[0]?.digest).toBe(all[31]?.digest);
    expect(page.compare(other, claimOf(all))).toEqual([]);
  });

  test('who only claims another history shows no slot that differs, and is asked for no votes', () => {
    const page = pageOf(ledger(50));
    const questions = page.compare(other, { n: 50, history: sha256Hex('a lie') });
    expect(questions).toEqual([{ about: 'slots', replica: other, first: 1 }]);
    expect(page.answered(other, ledger(50))).toEqual([]);
    expect(page.answered(other, ledger(50, 3, 'unasked'))).toEqual([]);
  });
});

test('a liar that claims another history without end costs one question in 32 claims', () => {
  const page = pageOf(ledger(100));
  const invented = ledger(100, 90, 'invented').slice(80);
  const asked: Question[] = [];
  for (let i = 0; i < 640; i++) {
    asked.push(...page.compare(other, { n: 100, history: sha256Hex(`lie ${i}`) }));
    asked.push(...page.answered(other, invented));
  }
  expect(asked).toHaveLength(40);
  expect(asked.at(-1)).toEqual({ about: 'votes', replica: other, slot: 90, times: 20 });
});

test('memory is bounded: the oldest slots go first', () => {
  const page = pageOf(ledger(ownSlotsMax + 100));
  expect(page.from(1).length + page.from(64).length).toBe(27);
});
