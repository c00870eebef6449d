/** The view change (OSDI '99 §4.4 and §4.5.2), one replica on the bench: replica 1 of four unless said otherwise. */
import { describe, expect, test } from 'vitest';
import type { ViewChange } from '#protocols/pbft/messages.ts';
import { isValidViewChange, reasonToRefuseViewChange } from '#protocols/pbft/rules.ts';
import { r } from '../fixtures/ids.ts';
import { Bench, reasonsOf, sentOf } from './bench.ts';
import {
  batch,
  carrying,
  certificate,
  checkpoint,
  prepare,
  prePrepare,
  viewChange,
} from './statements.ts';
import { empty, proof, receiveAll, setting } from './view-changes.ts';

describe('leaving a view', () => {
  test('[P14] [P22] a request not executed in time: VIEW-CHANGE to the next view, written whole before it leaves', () => {
    const bench = new Bench();
    bench.step({ type: 'request', requests: batch(1) });
    bench.prePrepare(0, 1, batch(2));
    bench.prepare([2], 0, 1, batch(2));
    const effects = bench.timeout('request');
    const [said] = sentOf(effects, 'VIEW-CHANGE');
    expect(said?.statement.body).toMatchObject({ view: 1, stable: 0, checkpoints: [] });
    expect(said?.statement.body.prepared).toMatchObject([{ prePrepare: { body: { n: 1 } } }]);
    expect(bench.disk.get('viewChange')).toEqual(said?.statement.body);
    expect(effects.findIndex(({ type }) => type === 'persist')).toBeLessThan(
      effects.findIndex(({ type }) => type === 'send'),
    );
    expect(bench.state.active).toBe(false);
  });

  test('[P14] a timer for something executed meanwhile leads nowhere', () => {
    const bench = new Bench();
    bench.step({ type: 'request', requests: batch(1) });
    bench.decide(1, batch(1));
    expect(bench.timeout('request')).toEqual([]);
    expect(bench.state.view).toBe(0);
  });

  test('[P13] nothing of the view that was left counts any more, checkpoints do', () => {
    const bench = new Bench({ options: { checkpointEvery: 1 } });
    bench.step({ type: 'request', requests: batch(5) });
    bench.prePrepare(0, 1, batch(1));
    bench.timeout('request');
    expect(reasonsOf(bench.prePrepare(0, 2, batch(2)))).toEqual(['other-view']);
    bench.prepare([2, 3], 0, 1, batch(1));
    expect(bench.state.slots.get(1)?.prepared).toBeNull();
    for (const each of proof(1, [0, 2, 3])) bench.receive(carrying(each));
    expect(bench.state.proven?.n).toBe(1);
  });

  test('[PS14] [P20] f + 1 to later views: it joins the smallest at once', () => {
    const bench = new Bench();
    receiveAll(bench, [viewChange(r(2), 7)]);
    const effects = receiveAll(bench, [viewChange(r(3), 4)]);
    expect(sentOf(effects, 'VIEW-CHANGE')[0]?.statement.body.view).toBe(4);
    expect(reasonsOf(effects)).toEqual(['others-move']);
  });

  test('[PS15] [P21] f of them move nobody, however often and however far', () => {
    const bench = new Bench();
    for (const view of [1, 2, 9, 1_000_000]) receiveAll(bench, [viewChange(r(3), view)]);
    expect(bench.state.view).toBe(0);
    expect(bench.state.viewChanges.size).toBe(1);
  });

  test('[PS16] [P19] with a quorum behind it the timer runs, and doubles from one silent primary to the next', () => {
    const bench = new Bench();
    const ticks = (view: number) => {
      const effects = receiveAll(bench, empty(view, [0, 2, 3]));
      const timer = effects.find((e) => e.type === 'setTimer' && e.timer === 'new view');
      return timer?.type === 'setTimer' ? [timer.ticksMin, timer.ticksMax] : [];
    };
    bench.step({ type: 'request', requests: batch(1) });
    bench.timeout('request');
    bench.step({ type: 'timeout', timer: 'new view' });
    expect(bench.state.view).toBe(1);
    // View 2 is replica 2's, view 3 replica 3's.
    expect(ticks(2)).toEqual([600, 1_200]);
    bench.timeout('new view');
    expect(bench.state.view).toBe(3);
    expect(ticks(3)).toEqual([1_200, 2_400]);
  });

  test('[P19] those who want a later view count too: two thirds do not wait for ever for the rest', () => {
    const bench = new Bench();
    bench.step({ type: 'request', requests: batch(1) });
    bench.timeout('request');
    receiveAll(bench, [viewChange(r(2), 1)]);
    expect(bench.state.awaitsNewView).toBe(false);
    receiveAll(bench, [viewChange(r(3), 2)]);
    expect(bench.state.awaitsNewView).toBe(true);
  });
});

describe('[P16] [PS12] a view change', () => {
  const one = (rest: Partial<ViewChange>, by = r(3)) =>
    reasonToRefuseViewChange(viewChange(by, 2, rest), setting);
  const good = certificate(1, 18, batch(1));

  test('with proofs is valid', () => {
    expect(one({ stable: 16, checkpoints: proof(16), prepared: [good] })).toBeNull();
    expect(isValidViewChange(viewChange(r(3), 1), setting)).toBe(true);
  });

  test('of a stranger is not', () => {
    expect(one({}, r(9))).toBe('stranger');
  });

  test('[PS28] with a checkpoint that 2f signed, or one twice, or two different, is not', () => {
    const refused = 'unproven-checkpoint';
    expect(one({ stable: 16 })).toBe(refused);
    expect(one({ stable: 16, checkpoints: proof(16, [0, 1]) })).toBe(refused);
    expect(one({ stable: 16, checkpoints: proof(16, [0, 1, 1]) })).toBe(refused);
    expect(one({ stable: 16, checkpoints: proof(16, [0, 1, 9]) })).toBe(refused);
    expect(one({ stable: 32, checkpoints: proof(16) })).toBe(refused);
    expect(one({ stable: 0, checkpoints: proof(16) })).toBe(refused);
    const other = checkpoint(r(2), 16, 'f'.repeat(64));
    expect(one({ stable: 16, checkpoints: [...proof(16, [0, 1]), other] })).toBe(refused);
  });

  test.each<[string, ReturnType<typeof certificate>]>([
    ['too few prepares', { ...good, prepares: good.prepares.slice(1) }],
    ['one prepare twice', certificate(1, 18, batch(1), [r(2), r(2)])],
    ['a prepare of the primary', certificate(1, 18, batch(1), [r(1), r(2), r(3)])],
    ['a prepare of a stranger', certificate(1, 18, batch(1), [r(2), r(9)])],
    [
      'a pre-prepare of another than the primary',
      { ...good, prePrepare: prePrepare(1, 18, batch(1), r(2)) },
    ],
    ['another digest', { ...good, prePrepare: prePrepare(1, 18, batch(2)) }],
    [
      'a prepare of another slot',
      { ...good, prepares: [prepare(r(0), 1, 17, batch(1)), prepare(r(2), 1, 18, batch(1))] },
    ],
    ['the view it moves to', certificate(2, 18, batch(1))],
  ])('with %s is not', (_, prepared) => {
    expect(one({ stable: 16, checkpoints: proof(16), prepared: [prepared] })).toBe(
      'unproven-prepared',
    );
  });

  test('with a slot named twice, out of order, or outside the window is not', () => {
    const at = (...slots: number[]) =>
      one({
        stable: 16,
        checkpoints: proof(16),
        prepared: slots.map((n) => certificate(1, n, batch(1))),
      });
    expect(at(17, 20, 48)).toBeNull();
    for (const slots of [[17, 17], [18, 17], [16], [49]]) expect(at(...slots)).toBe('wrong-slot');
  });

  test('that is refused counts for nothing', () => {
    const bench = new Bench();
    const bad = viewChange(r(2), 1, { prepared: [certificate(0, 1, batch(1), [r(2), r(2)])] });
    const effects = receiveAll(bench, [bad, viewChange(r(3), 1)]);
    expect(reasonsOf(effects)).toEqual(['unproven-prepared']);
    expect(bench.state.view).toBe(0);
  });
});
