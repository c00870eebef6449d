/**
 * No framing (B.4): whatever an honest replica says in a life with crashes, restarts, lost writes, timeouts and
 * partitions, in whatever order it is seen, is never evidence against it.
 */
import { expect, test } from 'vitest';
import type { Evidence } from '#protocols/core/evidence.ts';
import type { Signed } from '#protocols/core/signed.ts';
import { laboratoryNamed } from '#protocols/laboratory.ts';
import type { ProtocolName } from '#protocols/registry.ts';
import { runSeed } from '#lib/simulator/run.ts';
import { jurisdictionOf } from '../pbft/testimony.ts';

/** What a watch finds that hears what everybody hears: as it comes, and once more from the end. */
function overheard(name: ProtocolName, seed: number, nodes: number) {
  const laboratory = laboratoryNamed(name);
  const rules = laboratory.protocol.accountability;
  if (!rules) throw new Error(`${name} has no court`);
  const said: Signed[] = [];
  const hears = (_self: string, statement: Signed) => void said.push(statement);
  const { violation, faults } = runSeed(
    { laboratory, hears },
    { seed, nodes, mode: 'safety', eventsMax: 4_000 },
  );
  const found: Evidence[] = [];
  for (const order of [said, said.toReversed()]) {
    const watch = rules.createWatch(jurisdictionOf(nodes));
    for (const statement of order) found.push(...watch.see(statement));
  }
  return { violation, faults, statements: said.length, found };
}

test.each<[ProtocolName, number]>([
  ['hotstuff', 4],
  ['hotstuff', 7],
  ['jolteon', 4],
  ['jolteon', 7],
])('[B.4] %s, %i honest replicas, six storms: nothing convicts anyone', (name, nodes) => {
  let crashes = 0;
  for (let seed = 1; seed <= 6; seed++) {
    const { violation, faults, statements, found } = overheard(name, seed, nodes);
    expect(violation, `seed ${seed}`).toBeNull();
    expect(found, `seed ${seed}`).toEqual([]);
    expect(statements).toBeGreaterThan(200);
    crashes += faults.F11;
  }
  expect(crashes).toBeGreaterThan(10);
});
