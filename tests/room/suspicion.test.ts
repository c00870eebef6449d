/** What traces show is compared, and whoever differs is asked for its votes, once. */
import { expect, test } from 'vitest';
import type { ReplicaSummary, SlotSummary } from '#protocols/core/protocol.ts';
import { Suspicion } from '#lib/room/suspicion.ts';
import { idOf, summaryOf } from '../components/fixtures.ts';

const row = (n: number, digest: string, executed = true): SlotSummary => ({
  n,
  view: 0,
  digest,
  text: '',
  prePrepared: true,
  prepares: { counted: [], early: [], conflicting: [] },
  commits: { counted: [], early: [], conflicting: [] },
  executed,
});
const showing = (...rows: readonly SlotSummary[]): ReplicaSummary =>
  summaryOf({ slots: { quorum: 3, weakQuorum: 2, rows } });

test('two that executed one slot differently are both asked, each once', () => {
  const suspicion = new Suspicion();
  expect(suspicion.compare(idOf(1), showing(row(1, 'aa'), row(2, 'bb')))).toEqual([]);
  const asked = suspicion.compare(idOf(2), showing(row(1, 'aa'), row(2, 'cc')));
  expect(asked).toEqual([
    { replica: idOf(1), slot: 2 },
    { replica: idOf(2), slot: 2 },
  ]);
  expect(suspicion.compare(idOf(2), showing(row(2, 'cc')))).toEqual([]);
  expect(suspicion.compare(idOf(3), showing(row(2, 'cc')))).toEqual([
    { replica: idOf(3), slot: 2 },
  ]);
});

test('what is not executed, or not known, gives no cause', () => {
  const suspicion = new Suspicion();
  suspicion.compare(idOf(1), showing(row(1, 'aa'), row(2, '')));
  expect(suspicion.compare(idOf(2), showing(row(1, 'bb', false), row(2, 'cc')))).toEqual([]);
  expect(suspicion.compare(idOf(3), summaryOf())).toEqual([]);
});

test('a liar that shows another digest for every slot costs a bounded number of questions', () => {
  const suspicion = new Suspicion();
  let asked = 0;
  for (let n = 1; n <= 500; n++) {
    suspicion.compare(idOf(1), showing(row(n, 'aa')));
    asked += suspicion.compare(idOf(2), showing(row(n, 'bb'))).length;
  }
  expect(asked).toBe(64);
});
