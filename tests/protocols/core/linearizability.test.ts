/** [I16] One order that explains every answer, or the least that has none. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Command, Result } from '#protocols/core/client.ts';
import { checkLinearizability, type HistoryOperation } from '#protocols/core/linearizability.ts';
import { tellWitness } from '#protocols/core/linearizability-text.ts';
import {
  cas,
  del,
  did,
  get,
  hasOrder,
  made,
  mismatch,
  ok,
  put,
  unheard,
} from '../fixtures/histories.ts';

const check = (...history: HistoryOperation[]) => checkLinearizability(history);

function violationOf(history: readonly HistoryOperation[]) {
  const verdict = checkLinearizability(history);
  if (verdict.verdict !== 'violation') throw new Error(`the verdict is ${verdict.verdict}`);
  return verdict;
}

const refused = (error: Extract<Result, { ok: false }>['error']): Result => {
  return { ok: false, error, value: null };
};

describe('[I16] histories that one order explains', () => {
  test.each<[string, HistoryOperation[]]>([
    ['nothing at all', []],
    ['a read of what was never written', [did('a', [1, 2], get, ok(null))]],
    ['one after the other', [did('a', [1, 2], put('1'), ok('1')), did('b', [3, 4], get, ok('1'))]],
    [
      'a read that overlaps a write may miss it',
      [did('a', [1, 5], put('1'), ok('1')), did('b', [2, 3], get, ok(null))],
    ],
    [
      'an answer and a call of one tick overlap',
      [did('a', [1, 2], put('1'), ok('1')), did('b', [2, 3], get, ok(null))],
    ],
    [
      'overlapping writes in the order that the reads say',
      [
        did('a', [1, 9], put('1'), ok('1')),
        did('b', [1, 9], put('2'), ok('2')),
        did('c', [10, 11], get, ok('1')),
      ],
    ],
    [
      'a deletion says what it removed',
      [
        did('a', [1, 2], put('1'), ok('1')),
        did('a', [3, 4], del, ok('1')),
        did('a', [5, 6], del, ok(null)),
        did('a', [7, 8], cas(null, '2'), ok('2')),
      ],
    ],
    [
      'a refused compare-and-swap only looked',
      [
        did('a', [1, 2], put('1'), ok('1')),
        did('b', [3, 4], cas('0', '2'), mismatch('1')),
        did('b', [5, 6], get, ok('1')),
      ],
    ],
    [
      'a write that found the store full only looked',
      [
        did('a', [1, 2], put('1'), ok('1')),
        did('a', [3, 4], put('2'), { ok: false, error: 'state-full', value: '1' }),
        did('b', [5, 6], get, ok('1')),
      ],
    ],
  ])('%s', (_title, history) => {
    expect(checkLinearizability(history)).toEqual({ verdict: 'ok' });
  });

  test('what the epoch before left is there to be read', () => {
    const history = [did('a', [1, 2], get, ok('1'))];
    const initial = new Map([['x', '1']]);
    expect(checkLinearizability(history, { initial }).verdict).toBe('ok');
    expect(checkLinearizability(history).verdict).toBe('violation');
  });

  test('a stop belongs to no key', () => {
    const stop: Command = { op: 'stop', successor: 'next' };
    expect(check(did('a', [1, 2], stop, ok('next'))).verdict).toBe('ok');
  });
});

describe('[I16] histories that nothing explains', () => {
  const first = did('a', [1, 2], put('1'), ok('1'));
  test.each<[string, HistoryOperation[]]>([
    [
      'a stale read: the old value after the new one was acknowledged',
      [first, did('a', [3, 4], put('2'), ok('2')), did('b', [5, 6], get, ok('1'))],
    ],
    ['a lost update: an acknowledged write is gone', [first, did('b', [3, 4], get, ok(null))]],
    [
      'two compare-and-swaps that found the same value both succeed',
      [first, did('b', [3, 9], cas('1', '2'), ok('2')), did('c', [3, 9], cas('1', '3'), ok('3'))],
    ],
    [
      'split brain: two sides each read their own write',
      [
        did('a', [1, 2], put('1'), ok('1')),
        did('b', [1, 2], put('2'), ok('2')),
        did('a', [3, 4], get, ok('1')),
        did('b', [3, 5], get, ok('2')),
      ],
    ],
    [
      'time runs backwards between two readers',
      [
        first,
        unheard('w', 3, put('2')),
        did('b', [4, 5], get, ok('2')),
        did('c', [6, 7], get, ok('1')),
      ],
    ],
    ['a value that nobody wrote', [did('a', [1, 2], get, ok('7'))]],
    ['a put answered with another value', [did('a', [1, 2], put('1'), ok('2'))]],
    ['a mismatch with what was expected', [did('b', [3, 4], cas('1', '2'), mismatch('1'))]],
    [
      'a deletion of what was deleted before',
      [first, did('a', [3, 4], del, ok('1')), did('b', [5, 6], del, ok('1'))],
    ],
  ])('%s', (_title, history) => {
    const { key, witness, unexplained } = violationOf(history);
    expect(key).toBe('x');
    // The last answer of each of these is the one too many, and nothing in them is beside the point.
    expect(witness).toEqual(history);
    expect(unexplained.answeredAt).toBe(Math.max(...history.map((o) => o.answeredAt ?? 0)));
    expect(hasOrder(history)).toBe(false);
  });
});

describe('operations without an answer', () => {
  const read = (value: string | null, at = 50) => did('r', [at, at + 1], get, ok(value));

  test('may have happened, at any time after the call', () => {
    const lost = unheard('a', 1, put('1'));
    expect(check(lost, read(null), read('1', 60)).verdict).toBe('ok');
    expect(check(lost, read('1'), read(null, 60)).verdict).toBe('violation');
  });

  test('may never have happened', () => {
    expect(check(unheard('a', 1, put('1')), read(null)).verdict).toBe('ok');
  });

  test('do not happen before the call', () => {
    expect(check(read('1', 10), unheard('a', 50, put('1'))).verdict).toBe('violation');
  });

  test('happen once', () => {
    const history = [unheard('a', 1, put('1')), read('1'), did('b', [60, 61], del, ok('1'))];
    expect(check(...history, read('1', 70)).verdict).toBe('violation');
  });

  test('may explain each other', () => {
    const chain = [unheard('a', 1, put('1')), unheard('b', 2, cas('1', '2'))];
    expect(check(...chain, unheard('c', 3, cas('2', '3')), read('3')).verdict).toBe('ok');
    expect(check(...chain, unheard('c', 3, cas('4', '3')), read('3')).verdict).toBe('violation');
  });

  test.each(['session-expired', 'too-many-clients', 'too-many-in-flight'] as const)(
    '%s: another copy may have executed',
    (error) => {
      const write = did('a', [1, 2], put('1'), refused(error));
      expect(check(write, read('1')).verdict).toBe('ok');
      expect(check(write, read(null)).verdict).toBe('ok');
    },
  );

  test('epoch-ended: it never executes', () => {
    const write = did('a', [1, 2], put('1'), refused('epoch-ended'));
    expect(check(write, read(null)).verdict).toBe('ok');
    expect(check(write, read('1')).verdict).toBe('violation');
  });
});

describe('against every order there is', () => {
  const value = fc.constantFrom('1', '2');
  const command = fc.oneof(
    fc.constant(get),
    value.map(put),
    fc.tuple(fc.option(value), value).map(([expected, next]) => cas(expected, next)),
    fc.constant(del),
  );
  const operation = fc
    .record({ command, at: fc.nat(8), takes: fc.nat(5), seen: fc.option(value), how: fc.nat(5) })
    .map(({ command, at, takes, seen, how }): HistoryOperation => {
      if (how === 0) return unheard('a', at, command);
      const writes = command.op === 'put' || command.op === 'cas';
      const refuses = command.op === 'cas' && how < 3;
      const result = refuses ? mismatch(seen) : ok(writes ? command.value : seen);
      return did('a', [at, at + takes], command, result);
    });

  test('small histories', () => {
    const seen = { ok: 0, violation: 0, unknown: 0 };
    const histories = fc.array(operation, { maxLength: 6 });
    fc.assert(
      fc.property(histories, (history) => {
        const found = checkLinearizability(history);
        seen[found.verdict]++;
        expect(found.verdict).toBe(hasOrder(history) ? 'ok' : 'violation');
        if (found.verdict !== 'violation') return;
        expect(hasOrder(found.witness)).toBe(false);
        expect(history).toEqual(expect.arrayContaining([...found.witness]));
      }),
      { numRuns: 4_000, seed: 1 },
    );
    expect(Math.min(seen.ok, seen.violation)).toBeGreaterThan(400);
  });

  test('histories of a store have an order, and one changed answer is judged right', () => {
    const verdicts = new Set<string>();
    for (let seed = 0; seed < 600; seed++) {
      const history = made({ seed, count: 7, atOnce: 3, lostPercent: 20, values: 2 + (seed % 2) });
      expect(checkLinearizability(history)).toEqual({ verdict: 'ok' });
      const reads = history.filter(({ command, result }) => command.op === 'get' && result);
      const victim = reads[seed % Math.max(1, reads.length)];
      const changed = history.map((o) => (o === victim ? { ...o, result: ok('1') } : o));
      const { verdict } = checkLinearizability(changed);
      verdicts.add(verdict);
      expect(verdict).toBe(hasOrder(changed) ? 'ok' : 'violation');
    }
    expect([...verdicts].sort()).toEqual(['ok', 'violation']);
  });
});

describe('long histories', () => {
  test.each([
    { atOnce: 1, lostPercent: 0 },
    { atOnce: 4, lostPercent: 0 },
    { atOnce: 4, lostPercent: 5 },
    { atOnce: 16, lostPercent: 1 },
  ])('10,000 operations on one key, $atOnce at once, $lostPercent % lost', (how) => {
    const history = made({ seed: 1, count: 10_000, ...how });
    expect(checkLinearizability(history)).toEqual({ verdict: 'ok' });
    // A read that goes back to a value overwritten long before.
    const late = history.findLastIndex(({ command, result }) => command.op === 'get' && result);
    const old = history.find(({ command }) => command.op === 'put') as HistoryOperation;
    const changed = history.with(late, {
      ...(history[late] as HistoryOperation),
      result: old.result ?? ok('0'),
    });
    const { witness, unexplained } = violationOf(changed);
    expect(unexplained).toBe(changed[late]);
    expect(witness).toContain(old);
    expect(witness.length).toBeLessThanOrEqual(4);
  });

  test('64 writers at once, and a reader of each value', () => {
    const values = Array.from({ length: 64 }, (_, i) => String(i));
    const writes = values.map((value, i) => did(`w${i}`, [i, 500], put(value), ok(value)));
    const reads = values.map((value, i) => did(`r${i}`, [100 + i, 500], get, ok(value)));
    const last = (value: string) => did('r', [501, 502], get, ok(value));
    expect(checkLinearizability([...writes, ...reads, last('7')]).verdict).toBe('ok');
    const twice = [last('7'), did('s', [503, 504], get, ok('8'))];
    expect(violationOf([...writes, ...reads, ...twice]).unexplained).toBe(twice[1]);
  });

  test('a search that ends for want of steps says so, of the key it left open', () => {
    const history = made({ seed: 3, count: 300, atOnce: 40, values: 2 });
    const verdict = checkLinearizability(history, { stepsMax: 50 });
    expect(verdict).toEqual({ verdict: 'unknown', key: 'x', why: expect.stringMatching(/steps/) });
  });
});

test('a violation on one key is found beside others, and told', () => {
  const other: Command = { op: 'put', key: 'y', value: '1' };
  const history = [
    did('ana', [1, 2], other, ok('1')),
    did('ana', [3, 20], put('1'), ok('1')),
    did('ben', [21, 30], get, ok('1')),
    did('eva', [30, 41], put('2'), ok('2')),
    did('ben', [42, 50], get, ok('1')),
    did('eva', [51, 60], get, ok('2')),
  ];
  expect(tellWitness(violationOf(history), (client) => client.toUpperCase())).toBe(
    [
      'No order of these operations explains every answer for the key "x":',
      '  ANA  3–20   put "1"  → done',
      '  EVA  30–41  put "2"  → done',
      '  BEN  42–50  get      → "1"   ← cannot be explained',
    ].join('\n'),
  );
});
