/** What a vote is still good for: replica 1 of four on the bench, a backup in view 0. */
import { describe, expect, test } from 'vitest';
import type { Use } from '#protocols/core/protocol.ts';
import type { Batch, PbftMessage } from '#protocols/pbft/messages.ts';
import { useOf } from '#protocols/pbft/use-of.ts';
import { r } from '../fixtures/ids.ts';
import { Bench, sent } from './bench.ts';
import { batch, carrying, checkpoint, commit, prepare } from './statements.ts';

/** `settled`, `needed`, or how many are still wanted. */
function use(bench: Bench, message: PbftMessage): Exclude<Use, object> | number {
  const found = useOf(bench.state, message);
  return typeof found === 'object' ? found.wanted : found;
}
/** In slot 1 of view 0 for batch 1, unless told. */
interface Said {
  readonly n?: number;
  readonly view?: number;
  readonly of?: Batch;
}
const ofPrepare = (bench: Bench, by: number, { n = 1, view = 0, of = batch(1) }: Said = {}) =>
  use(bench, carrying(prepare(r(by), view, n, of)));
const ofCommit = (bench: Bench, by: number, { n = 1, view = 0, of = batch(1) }: Said = {}) =>
  use(bench, carrying(commit(r(by), view, n, of)));

describe('[P7] a prepare', () => {
  test('is wanted once by a backup, which says one itself, and no more once that has come', () => {
    const bench = new Bench();
    // Before the proposal too.
    expect(ofPrepare(bench, 2)).toBe(1);
    bench.prePrepare(0, 1, batch(1));
    expect(ofPrepare(bench, 2)).toBe(1);
    bench.prepare([2], 0, 1, batch(1));
    expect(bench.state.slots.get(1)?.prepared).not.toBeNull();
    expect(ofPrepare(bench, 3)).toBe('settled');
  });

  test('is wanted twice by the primary', () => {
    const bench = new Bench({ self: r(0) });
    bench.step({ type: 'request', requests: batch(1) });
    expect(ofPrepare(bench, 1)).toBe(2);
    bench.prepare([1], 0, 1, batch(1));
    expect(ofPrepare(bench, 2)).toBe(1);
  });

  test('for another batch than the prepared one is looked at: it may convict', () => {
    const bench = new Bench();
    bench.prePrepare(0, 1, batch(1));
    // Its own is for the first one.
    expect(ofPrepare(bench, 2, { of: batch(2) })).toBe(2);
    bench.prepare([2], 0, 1, batch(1));
    expect(ofPrepare(bench, 3, { of: batch(2) })).toBe('needed');
  });

  test('of a primary, a stranger, a later view, or beyond the window is looked at', () => {
    const bench = new Bench();
    expect(ofPrepare(bench, 0)).toBe('needed');
    expect(ofPrepare(bench, 7)).toBe('needed');
    expect(ofPrepare(bench, 2, { view: 1 })).toBe('needed');
    expect(ofPrepare(bench, 2, { n: 33 })).toBe('needed');
  });
});

describe('[P9] a commit', () => {
  test('is wanted twice beside its own, and no more once these have come', () => {
    const bench = new Bench();
    expect(ofCommit(bench, 2)).toBe(2);
    bench.prePrepare(0, 1, batch(1));
    bench.commit([2], 0, 1, batch(1));
    expect(ofCommit(bench, 3)).toBe(1);
    bench.commit([3], 0, 1, batch(1));
    // Not decided yet: they wait.
    expect(ofCommit(bench, 0)).toBe(0);
    bench.prepare([2], 0, 1, batch(1));
    expect(bench.state.slots.get(1)?.decision).not.toBeNull();
    expect(ofCommit(bench, 0)).toBe('settled');
    expect(ofCommit(bench, 0, { of: batch(2) })).toBe('needed');
  });

  test('[P13] of a view that was left is settled, and looked at while a view changes', () => {
    const bench = new Bench();
    bench.prePrepare(0, 1, batch(1));
    bench.timeout('request');
    expect([bench.state.view, bench.state.active]).toEqual([1, false]);
    expect(ofCommit(bench, 2)).toBe('settled');
    expect(ofCommit(bench, 2, { view: 1 })).toBe('needed');
  });
});

test('[P11] a checkpoint is wanted until a quorum is there, and settled once it is stable', () => {
  const bench = new Bench({ options: { checkpointEvery: 2 } });
  bench.decide(1, batch(1));
  const digest = () => bench.state.snapshots.get(2)?.digest ?? '0'.repeat(64);
  const ofCheckpoint = (by: number) => use(bench, carrying(checkpoint(r(by), 2, digest())));
  expect(ofCheckpoint(2)).toBe(3);
  bench.decide(2, batch(2));
  expect(ofCheckpoint(2)).toBe(2);
  bench.receive(carrying(checkpoint(r(2), 2, digest())));
  expect(ofCheckpoint(3)).toBe(1);
  bench.receive(carrying(checkpoint(r(3), 2, digest())));
  expect(bench.state.stable.n).toBe(2);
  expect(ofCheckpoint(0)).toBe('settled');
});

test('a vote that nobody verified counts for nothing, and tells how far its sender is', () => {
  const bench = new Bench();
  bench.decide(1, batch(1));
  expect(bench.state.positions.get(r(0))).toBeUndefined();
  const effects = bench.step({
    type: 'unverified',
    from: r(0),
    message: carrying(commit(r(0), 0, 1, batch(1))),
  });
  expect(sent(effects)).toEqual([]);
  expect(bench.state.slots.get(1)?.commits.has(r(0))).toBe(false);
  expect(bench.state.positions.get(r(0))).toEqual({ view: 0, n: 1 });
});
