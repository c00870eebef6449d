/** Small worlds for tests of the simulator. */
import { quietWorld, type Script, type Step, type World } from '#protocols/core/schedule.ts';
import { laboratoryNamed } from '#protocols/laboratory.ts';
import type { Mode, Outcome } from '#lib/simulator/run.ts';
import { runScript, runSeed } from '#lib/simulator/run.ts';

export const laboratory = laboratoryNamed('raft');

export function script(steps: readonly Step[], until: number, world: Partial<World> = {}): Script {
  return {
    title: 'a test',
    protocol: 'raft',
    bug: null,
    world: { ...quietWorld, ...world },
    steps: [...steps],
    until,
  };
}

/** A request of client 0 every 50 ticks from 1,000 on. */
export function requests(count: number): Step[] {
  return Array.from({ length: count }, (_, i) => ({
    type: 'request',
    at: 1_000 + 50 * i,
    client: 0,
    command: { op: 'put', key: 'k', value: String(i) },
  }));
}

export function play(steps: readonly Step[], until: number, world: Partial<World> = {}): Outcome {
  return runScript({ laboratory }, script(steps, until, world));
}

export function bugNamed(name: string) {
  const bug = laboratory.bugs.find((candidate) => candidate.name === name);
  if (!bug) throw new Error(`no bug ${name}`);
  return bug;
}

export function honest(seed: number, nodes: number, mode: Mode, eventsMax = 20_000): Outcome {
  return runSeed({ laboratory }, { seed, nodes, mode, eventsMax });
}
