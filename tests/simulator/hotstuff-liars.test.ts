/** B.6: what liars do to HotStuff: up to f nothing that lasts, beyond f a fork, and then the court. */
import { describe, expect, test } from 'vitest';
import type { Behaviour } from '#protocols/core/behaviour.ts';
import { quietWorld, type Step, type World } from '#protocols/core/schedule.ts';
import { laboratoryNamed } from '#protocols/laboratory.ts';
import type { ProtocolName } from '#protocols/registry.ts';
import { runScript, runSeed, type Outcome } from '#lib/simulator/run.ts';
import { requests } from './fixtures.ts';

function turn(machine: number, what: string, more: Partial<Behaviour> = {}): Step {
  return {
    type: 'turn',
    at: 0,
    machine,
    behaviour: { what, to: null, with: [], when: null, ...more },
  };
}

interface Played extends Partial<World> {
  readonly protocol?: ProtocolName;
  readonly checkers?: 'on' | 'off';
}

function play(steps: Step[], until: number, more: Played = {}): Outcome {
  const { protocol = 'hotstuff', checkers = 'on', ...drawn } = more;
  const world = { ...quietWorld, nodes: 4, ...drawn };
  const ordered = [...steps].sort((a, b) => a.at - b.at);
  const script = { title: '', protocol, bug: null, world, steps: ordered, until };
  return runScript({ laboratory: laboratoryNamed(protocol), checkers }, script);
}

const heal = (core: number[]): Step => ({ type: 'heal', at: 8_000, core });

/** They change what goes in or what clients hear, not what is sent; HB3 waits for a proposal that its lock forbids. */
const leavesNoTrace = ['G11', 'G12', 'G13', 'HB3'];

const rooms: readonly ProtocolName[] = ['hotstuff', 'jolteon', 'basichotstuff'];

describe.each(rooms)('%s: one liar of four', (protocol) => {
  const { behaviours } = laboratoryNamed(protocol);
  const menu = behaviours.map(({ id, title }) => [id, title] as const);

  test('[B.6] every lie of the list has its line on the menu; HB14 is G10', () => {
    const ids = behaviours.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (let i = 1; i <= 19; i++) {
      expect(ids).toContain(i === 14 ? 'G10' : `HB${i}`);
    }
  });

  /** One of the honest hears and says nothing for a while: views are given up, and blocks fetched. */
  const away = (machine: number): Step[] => {
    const others = [0, 1, 2, 3].filter((i) => i !== machine);
    return [
      { type: 'cut', at: 1_300, from: [machine], to: others, bothWays: true },
      { type: 'mend', at: 2_600, from: [machine], to: others },
    ];
  };

  test.each(menu)('[%s] %s: nothing is violated, and the honest come to rest', (what) => {
    let lies = 0;
    for (const liar of [0, 1]) {
      const core = [0, 1, 2, 3].filter((i) => i !== liar);
      const steps = [turn(liar, what), ...requests(20), ...away(3), heal(core)];
      const network = { ...quietWorld.network, delayMean: 3, lossPerMille: 20 };
      const outcome = play(steps, 8_000, { protocol, network });
      expect(outcome.violation, `machine ${liar}`).toBeNull();
      expect(outcome.commits).toBeGreaterThanOrEqual(20);
      expect(outcome.court?.framed ?? []).toEqual([]);
      lies += outcome.lies[what] ?? 0;
      const kind = behaviours.find(({ id }) => id === what);
      for (const id of Object.keys(outcome.court?.evidence ?? {})) {
        expect(kind?.convictedBy).toContain(id);
      }
    }
    if (!leavesNoTrace.includes(what)) expect(lies).toBeGreaterThan(0);
  });
});

test('[G6] what is no message passes through other lies as it is', () => {
  const menu = laboratoryNamed('hotstuff').behaviours.map(({ id }) => turn(1, id));
  expect(play([turn(1, 'G6'), ...menu, ...requests(5)], 4_000).violation).toBeNull();
  const laboratory = laboratoryNamed('hotstuff');
  const told = { seed: 150, nodes: 4, liars: 1, mode: 'liveness', eventsMax: 300 } as const;
  expect(runSeed({ laboratory }, told).violation).toBeNull();
});

describe.each(rooms)('%s: two liars of four', (protocol) => {
  const both = { with: [0, 3] };
  const apart: Step = { type: 'cut', at: 0, from: [1], to: [2], bothWays: true };

  test('[BH13, HB15] twins between two that do not hear each other: the commits fork', () => {
    const twins = [0, 3].map((i) => turn(i, 'HB15', { to: [2], ...both }));
    const plan = [...twins, apart, ...requests(8)];
    expect(play(plan, 12_000, { protocol, clients: 4 }).violation?.id).toMatch(/^CI[127]$/);
    const { court } = play(plan, 12_000, { protocol, clients: 4, checkers: 'off' });
    expect(court).toMatchObject({ fork: { verdict: 'liars' }, convicted: 2, framed: [] });
  });
});

describe.each(rooms)('%s: in seeds', (protocol) => {
  const laboratory = laboratoryNamed(protocol);

  test.each([
    [4, 1],
    [7, 2],
  ])('[B.4] %i replicas, %i liars: nothing is violated and nobody is framed', (nodes, liars) => {
    for (let seed = 1; seed <= 20; seed++) {
      const told = { seed, nodes, liars, mode: 'safety', eventsMax: 500 } as const;
      expect(runSeed({ laboratory }, told).violation, `seed ${seed}`).toBeNull();
    }
  });

  test('[B.4.1] two liars of four: nobody is framed, and whoever forked it is named', () => {
    let convicted = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const told = { seed, nodes: 4, liars: 2, mode: 'safety', eventsMax: 500 } as const;
      const { violation, court } = runSeed({ laboratory }, told);
      expect(violation, `seed ${seed}`).toBeNull();
      convicted += court?.convicted ?? 0;
    }
    expect(convicted).toBeGreaterThan(0);
  });

  test('[CI10] a liar of four, a storm, and calm for the honest: they come to rest', () => {
    for (let seed = 1; seed <= 6; seed++) {
      const told = { seed, nodes: 4, liars: 1, mode: 'liveness', eventsMax: 4_000 } as const;
      expect(runSeed({ laboratory }, told).violation, `seed ${seed}`).toBeNull();
    }
  });
});
