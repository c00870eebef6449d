import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NumberTable } from '#protocols/core/number-table.ts';

type Change = readonly [kind: 'set' | 'delete', number: number];

/** Small ones that want the same place, ones beyond 32 bits, and windows of neighbours. */
const numbers = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.integer({ min: 0, max: 8 }).map((i) => i * 64),
  fc.integer({ min: 0, max: 8 }).map((i) => 2 ** 52 - i * 16),
);
const changes = fc.array(fc.tuple(fc.constantFrom('set', 'delete'), numbers), {
  minLength: 50,
  maxLength: 300,
});

function play(list: readonly Change[]): void {
  const table = new NumberTable<number>();
  const model = new Map<number, number>();
  for (const [i, [kind, number]] of list.entries()) {
    if (kind === 'set') {
      table.set(number, i);
      model.set(number, i);
    } else {
      table.delete(number);
      model.delete(number);
    }
    expect(table.size).toBe(model.size);
    for (const known of [number, number + 16, ...model.keys()]) {
      expect(table.get(known)).toBe(model.get(known));
    }
  }
  expect(table.entries()).toEqual([...model].sort(([a], [b]) => a - b));
  const pairs = table.keys().map((number, i) => [number, table.values()[i]] as const);
  expect(pairs.sort(([a], [b]) => a - b)).toEqual(table.entries());
}

test('a number table holds what a map would, and lists it by number', () => {
  fc.assert(fc.property(changes, (list) => play(list)));
});

test('a window may slide on for ever', () => {
  const table = new NumberTable<string>();
  for (let number = 1; number <= 10_000; number++) {
    table.set(number, `value ${number}`);
    table.delete(number - 64);
  }
  expect(table.size).toBe(64);
  expect(table.entries()[0]).toEqual([9_937, 'value 9937']);
});
