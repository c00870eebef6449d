/** C14, C15 in a cluster: a replica that was away for longer than blocks are kept, with a checkpoint every five. */
import { describe, expect, test } from 'vitest';
import type { DurableState } from '#protocols/core/replica.ts';
import type { DiskOf } from '#protocols/core/checker.ts';
import type { HotStuffMessage } from '#protocols/hotstuff/messages.ts';
import {
  basicHotStuffLaboratory,
  hotStuffLaboratory,
  jolteonLaboratory,
} from '#protocols/hotstuff/laboratory.ts';
import { laboratoryNamed } from '#protocols/laboratory.ts';
import { runSeed } from '#lib/simulator/run.ts';
import { r } from '../protocols/fixtures/ids.ts';
import { HotStuffWorld } from '../protocols/hotstuff/world.ts';

const every = 5;

describe.each([
  ['hotstuff', hotStuffLaboratory],
  ['basichotstuff', basicHotStuffLaboratory],
  ['jolteon', jolteonLaboratory],
] as const)('%s', (_name, laboratory) => {
  /** Number 3 is cut off while 60 requests are answered, one after the other. */
  function left(): { world: HotStuffWorld; disk: (i: number) => DurableState } {
    let diskOf: DiskOf | null = null;
    const watched = {
      ...laboratory,
      createChecker: (of: DiskOf) => laboratory.createChecker((diskOf = of)),
    };
    const world = new HotStuffWorld(4, { laboratory: watched, snapshots: { every, kept: 0 } });
    world.writeEach(2);
    world.cutOff(3);
    world.writeEach(60);
    return { world, disk: (i) => diskOf?.(r(i)) ?? new Map() };
  }

  const installed = ({ notes }: HotStuffWorld) =>
    notes.filter(({ self, note }) => self === r(3) && note.note === 'stateInstalled');

  function isTogether(world: HotStuffWorld): void {
    expect(installed(world).length).toBeGreaterThan(0);
    expect(new Set(world.digests()).size).toBe(1);
    expect(new Set(world.states().map(({ index }) => index)).size).toBe(1);
  }

  test('[C15] fetches a state, and the blocks above it', () => {
    const { world } = left();
    world.mend();
    world.writeEach(2);
    world.run(5_000);
    isTogether(world);
  });

  test('[C14] [K11] what the others keep meanwhile is bounded, in memory and on the disk', () => {
    const { world, disk } = left();
    for (const i of [0, 1, 2]) {
      const { nodes, committed } = world.state(i);
      expect(committed.height).toBeGreaterThan(50);
      expect(nodes.size).toBeLessThan(5 * every);
      expect([...disk(i).keys()].length).toBeLessThan(4 * every);
    }
  });

  test('[C15] [CS19] crashes while the state is on its way, and is given it after all', () => {
    const { world } = left();
    const isData = (message: HotStuffMessage): boolean => message.type === 'DATA';
    world.stop = (_from, _to, message) => isData(message);
    world.mend();
    world.write();
    world.run(2_000);
    expect(world.sent.some(({ message }) => isData(message))).toBe(true);
    expect(installed(world)).toEqual([]);
    world.crash(3);
    world.restart(3);
    world.stop = () => false;
    world.run(5_000);
    isTogether(world);
  });

  test('[C15] is handed wrong pieces by a liar, and right ones by another', () => {
    const { world } = left();
    world.turn(2, 'G14');
    world.mend();
    world.write();
    world.run(10_000);
    const own = world.states().filter(({ self }) => self !== r(2));
    expect(installed(world).length).toBeGreaterThan(0);
    expect(new Set(own.map(({ index }) => index)).size).toBe(1);
  });
});

test.each([
  ['hotstuff', 48, 1],
  ['jolteon', 18, 1],
  ['basichotstuff', 17, 1],
  // A block is certified here before its leader's decision is executed, whose state it names.
  ['basichotstuff', 9, 0],
] as const)(
  '[C14] [C15] %s, seed %i: everything goes wrong, %i states installed or more',
  (name, seed, least) => {
    const told = { seed, nodes: 4, mode: 'safety', eventsMax: 4_000 } as const;
    const { violation, snapshotsInstalled } = runSeed({ laboratory: laboratoryNamed(name) }, told);
    expect(violation).toBeNull();
    expect(snapshotsInstalled).toBeGreaterThanOrEqual(least);
  },
);
