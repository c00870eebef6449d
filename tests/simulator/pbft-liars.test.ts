/** B.5: what liars do to PBFT: up to f nothing that lasts, beyond f a fork, and then the court. */
import { describe, expect, test } from 'vitest';
import type { Behaviour } from '#protocols/core/behaviour.ts';
import { quietWorld, type Step, type World } from '#protocols/core/schedule.ts';
import { laboratoryNamed } from '#protocols/laboratory.ts';
import { runScript, runSeed, type Outcome } from '#lib/simulator/run.ts';
import { requests } from './fixtures.ts';

const laboratory = laboratoryNamed('pbft');

function turn(machine: number, what: string, more: Partial<Behaviour> = {}): Step {
  return {
    type: 'turn',
    at: 0,
    machine,
    behaviour: { what, to: null, with: [], when: null, ...more },
  };
}

function play(steps: Step[], until: number, more: Partial<World> = {}, checkers?: 'off'): Outcome {
  const world = { ...quietWorld, nodes: 4, ...more };
  const ordered = [...steps].sort((a, b) => a.at - b.at);
  const script = { title: '', protocol: 'pbft', bug: null, world, steps: ordered, until };
  return runScript({ laboratory, checkers: checkers ?? 'on' }, script);
}

const heal = (core: number[]): Step => ({ type: 'heal', at: 8_000, core });

/** Whoever lies first in a view is its primary or a backup; each lie is tried in both places. */
const menu = laboratory.behaviours.map(({ id, title }) => [id, title] as const);

describe('one liar of four', () => {
  test.each(menu)('[%s] %s: nothing is violated, and the honest come to rest', (what) => {
    for (const liar of [0, 1]) {
      const core = [0, 1, 2, 3].filter((i) => i !== liar);
      const steps = [turn(liar, what), ...requests(20), heal(core)];
      const { violation, commits, court } = play(steps, 8_000, {
        snapshots: { every: 4, kept: 0 },
      });
      expect(violation, `machine ${liar}`).toBeNull();
      expect(commits).toBeGreaterThanOrEqual(20);
      expect(court?.framed ?? []).toEqual([]);
      const kind = laboratory.behaviours.find(({ id }) => id === what);
      for (const id of Object.keys(court?.evidence ?? {})) expect(kind?.convictedBy).toContain(id);
    }
  });

  test('[PS8, D1] an equivocating primary: no commit of both, the view changes, E1 names it', () => {
    const { violation, commits, court, leaders } = play(
      [turn(0, 'PB1', { to: [2, 3] }), ...requests(10), heal([1, 2, 3])],
      8_000,
    );
    expect(violation).toBeNull();
    expect(commits).toBeGreaterThanOrEqual(10);
    expect(leaders).toBeGreaterThan(0);
    expect(court).toMatchObject({ convicted: 1, framed: [], fork: null });
    expect(court?.evidence).toHaveProperty('E1');
  });

  test('[PB13, D3] two silent primaries of seven in a row: timers double, then progress', () => {
    const steps = [0, 1].map((i) => turn(i, 'G1'));
    const { violation, commits } = play([...steps, ...requests(10), heal([2, 3, 4, 5, 6])], 8_000, {
      nodes: 7,
    });
    expect(violation).toBeNull();
    expect(commits).toBeGreaterThanOrEqual(10);
  });

  test.each(['PB14', 'PB18', 'G13', 'PB1'])(
    '[%s] with all switches on: clients are not fooled, and all are answered',
    (what) => {
      const switches = laboratory.protocol.switches.map(({ name }) => name);
      const read = (at: number): Step => ({ type: 'query', at, client: 0, key: 'k' });
      const steps = [turn(0, what), ...requests(10), read(1_100), read(3_000), heal([1, 2, 3])];
      const { violation, commits, requests: asked } = play(steps, 8_000, { switches });
      expect(violation).toBeNull();
      expect(asked).toBe(12);
      expect(commits).toBeGreaterThanOrEqual(10);
    },
  );

  test('[G5] a statement in the name of another is refused by everyone, and accuses nobody', () => {
    const { violation, faults, court } = play([turn(1, 'G5'), ...requests(5)], 4_000);
    expect(violation).toBeNull();
    expect(faults.refused).toBeGreaterThan(20);
    expect(court).toMatchObject({ convicted: 0 });
  });
});

test('[G6] what is no message passes through other lies as it is', () => {
  const plan = [turn(1, 'G6'), ...menu.map(([what]) => turn(1, what)), ...requests(5)];
  expect(play(plan, 4_000).violation).toBeNull();
});

describe('two liars of four', () => {
  const both = { with: [0, 3] };

  test('[PS36, D2] equivocation and double votes: two honest replicas commit differently', () => {
    const plan = [
      turn(0, 'PB1', { to: [2], ...both }),
      turn(0, 'PB5'),
      turn(3, 'PB5'),
      ...requests(5),
    ];
    expect(play(plan, 4_000).violation?.id).toMatch(/^PI[12]$/);
    // The checker stops at the first sign; without it the fork comes about, and is judged.
    const { court } = play(plan, 4_000, {}, 'off');
    expect(court).toMatchObject({ fork: { verdict: 'liars' }, convicted: 2, framed: [] });
  });

  test('[PB8, E7] a fork across views: who hid the commit from the new view is named', () => {
    const toTwo = (at: number, message: string): Step => {
      return { type: 'filter', at, from: null, to: 2, message };
    };
    const { court } = play(
      [
        ...[0, 3].flatMap((i) => [turn(i, 'PB8'), turn(i, 'PB5')]),
        ...requests(5),
        // Replica 1 commits slot 1 in view 0 with the liars, and is heard of no more; 2 hears nothing of it.
        ...['PRE-PREPARE', 'PREPARE', 'COMMIT', 'DECIDED'].map((name) => toTwo(0, name)),
        { type: 'cut', at: 1_012, from: [1], to: [0, 2, 3], bothWays: true },
        // In view 2 it is the primary.
        { type: 'unfilter', at: 2_500 },
        toTwo(2_500, 'DECIDED'),
      ],
      12_000,
      {},
      'off',
    );
    expect(court).toMatchObject({ fork: { verdict: 'liars' }, convicted: 2, framed: [] });
    expect(Object.keys(court?.evidence ?? {})).toEqual(['E7']);
  });

  test('[G13] f + 1 equal lies: the client is fooled', () => {
    const slow: Step[] = [1, 2].map((machine) => ({ type: 'slow', at: 0, machine, ticks: 20 }));
    const steps = [turn(0, 'G13'), turn(3, 'G13'), ...slow, ...requests(10)];
    expect(play(steps, 4_000).violation?.id).toBe('I16');
  });
});

/** What all of `liars` do, and whom they tell the other story. */
function plot(liars: readonly number[], to: readonly number[], what: readonly string[]): Step[] {
  return liars.flatMap((machine) => {
    const others = liars.filter((other) => other !== machine);
    return what.map((id) => turn(machine, id, { to: [...to], with: others }));
  });
}

describe('f + 1 to 2f liars, and the network on their side', () => {
  const sizes = [
    { nodes: 4, liars: [0, 3], half: [1], other: [2] },
    { nodes: 7, liars: [0, 5, 6], half: [1, 2], other: [3, 4] },
    { nodes: 7, liars: [0, 4, 5, 6], half: [1], other: [2, 3] },
  ];
  const apart = (from: number[], to: number[]): Step => {
    return { type: 'cut', at: 0, from, to, bothWays: true };
  };

  test.each(sizes)(
    '[PB1, PB5, B.4.1] $nodes replicas, liars $liars: a fork in one view, and they alone are named',
    ({ nodes, liars, half, other }) => {
      const steps = [...plot(liars, half, ['PB1', 'PB5']), apart(half, other), ...requests(3)];
      const { violation, court } = play(steps, 4_000, { nodes }, 'off');
      expect(violation).toBeNull();
      expect(court?.fork).toMatchObject({ verdict: 'liars', isAcross: false });
      expect(court?.convicted).toBeGreaterThanOrEqual(Math.floor((nodes - 1) / 3) + 1);
      expect(court?.framed).toEqual([]);
    },
  );

  test.each(sizes)(
    '[PB21, E7, B.4.1] $nodes replicas, liars $liars: a fork across views, and they alone are named',
    ({ nodes, liars, half, other }) => {
      const what = ['PB2', 'PB5', 'PB8', 'PB21'];
      const asked = requests(20).map((step) => ({ ...step, client: step.at % 100 === 0 ? 0 : 1 }));
      const steps = [...plot(liars, other, what), apart(half, other), ...asked] as Step[];
      const { violation, court } = play(steps, 6_000, { nodes, clients: nodes }, 'off');
      expect(violation).toBeNull();
      expect(court?.fork).toMatchObject({ verdict: 'liars', isAcross: true });
      expect(court?.convicted).toBeGreaterThanOrEqual(Math.floor((nodes - 1) / 3) + 1);
      expect(court?.framed).toEqual([]);
      expect(Object.keys(court?.evidence ?? {})).toContain('E7');
    },
  );

  // Both sides prepared in the same view, and one of them committed: only one honest replica heard of the other side.
  test('[B.4.1] seed 1000802: rivals of one view', () => {
    const seed = 1_000_802;
    const told = { seed, nodes: 4, liars: 2, mode: 'safety', eventsMax: 300 } as const;
    const { violation, court } = runSeed({ laboratory }, told);
    expect(violation).toBeNull();
    expect(court?.fork).toMatchObject({ verdict: 'liars', isAcross: true });
  });
});

describe('in seeds', () => {
  test.each([
    [4, 1],
    [7, 2],
  ])('[B.4] %i replicas, %i liars: nothing is violated and nobody is framed', (nodes, liars) => {
    for (let seed = 1; seed <= 20; seed++) {
      const told = { seed, nodes, liars, mode: 'safety', eventsMax: 500 } as const;
      expect(runSeed({ laboratory }, told).violation, `seed ${seed}`).toBeNull();
    }
  });

  test.each([
    [2, 4],
    [3, 7],
    [4, 7],
  ])('[B.4.1] %i liars of %i: nobody is framed, and whoever forked it is named', (liars, nodes) => {
    let forks = 0;
    for (let seed = 1; seed <= 30; seed++) {
      const told = { seed, nodes, liars, mode: 'safety', eventsMax: 400 } as const;
      const { violation, court } = runSeed({ laboratory }, told);
      expect(violation, `seed ${seed}`).toBeNull();
      if (court?.fork) forks++;
    }
    expect(forks).toBeGreaterThan(0);
  });

  test('[PI10] a liar of four, a storm, and calm for the honest: they come to rest', () => {
    for (let seed = 1; seed <= 4; seed++) {
      const told = { seed, nodes: 4, liars: 1, mode: 'liveness', eventsMax: 20_000 } as const;
      expect(runSeed({ laboratory }, told).violation, `seed ${seed}`).toBeNull();
    }
  });
});
