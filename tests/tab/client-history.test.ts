/** A client's own record of what it asked: bounded, and honest about what it does not hold. */
import { describe, expect, test } from 'vitest';
import { ClientHistory, operationsMax } from '#lib/tab/client-history.ts';

const put = (value: string) => ({ op: 'put', key: 'x', value }) as const;
const done = { ok: true, value: 'v' } as const;

function started() {
  const time = { now: 10.5, wall: 1_000_010.5 };
  const history = new ClientHistory(
    () => time.now,
    () => time.wall,
  );
  const pass = (ms: number) => {
    time.now += ms;
    time.wall += ms;
  };
  return { history, time, pass };
}

describe('a history', () => {
  test('holds each operation within its call and its answer, and leaves open what was not answered', () => {
    const { history, pass } = started();
    const first = history.called(put('a'), 'log');
    pass(2.2);
    history.called({ op: 'get', key: 'x' }, 'index');
    history.answered(first ?? -1, 'log', done);
    expect(history.page(0)).toEqual({
      now: 12,
      even: true,
      first: 0,
      total: 2,
      endedAt: null,
      operations: [
        { command: put('a'), served: 'log', calledAt: 10, answeredAt: 13, result: done },
        {
          command: { op: 'get', key: 'x' },
          served: 'index',
          calledAt: 12,
          answeredAt: null,
          result: null,
        },
      ],
    });
  });

  test('ends when it is full, says when, and still takes the answers of what it holds', () => {
    const { history, pass } = started();
    const places = Array.from({ length: operationsMax + 3 }, () => {
      pass(1);
      return history.called(put('a'), 'log');
    });
    expect(places.slice(-4)).toEqual([operationsMax - 1, null, null, null]);
    history.answered(operationsMax - 1, 'log', done);
    const { total, endedAt, operations } = history.page(operationsMax - 1);
    expect([total, endedAt]).toEqual([operationsMax, 11 + operationsMax]);
    expect(operations.map(({ result }) => result)).toEqual([done]);
  });

  test('ends early when what it holds is long', () => {
    const { history } = started();
    let held = 0;
    while (history.called(put('x'.repeat(16_000)), 'log') !== null) held++;
    expect(held).toBe(66);
  });

  test('is handed out in parts that fit together', () => {
    const { history } = started();
    for (let i = 0; i < 1_000; i++) history.called(put(String(i)), 'log');
    const values: string[] = [];
    while (values.length < history.page(0).total) {
      const { operations } = history.page(values.length);
      expect(operations.length).toBeLessThanOrEqual(256);
      values.push(...operations.map(({ command }) => (command.op === 'put' ? command.value : '')));
    }
    expect(values).toEqual(Array.from({ length: 1_000 }, (_, i) => String(i)));
  });

  test('says that its clock stood still while the device slept', () => {
    const { history, time } = started();
    time.wall += 60_000;
    expect(history.page(0).even).toBe(false);
  });
});
