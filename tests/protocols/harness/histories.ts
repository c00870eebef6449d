/** Histories of one register: written by hand, or as a service would give them, and an oracle too simple to be wrong. */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Command, Result } from '#protocols/core/client.ts';
import type { HistoryOperation } from '#protocols/core/linearizability.ts';
import { KeyValueStore } from '#protocols/core/state-machine.ts';

type Keyed = Exclude<Command, { op: 'stop' }>;

export const key = 'x';
export const get: Keyed = { op: 'get', key };
export const put = (value: string): Keyed => ({ op: 'put', key, value });
export const cas = (expected: string | null, value: string): Keyed => {
  return { op: 'cas', key, expected, value };
};
export const del: Keyed = { op: 'delete', key };

export const ok = (value: string | null): Result => ({ ok: true, value });
export const mismatch = (value: string | null): Result => {
  return { ok: false, error: 'cas-mismatch', value };
};

/** An operation from `calledAt` to `answeredAt`; without a result nobody heard how it went. */
export function did(
  client: string,
  [calledAt, answeredAt]: readonly [number, number],
  command: Command,
  result: Result,
): HistoryOperation {
  return { client, command, calledAt, answeredAt, result };
}
export function unheard(client: string, calledAt: number, command: Command): HistoryOperation {
  return { client, command, calledAt, answeredAt: null, result: null };
}

/** Tries every order in which each unanswered operation happens or does not, on the store itself. */
export function hasOrder(history: readonly HistoryOperation[]): boolean {
  const runs = (order: readonly HistoryOperation[]): boolean => {
    const store = new KeyValueStore();
    return order.every(({ command, result }) => {
      const given = store.apply(command as Keyed);
      return result === null || JSON.stringify(given) === JSON.stringify(result);
    });
  };
  const extend = (order: readonly HistoryOperation[]): boolean => {
    if (!runs(order)) return false;
    const left = history.filter((operation) => !order.includes(operation));
    if (left.every(({ result }) => result === null)) return true;
    const horizon = Math.min(...left.map(({ answeredAt }) => answeredAt ?? Infinity));
    return left.some((next) => next.calledAt <= horizon && extend([...order, next]));
  };
  return extend([]);
}

export interface Made {
  readonly seed: number;
  readonly count: number;
  /** Operations that overlap, about. */
  readonly atOnce: number;
  /** Of 100 operations, how many are never answered; half of those happen. */
  readonly lostPercent?: number;
  /** Different values that are written; without it each is written once. */
  readonly values?: number;
}

/** A history that a store gave, each operation at one moment between call and answer. */
export function made({ seed, count, atOnce, lostPercent = 0, values }: Made): HistoryOperation[] {
  const random = xoroshiro128plus(seed);
  const draw = (max: number): number => uniformInt(random, 0, max - 1);
  const store = new KeyValueStore();
  let known: string | null = null;
  const planned = Array.from({ length: count }, (_, i) => {
    const calledAt = 10 * i + draw(10);
    const answeredAt = calledAt + 1 + draw(20 * atOnce);
    const isLost = draw(100) < lostPercent;
    const doneAt = calledAt + draw(isLost ? 1_000 : answeredAt - calledAt);
    return { i, calledAt, answeredAt, isLost, doneAt, happens: !isLost || draw(2) === 0 };
  });
  const history: HistoryOperation[] = [];
  for (const { i, calledAt, answeredAt, isLost, happens } of planned.sort(
    (a, b) => a.doneAt - b.doneAt,
  )) {
    const value = String(values === undefined ? i : draw(values));
    const command = [get, put(value), get, cas(known, value), del, put(value)][draw(6)] as Keyed;
    const result = happens ? store.apply(command) : null;
    if (result) known = command.op === 'delete' ? null : result.value;
    const client = `client ${i % atOnce}`;
    if (isLost || !result) history.push(unheard(client, calledAt, command));
    else history.push(did(client, [calledAt, answeredAt], command, result));
  }
  return history.sort((a, b) => a.calledAt - b.calledAt);
}
