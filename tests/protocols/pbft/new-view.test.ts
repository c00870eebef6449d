/** The new view (OSDI '99 §4.4), one replica on the bench: replica 1 of four unless said otherwise. */
import { describe, expect, test } from 'vitest';
import { digestOf, nullDigest } from '#protocols/pbft/batch.ts';
import {
  isValidNewView,
  newViewPrePrepares,
  reasonToRefuseNewView,
} from '#protocols/pbft/rules.ts';
import { r } from '../fixtures/ids.ts';
import { applied, Bench, notesOf, reasonsOf, sentOf } from './bench.ts';
import {
  batch,
  carrying,
  certificate,
  newView,
  prePrepare,
  signedRequest,
  viewChange,
} from './statements.ts';
import { empty, proof, receiveAll, setting } from './view-changes.ts';

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
    const sends = late.filter(({ type }) => type === 'send');
    expect(sends).toMatchObject([{ to: [r(0)], message: { type: 'NEW-VIEW' } }]);
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

describe('[P17] at or below the checkpoint that a new view begins with', () => {
  const began = (view: number) =>
    newView(view, [
      viewChange(r(1), view),
      viewChange(r(2), view, { stable: 16, checkpoints: proof(16) }),
      viewChange(r(3), view),
    ]);

  test('a replica that lacks its state prepares nothing, after a restart neither', () => {
    const bench = new Bench();
    bench.receive(carrying(began(2)));
    expect(bench.state).toMatchObject({ view: 2, active: true, stable: { n: 0 }, minStable: 16 });
    expect(reasonsOf(bench.prePrepare(2, 16, batch(1)))).toEqual(['outside-window']);
    const again = new Bench({ disk: bench.disk });
    expect(reasonsOf(again.prePrepare(2, 1, batch(1)))).toEqual(['outside-window']);
    expect(sentOf(again.prePrepare(2, 17, batch(1)), 'PREPARE')).toHaveLength(1);
  });

  test('its primary proposes nothing, after a restart neither', () => {
    const first = new Bench();
    first.receive(carrying(began(1)));
    for (const bench of [first, new Bench({ disk: first.disk })]) {
      const effects = bench.step({ type: 'request', requests: batch(1) });
      expect(bench.state.queue.size).toBe(1);
      expect(sentOf(effects, 'PRE-PREPARE')).toEqual([]);
    }
  });
});
