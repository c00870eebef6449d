/** CI10: `--outsiders crashed` goes through every placement of f crashed machines. */
import { describe, expect, test } from 'vitest';
import { laboratoryNamed } from '#protocols/laboratory.ts';
import { choicesOf } from '#lib/simulator/healing.ts';
import { runSeed } from '#lib/simulator/run.ts';

test('every choice of two of four comes once', () => {
  expect(choicesOf([0, 1, 2, 3], 2).map(String)).toEqual([
    '0,1',
    '0,2',
    '0,3',
    '1,2',
    '1,3',
    '2,3',
  ]);
});

describe.each(['hotstuff', 'basichotstuff', 'jolteon'] as const)('[CI10] %s', (name) => {
  test('comes to rest with each one of four down for good', () => {
    const gone = new Set<string>();
    for (let seed = 1; seed <= 4; seed++) {
      const told = {
        seed,
        nodes: 4,
        mode: 'liveness',
        eventsMax: 300,
        outsiders: 'crashed',
      } as const;
      const { violation, steps } = runSeed({ laboratory: laboratoryNamed(name) }, told);
      expect(violation, `seed ${seed}`).toBeNull();
      const heal = steps.find(({ type }) => type === 'heal');
      if (heal?.type === 'heal') gone.add(String(heal.core));
    }
    expect(gone.size).toBe(4);
  });
});
