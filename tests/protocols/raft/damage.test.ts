/** A disk that does not hold what was written to it (RS36). What becomes of the cluster: tests/simulator/newcomers.test.ts. */
import { describe, expect, test } from 'vitest';
import type { Json } from '#protocols/core/replica.ts';
import { logKey } from '#protocols/raft/durable.ts';
import { append, ask, Bench, entry, sentTo } from '../fixtures/bench.ts';
import { r } from '../fixtures/ids.ts';

const ben = r(1);

describe('a damaged log', () => {
  const damaged: readonly (readonly [string, string])[] = [[logKey(3), 'torn']];
  const born = { term: 1, entries: [entry(1, 1), entry(1, 2)] };

  test.each<[string, readonly (readonly [string, Json])[]]>([
    ['torn', damaged],
    ['behind a hole', [[logKey(4), JSON.parse(JSON.stringify(entry(1, 4))) as Json]]],
  ])(
    '[RS36] a log whose tail is damaged is found at the start, and its replica says so: %s',
    (_how, disk) => {
      const bench = new Bench({ ...born, disk });
      expect(bench.state.role.name).toBe('stopped');
      expect(bench.born).toContainEqual(
        expect.objectContaining({
          note: expect.objectContaining({ note: 'assumptionBroken' }) as unknown,
        }),
      );
    },
  );

  test('[RS36] it may have acknowledged what is gone: it votes for nobody, and acknowledges nothing', () => {
    const bench = new Bench({ ...born, disk: damaged });
    for (const message of [
      ask(2, [9, 9]),
      ask(2, [9, 9], { preVote: true }),
      append(2, [2, 1], [2]),
    ]) {
      expect(sentTo(bench.receive(ben, message), ben)).toEqual([]);
    }
    expect(bench.timeout('election')).toEqual([]);
  });

  test('[RS36] nor after a restart that no longer sees the damage', () => {
    const first = new Bench({ ...born, disk: damaged });
    const written = first.born.flatMap((effect) =>
      effect.type === 'persist' ? effect.writes : [],
    );
    const kept = written.flatMap((write) =>
      write.type === 'put' ? [[write.key, write.value] as const] : [],
    );
    expect(kept).not.toEqual([]);
    expect(new Bench({ ...born, disk: kept }).state.role.name).toBe('stopped');
  });
});
