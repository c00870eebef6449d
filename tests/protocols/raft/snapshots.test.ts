/** Own snapshots, log compaction, and clusters that need both (§7, dissertation chapter 5). */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyWrites } from '#lib/host/storage.ts';
import type { Json } from '#protocols/core/replica.ts';
import { limits } from '#protocols/core/limits.ts';
import { compacting } from '#protocols/raft/compacting.ts';
import { lastIndexOf } from '#protocols/raft/log.ts';
import * as rules from '#protocols/raft/rules.ts';
import type { RaftState } from '#protocols/raft/state.ts';
import { append, Bench, notesOf } from '../fixtures/bench.ts';
import { r, request } from '../fixtures/ids.ts';
import { delays, RaftWorld, writes } from '../fixtures/raft-world.ts';
import { command } from './arbitrary.ts';

const [ana, ben] = [r(0), r(1)];

describe('own snapshots', () => {
  test('[§7] what is applied is replaced by a snapshot, and a tail is kept', () => {
    const bench = new Bench({ rules: compacting(rules, { every: 4, kept: 1 }) });
    const effects = bench.receive(ben, append(1, [0, 0], [1, 1, 1, 1, 1, 1], 5));
    expect(bench.state).toMatchObject({
      snapshot: { lastIncludedIndex: 5, lastIncludedTerm: 1 },
      log: { baseIndex: 4, baseTerm: 1 },
      lastApplied: 5,
    });
    expect(lastIndexOf(bench.state.log)).toBe(6);
    expect(notesOf(effects)).toContainEqual({
      note: 'compacted',
      lastIncludedIndex: 5,
      baseIndex: 4,
    });
  });

  test('snapshot and range delete are one persist', () => {
    const bench = new Bench({ rules: compacting(rules, { every: 4, kept: 1 }) });
    const effects = bench.receive(ben, append(1, [0, 0], [1, 1, 1, 1, 1, 1], 5));
    const last = effects.findLast((effect) => effect.type === 'persist');
    expect(last?.writes.map((write) => (write.type === 'put' ? write.key : write))).toEqual([
      { type: 'deleteRange', from: 'snapshot/', to: 'snapshot/~' },
      'snapshot',
      'snapshot/0000000000000000',
      { type: 'deleteRange', from: 'log/0000000000000001', to: 'log/0000000000000005' },
    ]);
  });

  test('when it is due, and what it keeps, are limits', () => {
    const state = { lastApplied: limits.entriesPerSnapshot, snapshot: null } as RaftState;
    expect(rules.isSnapshotDue(state)).toBe(true);
    expect(rules.isSnapshotDue({ ...state, lastApplied: state.lastApplied - 1 })).toBe(false);
    const { log } = new Bench().state;
    expect(rules.baseAfterSnapshot(log, 5_000)).toBe(5_000 - limits.entriesBehindSnapshot);
    expect(rules.baseAfterSnapshot(log, 5)).toBe(0);
  });

  test.each([0, 3, 50])('what was compacted, %i entries behind, is recovered', (behind) => {
    const snapshots = { every: 10, kept: behind };
    const world = new RaftWorld({ seed: 7, ...writes(0, 3), snapshots });
    world.run(2_000);
    world.write(0, 25);
    world.run(1_000);
    const { log, snapshot } = world.state(ben);
    const [base, last] = [log.baseIndex, lastIndexOf(log)];
    expect(snapshot?.lastIncludedIndex).toBeGreaterThan(9);
    world.crash(ben);
    world.restart(ben);
    const state = world.state(ben);
    expect(state).toMatchObject({ snapshot, commitIndex: snapshot?.lastIncludedIndex });
    expect([state.log.baseIndex, lastIndexOf(state.log)]).toEqual([base, last]);
    world.run(2_000);
    expect(world.service(ben).digest()).toBe(world.service(ana).digest());
  });

  test.each<[string, (disk: Map<string, Json>) => unknown]>([
    ['without a piece', (disk) => disk.delete('snapshot/0000000000000000')],
    ['with another piece', (disk) => disk.set('snapshot/0000000000000000', '{}')],
    ['with no header that is one', (disk) => disk.set('snapshot', 7)],
    ['without the entries behind it', (disk) => disk.delete('log/0000000000000005')],
  ])('a disk %s is damaged: nobody votes with it', (_what, damage) => {
    const world = new RaftWorld({ nodes: 1, snapshots: { every: 4, kept: 1 } });
    world.run(2_000);
    for (let i = 0; i < 5; i++) {
      world.write(0);
      world.run(50);
    }
    const disk = new Map(world.disk(ana));
    damage(disk);
    const bench = new Bench({ n: 1, disk: [...disk] });
    expect(bench.state.role.name).toBe('stopped');
  });
});

describe('cluster', () => {
  test('[RS26] a follower that was away while the others wrote and compacted converges', () => {
    const snapshots = { every: 10, kept: 2 };
    const world = new RaftWorld({ seed: 5, ...delays(5, 0), ...writes(0, 2), snapshots });
    const writeLong = (i: number): void => {
      world.ask(0, { op: 'put', key: `k${i % 4}`, value: `${i}`.padEnd(3_000, '.') });
    };
    world.run(2_000);
    const away = world.ids.find((id) => id !== world.leader().self) as typeof ana;
    world.crash(away);
    for (let i = 0; i < 40; i++) {
      writeLong(i);
      world.run(20);
    }
    world.restart(away);
    for (let i = 0; i < 40; i++) {
      writeLong(i);
      world.run(20);
    }
    world.run(3_000);
    expect(world.state(away).lastApplied).toBe(world.leader().commitIndex);
    expect(world.notes).toContainEqual(
      expect.objectContaining({
        self: away,
        note: expect.objectContaining({ note: 'snapshotRestored' }) as unknown,
      }),
    );
    expect(world.unanswered()).toBe(0);
    expect(world.historyProblem()).toBeNull();
  });

  test('[I14] a run with compaction, and restarts, applies the same as one without', () => {
    const batches = fc.array(fc.array(command, { minLength: 1, maxLength: 6 }), { maxLength: 12 });
    const options = fc.record({ every: fc.integer({ min: 1, max: 9 }), behind: fc.nat(5) });
    fc.assert(
      fc.property(batches, options, fc.nat(11), (commands, { every, behind }, restartAt) => {
        const plain = new Bench();
        const disk = new Map<string, Json>();
        const compacts = compacting(rules, { every, kept: behind });
        let compacted = new Bench({ rules: compacts });
        let index = 0;
        for (const [turn, batch] of commands.entries()) {
          const entries = batch.map((one, i) => ({
            kind: 'command' as const,
            term: 1,
            request: { ...request(index + i + 1, one), ackedBelow: index + 1 },
          }));
          const prevLogTerm = index > 0 ? 1 : 0;
          const last = index + entries.length;
          const message = {
            ...append(1, [index, prevLogTerm], [], last),
            entries,
          };
          plain.receive(ben, message);
          for (const effect of compacted.receive(ben, message)) {
            if (effect.type === 'persist') applyWrites(disk, effect.writes);
          }
          index = last;
          if (turn === restartAt) compacted = new Bench({ rules: compacts, disk: [...disk] });
        }
        compacted.receive(ben, append(1, [index, index > 0 ? 1 : 0], [], index));
        expect(compacted.state.lastApplied).toBe(plain.state.lastApplied);
        expect(compacted.service.checkpoint()).toEqual(plain.service.checkpoint());
      }),
      { numRuns: 200, seed: 1 },
    );
  });
});
