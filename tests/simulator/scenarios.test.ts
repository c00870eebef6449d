/** Scenarios of the list that need a network: every step checked, histories judged, and all at rest in the end. */
import { expect, test } from 'vitest';
import { quietWorld, type Step } from '#protocols/core/schedule.ts';
import { play, requests } from './fixtures.ts';

const heal: Step = { type: 'heal', at: 8_000, core: [0, 1, 2] };

test.each([1, 2, 3, 4, 5])(
  '[RS38] links clog one by one and come free in another order: %i',
  (turn) => {
    const links = [0, 1, 2].flatMap((from) => [0, 1, 2].map((to) => ({ from, to })));
    const between = links.filter(({ from, to }) => from !== to);
    const clogs = between.map((link, i): Step => {
      const at = 2_000 + 200 * i;
      const freeAt = 4_000 + 300 * ((i * 5 + turn) % between.length);
      return { type: 'clog', at, ...link, ticks: freeAt - at };
    });
    const steps = [...requests(100), ...clogs].sort((a, b) => a.at - b.at);
    const { violation, commits, faults } = play([...steps, heal], heal.at, { seed: turn });
    expect(violation).toBeNull();
    expect(faults.F5).toBe(between.length);
    expect(commits).toBeGreaterThanOrEqual(100);
  },
);

test.each(Array.from({ length: 12 }, (_, i) => i + 1))(
  '[RS39] three nodes, of 10 packets 3 lost, 5 repeated, out of order: linearizable, exactly once: seed %i',
  (seed) => {
    const steps = Array.from({ length: 120 }, (_, i): Step => {
      const [at, client, key] = [1_000 + 40 * i, i % 3, `k${i % 2}`];
      if (i % 4 === 3) return { type: 'query', at, client, key };
      return { type: 'request', at, client, command: { op: 'put', key, value: String(i) } };
    });
    const network = {
      ...quietWorld.network,
      delayMean: 30,
      lossPerMille: 300,
      repeatPerMille: 500,
    };
    const { violation, faults } = play([...steps, heal], heal.at, { seed, clients: 3, network });
    expect(violation).toBeNull();
    expect(faults.F2).toBeGreaterThan(300);
    expect(faults.F3).toBeGreaterThan(300);
    expect(faults.F4).toBeGreaterThan(100);
  },
);
