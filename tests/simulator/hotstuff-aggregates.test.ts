/** HotStuff with certificates that are aggregates, under a virtual clock: the same protocol, and the same court. */
import { describe, expect, test } from 'vitest';
import { quietWorld, type Step } from '#protocols/core/schedule.ts';
import { laboratoryNamed } from '#protocols/laboratory.ts';
import type { ProtocolName } from '#protocols/registry.ts';
import { runScript, type Outcome } from '#lib/simulator/run.ts';
import { requests } from './fixtures.ts';

const switches = ['aggregate-certificates'];

function play(protocol: ProtocolName, steps: Step[], checkers: 'on' | 'off' = 'on'): Outcome {
  const network = { ...quietWorld.network, delayMean: 3, lossPerMille: 20 };
  const world = { ...quietWorld, nodes: 4, network, switches };
  const ordered = [...steps].sort((a, b) => a.at - b.at);
  const script = { title: '', protocol, bug: null, world, steps: ordered, until: 8_000 };
  return runScript({ laboratory: laboratoryNamed(protocol), checkers }, script);
}

const turn = (machine: number, what: string): Step => {
  return { type: 'turn', at: 0, machine, behaviour: { what, to: null, with: [], when: null } };
};
const healed = (core: number[]): Step => ({ type: 'heal', at: 6_000, core });

describe.each(['hotstuff', 'jolteon', 'basichotstuff'] as const)('%s', (protocol) => {
  test('[A.4.5] commits, and nothing is violated', () => {
    const outcome = play(protocol, [...requests(20), healed([0, 1, 2, 3])]);
    expect(outcome.violation).toBeNull();
    expect(outcome.commits).toBeGreaterThanOrEqual(20);
  });

  test.each(['HB19', 'HB10', 'HB2'])('[%s] one of four lies, and the others commit', (what) => {
    const outcome = play(protocol, [turn(1, what), ...requests(20), healed([0, 2, 3])]);
    expect(outcome.violation).toBeNull();
    expect(outcome.commits).toBeGreaterThanOrEqual(20);
    expect(outcome.lies[what]).toBeGreaterThan(0);
    expect(outcome.court?.framed ?? []).toEqual([]);
  });
});
