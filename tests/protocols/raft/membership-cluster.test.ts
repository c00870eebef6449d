/** Clusters whose membership changes, one voter at a time (dissertation §4.1, §4.2). */
import { describe, expect, test } from 'vitest';
import type { ReplicaId } from '#protocols/core/ids.ts';
import * as rules from '#protocols/raft/rules.ts';
import { configurationOf } from '#protocols/raft/state.ts';
import { r, roster } from '../fixtures/ids.ts';
import { Violated } from '../fixtures/driving.ts';
import { delays, RaftWorld, still, writes } from '../fixtures/raft-world.ts';

const [ana, ben, eva, leo, mia] = [r(0), r(1), r(2), r(3), r(4)];

describe('cluster', () => {
  function ready(nodes: number, newcomers = 0): RaftWorld {
    const world = new RaftWorld({ nodes, newcomers, ...delays(2, 2), ...writes(0, 1) });
    world.run(2_000);
    world.write(0, 5);
    world.run(500);
    return world;
  }

  test('[RS21] a newcomer is added, and one removed, while clients write', () => {
    const world = ready(4, 1);
    world.change(roster(4));
    for (let i = 0; i < 10; i++) {
      world.write(0);
      world.run(50);
    }
    expect(configurationOf(world.state(leo)).voters).toEqual(roster(4));
    expect(world.state(leo).lastApplied).toBe(world.leader().commitIndex);
    const gone = roster(4).find((id) => id !== world.leader().self) as ReplicaId;
    world.change(roster(4).filter((id) => id !== gone));
    world.run(500);
    expect(configurationOf(world.state(gone)).voters).not.toContain(gone);
    const { currentTerm } = world.state(gone);
    world.run(5_000);
    // It heard that its removal is committed, and disturbs nobody.
    expect(world.state(gone).currentTerm).toBe(currentTerm);
    expect(world.unanswered()).toBe(0);
  });

  test('[RS23] the leader of two leaves: it stays until C_new is committed, the other goes on alone', () => {
    const world = ready(2);
    const { self } = world.leader();
    const other = roster(2).find((id) => id !== self) as ReplicaId;
    world.cut([self], [other]);
    world.change([other]);
    world.run(200);
    expect(world.state(self).role.name).toBe('leader');
    world.mend();
    world.run(3_000);
    expect(world.leader().self).toBe(other);
    expect(world.state(self).role.name).toBe('follower');
    world.write(0);
    world.run(2_000);
    expect(world.unanswered()).toBe(0);
  });

  test('[RS23] it crashes before the other has C_new: it is elected again, and leaves then', () => {
    const world = ready(2);
    const { self } = world.leader();
    const other = roster(2).find((id) => id !== self) as ReplicaId;
    world.cut([self], [other]);
    world.change([other]);
    world.run(50);
    world.crash(self);
    world.mend();
    world.restart(self);
    world.run(6_000);
    expect(world.leader().self).toBe(other);
    expect(configurationOf(world.state(other)).voters).toEqual([other]);
  });

  /**
   * The bug of 2015, with S1 to S4 as Ana to Leo and S5 as Mia. S1 leads term 1 and appends "add S5" to itself and S5; S2
   * wins term 2 with S3 and S4, appends "remove S1" and commits it with S3; S1 wins term 3 with S4 and S5.
   */
  function bugOf2015(by: rules.Rules): RaftWorld {
    const world = new RaftWorld({
      nodes: 5,
      newcomers: 1,
      ...delays(1, 0),
      ...writes(0, 0),
      timing: still,
      rules: by,
    });
    const only = (...links: readonly (readonly [ReplicaId, ReplicaId])[]) => {
      world.part(world.ids, world.ids);
      for (const [a, b] of links) world.mend([a], [b]);
    };
    const elect = (id: ReplicaId, ticks = 20) => {
      // Long enough after the last leader was heard: nobody sticks to it (R24).
      for (const other of world.ids) world.endTimer(other, 'leader heard');
      world.endTimer(id, 'election');
      world.run(ticks);
    };
    const operate = (
      id: ReplicaId,
      voters: readonly ReplicaId[],
      learners: readonly ReplicaId[] = [],
    ) => {
      world.change(voters, learners, id);
      world.run(20);
    };
    elect(ana);
    // Mia has learnt already.
    operate(ana, roster(4), [mia]);
    only([ana, mia]);
    operate(ana, roster(5));
    // Ben has the votes of Eva and Leo, but only Eva gets what follows.
    only([ben, eva], [ben, leo]);
    elect(ben, 4);
    only([ben, eva]);
    world.run(20);
    operate(ben, [ben, eva, leo]);
    only([ana, leo], [ana, mia]);
    world.crash(ana);
    world.restart(ana);
    elect(ana);
    elect(ana);
    return world;
  }

  test('[R30, RS21] the bug of 2015: without an own entry committed first, a committed change is lost', () => {
    expect(() => bugOf2015({ ...rules, hasCommittedInTerm: () => true })).toThrow(Violated);
  });

  test('[R30, RS21] with it, the second change is refused', () => {
    const world = bugOf2015(rules);
    const refusals = world.notes.filter(({ note }) => note.note === 'operationRefused');
    expect(refusals.map(({ self }) => self)).toContain(ben);
    expect(refusals.at(-1)).toMatchObject({ self: ben, note: { reason: 'nothing-committed' } });
  });
});
