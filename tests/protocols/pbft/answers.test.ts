/** K11: small questions bring no flood of answers. Replica 1 of four on the bench. */
import { expect, test } from 'vitest';
import { limits } from '#protocols/core/limits.ts';
import { digestOf } from '#protocols/pbft/batch.ts';
import type { PbftMessage } from '#protocols/pbft/messages.ts';
import { r } from '../fixtures/ids.ts';
import { Bench, sent } from './bench.ts';
import { batch, carrying, checkpoint, newView, viewChange } from './statements.ts';

const status: PbftMessage = {
  type: 'STATUS',
  view: 0,
  active: true,
  stable: 0,
  executed: 0,
  prePrepared: [],
  prepared: [],
  reply: false,
};

/** A replica with a stable checkpoint at 2 and a decided slot 3. */
function ahead(): Bench {
  const bench = new Bench({ options: { checkpointEvery: 2 } });
  for (const n of [1, 2, 3]) bench.decide(n, batch(n));
  const digest = bench.state.snapshots.get(2)?.digest ?? '';
  for (const i of [2, 3]) bench.receive(carrying(checkpoint(r(i), 2, digest)));
  expect(bench.state.stable.n).toBe(2);
  return bench;
}

/** Messages that `times` equal questions of replica `by` bring. */
function brought(bench: Bench, question: PbftMessage, times = 1, by = 3): number {
  let count = 0;
  for (let i = 0; i < times; i++) count += sent(bench.receive(question, r(by))).length;
  return count;
}

test.each<[string, PbftMessage, number]>([
  ['a STATUS', status, limits.statusesAnsweredMax],
  ['a FETCH of the list', { type: 'FETCH', n: 2, pieces: [] }, 1],
  ['a FETCH of a piece', { type: 'FETCH', n: 2, pieces: [0, 0, 0] }, 1],
  ['a FETCH of what is past', { type: 'FETCH', n: 1, pieces: [] }, 1],
  ['a FETCH-BATCH', { type: 'FETCH-BATCH', n: 3, digest: digestOf(batch(3)) }, 1],
])('[K11] %s is answered again only in the next period, and to others', (_, question, times) => {
  const bench = ahead();
  const once = brought(bench, question);
  expect(once).toBeGreaterThan(0);
  expect(brought(bench, question, 100)).toBe((times - 1) * once);
  expect(brought(bench, question, 100, 2)).toBe(times * once);
  bench.timeout('answers');
  expect(brought(bench, question, 100)).toBe(times * once);
});

test('[K11] the period begins with its first answer, and a replica that slept begins anew', () => {
  const bench = ahead();
  const timers = (effects: ReturnType<Bench['receive']>) =>
    effects.flatMap((effect) => (effect.type === 'setTimer' ? [effect.timer] : []));
  expect(timers(bench.receive(status))).toContain('answers');
  expect(timers(bench.receive(status))).not.toContain('answers');
  brought(bench, status, 10);
  bench.step({ type: 'wake', elapsedTicks: 1_000 });
  expect(timers(bench.receive(status))).toContain('answers');
  expect(brought(bench, status)).toBeGreaterThan(0);
});

test('[K11] strangers are answered nothing', () => {
  const bench = ahead();
  for (const question of [status, { type: 'FETCH', n: 2, pieces: [] } as const]) {
    expect(brought(bench, question, 3, 9)).toBe(0);
  }
});

test('[K11] [P22] a late view change brings the NEW-VIEW, however often it is passed on, a few times', () => {
  const bench = new Bench();
  const V = [0, 1, 2].map((i) => viewChange(r(i), 1));
  bench.receive(carrying(newView(1, V)), r(1));
  expect([bench.state.view, bench.state.active]).toEqual([1, true]);
  const late = carrying(viewChange(r(3), 1));
  expect(brought(bench, late, 100, 2)).toBe(limits.newViewsAnsweredMax);
});
