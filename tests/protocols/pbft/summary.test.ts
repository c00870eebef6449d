/** What a screen is told of a replica of PBFT: replica 1 of four, a backup in view 0, on the bench. */
import { expect, test } from 'vitest';
import { r } from '../fixtures/ids.ts';
import type { PbftMessage } from '#protocols/pbft/messages.ts';
import { pbft } from '#protocols/pbft/protocol.ts';
import { Bench } from './bench.ts';
import { batch, carrying, commit, prepare } from './statements.ts';

const slot = (bench: Bench) => pbft.summarize(bench.state).slots?.rows[0];
const none = { counted: [], early: [], late: [], conflicting: [] };

test('[P9] votes that come before the proposal are shown as received, by their place', () => {
  const bench = new Bench();
  bench.commit([3], 0, 1, batch(1));
  bench.prepare([2], 0, 1, batch(1));
  expect(slot(bench)).toMatchObject({
    n: 1,
    prePrepared: false,
    prepares: { ...none, early: [2] },
    commits: { ...none, early: [3] },
  });
});

test('[P7] what matches the proposal counts, its own prepare too, and the primary has none', () => {
  const bench = new Bench();
  bench.prePrepare(0, 1, batch(1));
  bench.prepare([2], 0, 1, batch(1));
  expect(slot(bench)).toMatchObject({
    prePrepared: true,
    text: 'put x=1',
    prepares: { ...none, counted: [1, 2] },
    commits: { ...none, counted: [1] },
    executed: false,
  });
  bench.commit([0, 3], 0, 1, batch(1));
  expect(slot(bench)).toMatchObject({ commits: { ...none, counted: [0, 1, 3] }, executed: true });
});

test('[PS8] a vote for something else in the same view conflicts, and one of a later view only waits', () => {
  const bench = new Bench();
  bench.prePrepare(0, 1, batch(1));
  bench.prepare([2], 0, 1, batch(2));
  bench.receive(carrying(prepare(r(3), 5, 1, batch(2))));
  bench.receive(carrying(commit(r(3), 0, 1, batch(2))));
  expect(slot(bench)).toMatchObject({
    prepares: { counted: [1], early: [3], late: [], conflicting: [2] },
    commits: { ...none, conflicting: [3] },
  });
});

test('[P7, P9] votes that nobody needed are shown as such, and count for nothing', () => {
  const bench = new Bench();
  bench.prePrepare(0, 1, batch(1));
  bench.prepare([2], 0, 1, batch(1));
  bench.commit([0, 2], 0, 1, batch(1));
  const unverified = (by: number, message: PbftMessage) =>
    bench.step({ type: 'unverified', from: r(by), message });
  unverified(3, carrying(prepare(r(3), 0, 1, batch(1))));
  for (let i = 0; i < 2; i++) unverified(3, carrying(commit(r(3), 0, 1, batch(1))));
  expect(slot(bench)).toMatchObject({
    prepares: { ...none, counted: [1, 2], late: [3] },
    commits: { ...none, counted: [0, 1, 2], late: [3] },
  });
  expect(bench.state.slots.get(1)?.late).toHaveLength(2);
});
