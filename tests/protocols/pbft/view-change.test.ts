/** The view change (OSDI '99 §4.4 and §4.5.2), one replica on the bench: replica 1 of four unless said otherwise. */
import { describe, expect, test } from 'vitest';
import type { ViewChange } from '#protocols/pbft/messages.ts';
import { digestOf, nullDigest } from '#protocols/pbft/batch.ts';
import {
  isValidNewView,
  isValidViewChange,
  newViewPrePrepares,
  reasonToRefuseNewView,
  reasonToRefuseViewChange,
} from '#protocols/pbft/rules.ts';
import { settingOf } from '#protocols/pbft/setting.ts';
import type { Signed } from '#protocols/core/signed.ts';
import { r, roster } from '../fixtures/ids.ts';
import { applied, Bench, notesOf, reasonsOf, sentOf } from './bench.ts';
import {
  batch,
  carrying,
  certificate,
  checkpoint,
  newView,
  prepare,
  prePrepare,
  signedRequest,
  viewChange,
} from './statements.ts';

const setting = settingOf(roster(4), {});
const digest = 'e'.repeat(64);
const proof = (n: number, by = [0, 1, 2]) => by.map((i) => checkpoint(r(i), n, digest));
/** View changes of `by` to `view`, all of them empty. */
const empty = (view: number, by: readonly number[]) => by.map((i) => viewChange(r(i), view));
const receiveAll = (bench: Bench, list: readonly Signed<ViewChange>[]) =>
  list.flatMap((each) => bench.receive(carrying(each), each.signer));

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

describe('[P17] the new primary', () => {
  test('[PS10] proposes again what prepared in the highest view, and the null request where nothing did', () => {
    const list = [
      viewChange(r(1), 3, { prepared: [certificate(0, 1, batch(1)), certificate(0, 3, batch(3))] }),
      viewChange(r(2), 3, { prepared: [certificate(2, 1, batch(7))] }),
      viewChange(r(3), 3),
    ];
    expect(newViewPrePrepares(list).slots).toEqual([
      { n: 1, digest: digestOf(batch(7)) },
      { n: 2, digest: nullDigest },
      { n: 3, digest: digestOf(batch(3)) },
    ]);
  });

  test('begins above the highest stable checkpoint, whatever prepared below it', () => {
    const list = [
      viewChange(r(1), 1, {
        prepared: [certificate(0, 16, batch(1)), certificate(0, 17, batch(2))],
      }),
      viewChange(r(2), 1, { stable: 16, checkpoints: proof(16) }),
      viewChange(r(3), 1),
    ];
    const { minStable, slots } = newViewPrePrepares(list);
    expect(minStable?.n).toBe(16);
    expect(slots).toEqual([{ n: 17, digest: digestOf(batch(2)) }]);
  });

  test('[PS13] says nothing with 2f view changes, or with 2f + 1 of which one comes twice', () => {
    const bench = new Bench();
    bench.step({ type: 'request', requests: batch(1) });
    bench.timeout('request');
    const effects = receiveAll(bench, empty(1, [2, 2, 2]));
    expect(sentOf(effects, 'NEW-VIEW')).toEqual([]);
    const [said] = sentOf(receiveAll(bench, empty(1, [3])), 'NEW-VIEW');
    expect(said?.statement.body.viewChanges.map(({ signer }) => signer)).toEqual([
      r(1),
      r(2),
      r(3),
    ]);
    expect(bench.state.active).toBe(true);
  });

  test('[P22] says one NEW-VIEW only, however many view changes follow; a late one is answered with it', () => {
    const bench = new Bench();
    bench.step({ type: 'request', requests: batch(1) });
    bench.timeout('request');
    const [said] = sentOf(receiveAll(bench, empty(1, [2, 3])), 'NEW-VIEW');
    const late = bench.receive(carrying(viewChange(r(0), 1)), r(0));
    expect(late).toMatchObject([{ type: 'send', to: [r(0)], message: { type: 'NEW-VIEW' } }]);
    expect(sentOf(late, 'NEW-VIEW')[0]?.statement.body.viewChanges).toEqual(
      said?.statement.body.viewChanges,
    );
  });

  test('orders what waits, with numbers after those of O', () => {
    const bench = new Bench();
    bench.step({ type: 'request', requests: [signedRequest(1), signedRequest(9)] });
    bench.timeout('request');
    const effects = receiveAll(bench, [
      viewChange(r(2), 1, { prepared: [certificate(0, 2, batch(9))] }),
      viewChange(r(3), 1),
    ]);
    bench.receive({ type: 'BATCH', n: 2, batch: batch(9) });
    const proposed = sentOf(effects, 'PRE-PREPARE');
    expect(proposed.map(({ statement }) => statement.body.n)).toEqual([3]);
  });
});

describe('[P18] [PS11] a new view', () => {
  const list = [
    viewChange(r(2), 1, { prepared: [certificate(0, 1, batch(1)), certificate(0, 3, batch(3))] }),
    viewChange(r(1), 1),
    viewChange(r(3), 1),
  ];
  const good = newView(1, list);
  const { prePrepares } = good.body;
  const reason = (rest: Parameters<typeof newView>[2], by = r(1), of = list) =>
    reasonToRefuseNewView(newView(1, of, rest, by), setting);

  test('whose O follows from V is valid', () => {
    expect(isValidNewView(good, setting)).toBe(true);
    expect(prePrepares.map(({ body }) => body.digest === nullDigest)).toEqual([false, true, false]);
  });

  test.each<[string, string | null, string | null]>([
    ['without a pre-prepare', 'wrong-pre-prepares', reason({ prePrepares: prePrepares.slice(1) })],
    ['with none', 'wrong-pre-prepares', reason({ prePrepares: [] })],
    [
      'with one too many',
      'wrong-pre-prepares',
      reason({ prePrepares: [...prePrepares, prePrepare(1, 4, batch(4))] }),
    ],
    [
      'with another batch where one prepared',
      'wrong-pre-prepares',
      reason({ prePrepares: [prePrepare(1, 1, batch(2)), ...prePrepares.slice(1)] }),
    ],
    [
      'with a batch where none prepared',
      'wrong-pre-prepares',
      reason({
        prePrepares: prePrepares.map((p, i) => (i === 1 ? prePrepare(1, 2, batch(2)) : p)),
      }),
    ],
    [
      'with pre-prepares of another view',
      'wrong-pre-prepares',
      reason({ prePrepares: [prePrepare(5, 1, batch(1)), ...prePrepares.slice(1)] }),
    ],
    [
      'with pre-prepares that another signed',
      'wrong-pre-prepares',
      reason({ prePrepares: [prePrepare(1, 1, batch(1), r(2)), ...prePrepares.slice(1)] }),
    ],
    ['of another than the primary', 'not-primary', reason({}, r(2))],
    ['with 2f view changes', 'too-few', reason({ viewChanges: list.slice(1) })],
    [
      'that counts somebody twice',
      'duplicate',
      reason({ viewChanges: [...list.slice(1), viewChange(r(1), 1)] }),
    ],
    [
      'with a view change to another view',
      'other-view',
      reason({ viewChanges: [...list.slice(0, 2), viewChange(r(3), 2)] }),
    ],
    [
      'with a view change that proves nothing',
      'invalid-view-change',
      reason({ viewChanges: [...list.slice(0, 2), viewChange(r(3), 1, { stable: 16 })] }),
    ],
  ])('%s is not: %s', (_, expected, found) => {
    expect(found).toBe(expected);
  });

  test('[P13] leaves behind the votes of the view before it, also those that come late', () => {
    const bench = new Bench({ self: r(3) });
    bench.prePrepare(0, 5, batch(5));
    bench.prepare([1], 0, 5, batch(5));
    bench.receive(carrying(good));
    bench.prepare([2], 0, 5, batch(5));
    bench.commit([0, 1, 2], 0, 5, batch(5));
    const slot = bench.state.slots.get(5);
    expect([slot?.prePrepare, slot?.prepares.size, slot?.commits.size]).toEqual([null, 0, 0]);
  });

  test('that is refused is not entered', () => {
    const bench = new Bench({ self: r(3) });
    const bad = newView(1, list, { prePrepares: [] });
    expect(reasonsOf(bench.receive(carrying(bad)))).toEqual(['wrong-pre-prepares']);
    expect(bench.state.view).toBe(0);
  });

  test('is entered by one that wanted none, however far ahead: a quorum proves it', () => {
    const bench = new Bench({ self: r(3) });
    const effects = bench.receive(carrying(newView(9, empty(9, [0, 1, 2]))), r(2));
    expect(notesOf(effects)).toMatchObject([{ note: 'viewEntered', view: 9, primary: r(1) }]);
  });

  test('has its slots prepared and committed again, missing batches fetched by digest, nothing executed twice', () => {
    const bench = new Bench({ self: r(3) });
    bench.prePrepare(0, 1, batch(1));
    bench.prepare([1, 2], 0, 1, batch(1));
    expect(applied(bench.commit([0, 1], 0, 1, batch(1)))).toEqual([1]);
    const effects = bench.receive(carrying(good));
    expect(sentOf(effects, 'PREPARE').map(({ statement }) => statement.body.n)).toEqual([1, 2]);
    expect(sentOf(effects, 'FETCH-BATCH')).toMatchObject([{ n: 3, digest: digestOf(batch(3)) }]);
    expect(bench.receive({ type: 'BATCH', n: 3, batch: batch(4) })).toEqual([]);
    const fetched = bench.receive({ type: 'BATCH', n: 3, batch: batch(3) });
    expect(sentOf(fetched, 'PREPARE').map(({ statement }) => statement.body.n)).toEqual([3]);
    const rest = [1, 2, 3].flatMap((n) => {
      const of = n === 2 ? [] : batch(n);
      return [...bench.prepare([0, 2], 1, n, of), ...bench.commit([0, 1], 1, n, of)];
    });
    expect(sentOf(rest, 'COMMIT')).toHaveLength(3);
    expect(applied(rest)).toEqual([2]);
    expect(bench.state.executed).toBe(3);
  });

  test('[PS21] a decision that comes by proof and by the view change too is executed once', () => {
    const bench = new Bench({ self: r(3) });
    const commits = [0, 1, 2].map((i) => ({
      body: { kind: 'COMMIT', view: 0, n: 1, digest: digestOf(batch(1)) } as const,
      signer: r(i),
      signature: r(i).repeat(4),
    }));
    const decided = { type: 'DECIDED', batch: batch(1), commits } as const;
    expect(applied(bench.receive(decided))).toEqual([1]);
    bench.receive(carrying(good));
    bench.prepare([0, 2], 1, 1, batch(1));
    expect(applied(bench.commit([0, 1, 2], 1, 1, batch(1)))).toEqual([]);
    expect(applied(bench.receive(decided))).toEqual([]);
    expect(bench.state.index).toBe(1);
  });

  test('[P15] what prepared in an earlier view is told again, though the next view did not prepare it', () => {
    const bench = new Bench({ self: r(3) });
    bench.prePrepare(0, 2, batch(2));
    bench.prepare([1, 2], 0, 2, batch(2));
    // V does not have to hold its own.
    bench.receive(carrying(newView(1, empty(1, [0, 1, 2]))));
    bench.step({ type: 'request', requests: batch(5) });
    const [said] = sentOf(bench.timeout('request'), 'VIEW-CHANGE');
    expect(said?.statement.body.prepared).toMatchObject([
      { prePrepare: { body: { n: 2, view: 0 } } },
    ]);
  });

  test('that contradicts what is executed here, more than f lie: it signs nothing any more', () => {
    const bench = new Bench({ self: r(3) });
    bench.prePrepare(0, 1, batch(1));
    bench.prepare([1, 2], 0, 1, batch(1));
    bench.commit([0, 1], 0, 1, batch(1));
    const other = viewChange(r(2), 1, { prepared: [certificate(0, 1, batch(2))] });
    const effects = bench.receive(carrying(newView(1, [other, ...empty(1, [0, 1])])));
    expect(notesOf(effects).at(-1)?.note).toBe('assumptionBroken');
    expect(bench.receive(carrying(viewChange(r(2), 5)))).toEqual([]);
  });
});
