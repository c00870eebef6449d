/** Clusters that are read from without the log, deposed leaders among them (R36 to R40). */
import { describe, expect, test } from 'vitest';
import type { ReadMode } from '#protocols/core/client.ts';
import type { ReplicaId } from '#protocols/core/ids.ts';
import * as honest from '#protocols/raft/rules.ts';
import { r } from '../fixtures/ids.ts';
import { delays, RaftWorld, type WorldOptions } from '../fixtures/raft-world.ts';

describe('in a cluster', () => {
  function settled(options: WorldOptions): RaftWorld {
    const world = new RaftWorld({ clients: 3, ...delays(1, 2), ...options });
    world.run(2_000);
    world.write(0, 2);
    world.run(500);
    return world;
  }
  /** The old leader is cut off; the others elect one and commit more, while it still believes to lead. */
  function deposed(world: RaftWorld): ReplicaId {
    const { self } = world.leader();
    world.part([self], world.ids);
    world.run(700);
    const other = world.ids.findIndex((id) => id !== self);
    for (let i = 0; i < 3; i++) world.write(other);
    world.run(1_500);
    return self;
  }

  test.each(['index', 'lease', 'local'] as const)(
    '[R36, R38, R40] %s reads of all clients are answered, and none goes back in time',
    (mode) => {
      for (let seed = 0; seed < 10; seed++) {
        // So slow that what is known in one place is news in another.
        const world = settled({ seed, ...delays(1, 15) });
        for (let step = 0; step < 30; step++) {
          world.write(step % 3);
          world.read((step + 1) % 3, mode);
          world.run(world.draw(0, 40));
        }
        world.run(1_000);
        expect(world.unanswered()).toBe(0);
        expect(world.reads).toHaveLength(30);
        expect(world.historyProblem()).toBeNull();
      }
    },
  );

  /** A stale read stands before what was known when it was asked for. */
  function expectStale(world: RaftWorld, isStale: boolean): void {
    if (isStale) expect(world.historyProblem()).toMatch(/^query .* was known$/);
    else expect(world.historyProblem()).toBeNull();
  }

  const believing: Partial<honest.Rules> = { hearsQuorum: () => true };

  test.each<[string, Partial<honest.Rules>, ReadMode, boolean]>([
    ['[RS30] a deposed leader gives no stale answer', believing, 'index', false],
    [
      '[RS30, R36] it would, if no round had to be confirmed',
      { ...believing, roundConfirmed: () => Infinity },
      'index',
      true,
    ],
  ])('%s', (_title, replaced, mode, isStale) => {
    const world = settled({ seed: 1, rules: { ...honest, ...replaced } });
    const old = deposed(world);
    world.read(world.ids.indexOf(old), mode);
    world.run(100);
    expectStale(world, isStale);
    world.mend();
    world.run(3_000);
    expect(world.unanswered()).toBe(0);
  });

  test.each([
    ['runs', false],
    ['stands still', true],
  ])('[RS31] a lease read at a deposed leader whose clock %s: stale is %s', (_how, isStale) => {
    // A clock that stands still lets no timer end: neither the lease's nor the one that checks for a majority.
    const still: Partial<honest.Rules> = isStale
      ? { ...believing, leaseTicks: () => 1_000_000 }
      : believing;
    const world = settled({ seed: 2, rules: { ...honest, ...still } });
    const { self } = world.leader();
    world.read(world.ids.indexOf(self), 'lease');
    world.run(50);
    expect(world.reads).toHaveLength(1);
    deposed(world);
    world.read(world.ids.indexOf(self), 'lease');
    world.run(100);
    expect(world.reads.some(({ served }) => served === 'lease')).toBe(isStale);
    expectStale(world, isStale);
  });

  test.each([
    ['stick to', honest.mustKeepLeader, false],
    ['do not stick to', () => false, true],
  ])('[R39, R24] a lease is good as long as voters %s their leader', (_how, rule, isStale) => {
    const world = settled({ seed: 2, rules: { ...honest, mustKeepLeader: rule } });
    const { self } = world.leader();
    const other = world.ids.findIndex((id) => id !== self);
    world.read(world.ids.indexOf(self), 'lease');
    world.run(50);
    world.part([self], world.ids);
    // A candidate that need not wait for its timer: the lease lasts for most of it.
    world.endTimer(r(other), 'election');
    world.run(50);
    world.write(other, 5);
    world.run(50);
    world.read(world.ids.indexOf(self), 'lease');
    world.run(10);
    expect(world.reads.map(({ served }) => served)).toEqual(['index', 'lease']);
    expectStale(world, isStale);
  });
});
