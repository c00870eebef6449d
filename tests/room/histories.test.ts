/** Gathering what the tabs of a room were answered: in parts, from those who answer, and with what is missing named. */
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { clientId, type MemberId } from '#protocols/core/ids.ts';
import {
  historyReport,
  historySchema,
  Histories,
  type HistoryReport,
} from '#lib/room/histories.ts';
import { ClientHistory } from '#lib/tab/client-history.ts';

const member = (n: number) => n.toString(16).padStart(32, '0') as MemberId;
const client = (n: number) => clientId(member(n), '0000abcd');
const [ana, ben, eva] = [member(1), member(2), member(3)];
const cluster = '0123456789abcdef';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A tab with `count` operations, whose clock is `ahead` of true time. */
function tab(n: number, count: number, ahead: number, executed: readonly number[] = [n]) {
  const history = new ClientHistory(
    () => Date.now() + ahead,
    () => Date.now(),
  );
  for (let i = 0; i < count; i++) history.called({ op: 'get', key: `${i}` }, 'log');
  return (first: number): HistoryReport =>
    historyReport(cluster, client(n), executed.map(client), history.page(first));
}

/** The room as Ana sees it, whose links take 20 ms each way. */
function room(others: ReadonlyMap<MemberId, (first: number) => HistoryReport>) {
  const own = tab(1, 3, 0);
  const histories: Histories = new Histories({
    self: ana,
    own: (first) => Promise.resolve(own(first)),
    ask: (from, first) => {
      const report = others.get(from);
      if (!report) return;
      setTimeout(() => {
        const said = report(first);
        setTimeout(() => histories.take(from, said), 20);
      }, 20);
    },
  });
  return histories;
}

describe('gathering', () => {
  test('puts the parts of a long history together, and brackets the other clock', async () => {
    const gathered = room(new Map([[ben, tab(2, 600, 7_000_000)]])).gather([ben], () => undefined);
    await vi.runAllTimersAsync();
    const { histories, silent, lost, full } = await gathered;
    expect([silent, lost, full]).toEqual([[], [], false]);
    const [own, bens] = histories;
    expect(own?.sighting).toBeNull();
    expect(own?.operations).toHaveLength(3);
    expect(bens?.operations.map(({ command }) => command)).toEqual(
      Array.from({ length: 600 }, (_, i) => ({ op: 'get', key: `${i}` })),
    );
    const { now = 0, askedAt = 0, heardAt = 0 } = bens?.sighting ?? {};
    expect(askedAt).toBeLessThan(now - 7_000_000);
    expect(heardAt).toBeGreaterThan(now - 7_000_000);
    expect(heardAt - askedAt).toBe(41);
  });

  test('names who does not answer, and whose part is lost', async () => {
    const answered: number[] = [];
    const others = new Map([[ben, tab(2, 1, 0, [1, 2, 9])]]);
    const gathered = room(others).gather([ben, eva], (count) => answered.push(count));
    await vi.runAllTimersAsync();
    const { histories, silent, lost } = await gathered;
    expect(histories.map(({ client }) => client)).toEqual([client(1), client(2)]);
    expect([silent, lost]).toEqual([[eva], [client(9)]]);
    expect(answered).toEqual([1, 2]);
  });

  test('takes nothing that was not asked for', async () => {
    const histories = room(new Map());
    histories.take(ben, tab(2, 5, 0)(0));
    const gathered = histories.gather([], () => undefined);
    await vi.runAllTimersAsync();
    expect((await gathered).histories).toHaveLength(1);
  });
});

describe('a report from outside', () => {
  const honest = tab(2, 2, 0)(0);
  const [operation] = honest.operations;
  const done = { ok: true, value: null } as const;
  const accepts = (fields: object) =>
    v.is(historySchema, { ...honest, operations: [{ ...operation, calledAt: 9, ...fields }] });

  test('is taken as it was sent', () => {
    expect(v.is(historySchema, honest)).toBe(true);
    expect(accepts({ answeredAt: 9, result: done })).toBe(true);
  });

  test.each([
    ['an answer before its call', { answeredAt: 8, result: done }],
    ['an answer without a result', { answeredAt: 10 }],
    ['a result without an answer', { result: done }],
    ['a way to be served that there is not', { served: 'guess' }],
  ])('with %s is refused', (_, fields) => {
    expect(accepts(fields)).toBe(false);
  });

  test('that is longer than a part may be is refused', () => {
    const operations = Array(257).fill(operation);
    expect(v.is(historySchema, { ...honest, operations })).toBe(false);
  });
});
