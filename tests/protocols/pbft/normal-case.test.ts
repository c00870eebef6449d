/** The normal case (OSDI '99 §4.2), one replica on the bench: replica 1 of four, a backup in view 0. */
import { describe, expect, test } from 'vitest';
import { limits } from '#protocols/core/limits.ts';
import { r } from '../fixtures/ids.ts';
import { applied, Bench, notesOf, reasonsOf, sent, sentOf } from './bench.ts';
import { batch, carrying, commit, prepare, prePrepare, signedRequest } from './statements.ts';

const types = (messages: readonly { readonly type: string }[]) => messages.map(({ type }) => type);

describe('a pre-prepare', () => {
  test('[P5] [P6] of the primary is accepted, written down and answered with a prepare to all', () => {
    const bench = new Bench();
    const effects = bench.prePrepare(0, 1, batch(1));
    expect(types(effects)).toEqual(expect.arrayContaining(['persist', 'send']));
    const written = effects.findIndex(({ type }) => type === 'persist');
    const said = effects.findIndex(({ type }) => type === 'send');
    expect(written).toBeLessThan(said);
    expect(types(sent(effects))).toEqual(['PREPARE']);
    expect(bench.state.slots.get(1)?.prepares.has(r(1))).toBe(true);
  });

  test('[PS2] [PS25] [P5] with a digest that is not that of its batch is refused', () => {
    const bench = new Bench();
    const statement = prePrepare(0, 1, batch(1));
    const effects = bench.receive({ type: 'PRE-PREPARE', statement, batch: batch(2) });
    expect(reasonsOf(effects)).toEqual(['wrong-digest']);
    expect(sent(effects)).toEqual([]);
    // The client's signature is covered too.
    const forged = [
      { ...signedRequest(1), proof: { key: 'c'.repeat(64), signature: 'd'.repeat(128) } },
    ];
    expect(reasonsOf(bench.receive({ type: 'PRE-PREPARE', statement, batch: forged }))).toEqual([
      'wrong-digest',
    ]);
  });

  test('[P5] [K9] of one who is not the primary of its view is refused, whoever brings it', () => {
    const bench = new Bench();
    const statement = prePrepare(0, 1, batch(1), r(2));
    const message = { type: 'PRE-PREPARE', statement, batch: batch(1) } as const;
    expect(reasonsOf(bench.receive(message, r(0)))).toEqual(['not-primary']);
    const passedOn = { ...message, statement: prePrepare(0, 1, batch(1)) };
    expect(types(sent(bench.receive(passedOn, r(2))))).toEqual(['PREPARE']);
  });

  test('[PS4] [P5] a second one for the same slot with another digest is refused, the same again is nothing', () => {
    const bench = new Bench();
    bench.prePrepare(0, 1, batch(1));
    expect(reasonsOf(bench.prePrepare(0, 1, batch(2)))).toEqual(['second-digest']);
    expect(sent(bench.prePrepare(0, 1, batch(1)))).toEqual([]);
    expect(bench.state.slots.get(1)?.batches.size).toBe(1);
  });

  test('[PS6] [P5] with n <= h or n > H is refused', () => {
    const bench = new Bench();
    expect(reasonsOf(bench.prePrepare(0, 33, batch(1)))).toEqual(['outside-window']);
    expect(reasonsOf(bench.prePrepare(0, 32, batch(1)))).toEqual([]);
    expect(bench.state.slots.size).toBe(1);
  });

  test('[P5] [P13] of another view is refused', () => {
    expect(reasonsOf(new Bench().prePrepare(1, 1, batch(1)))).toEqual(['other-view']);
  });
});

describe('prepared', () => {
  test('[P7] [P8] needs the pre-prepare and 2f prepares of distinct backups; then a commit leaves, written first', () => {
    const bench = new Bench();
    bench.prePrepare(0, 1, batch(1));
    // Its own is one of the two.
    expect(bench.state.slots.get(1)?.prepared).toBeNull();
    const effects = bench.prepare([2], 0, 1, batch(1));
    expect(types(effects).slice(0, 2)).toEqual(['persist', 'send']);
    expect(types(sent(effects))).toEqual(['COMMIT']);
  });

  test('[PS3] [P6] a prepare of the primary is ignored', () => {
    const bench = new Bench();
    bench.prePrepare(0, 1, batch(1));
    const effects = bench.receive(carrying(prepare(r(0), 0, 1, batch(1))));
    expect(reasonsOf(effects)).toEqual(['of-primary']);
    expect(bench.state.slots.get(1)?.prepared).toBeNull();
  });

  test('[K10] a prepare that comes twice counts once, and one of another digest not at all', () => {
    const bench = new Bench({ n: 7 });
    bench.prePrepare(0, 1, batch(1));
    for (let i = 0; i < 5; i++) bench.prepare([2], 0, 1, batch(1));
    expect(reasonsOf(bench.prepare([2], 0, 1, batch(2)))).toEqual(['second-digest']);
    bench.prepare([3], 0, 1, batch(2));
    bench.prepare([4], 0, 1, batch(1));
    expect(bench.state.slots.get(1)?.prepared).toBeNull();
    bench.prepare([5], 0, 1, batch(1));
    expect(bench.state.slots.get(1)?.prepared?.prepares).toHaveLength(4);
  });

  test('[K9] a vote of a stranger is ignored', () => {
    const bench = new Bench();
    bench.prePrepare(0, 1, batch(1));
    expect(reasonsOf(bench.prepare([9], 0, 1, batch(1)))).toEqual(['stranger']);
    expect(reasonsOf(bench.commit([9], 0, 1, batch(1)))).toEqual(['stranger']);
  });
});

describe('committed', () => {
  test('[P9] [P10] 2f + 1 commits execute the batch and answer the client', () => {
    const bench = new Bench();
    bench.prePrepare(0, 1, [signedRequest(1), signedRequest(2)]);
    bench.prepare([2], 0, 1, [signedRequest(1), signedRequest(2)]);
    expect(applied(bench.commit([2], 0, 1, [signedRequest(1), signedRequest(2)]))).toEqual([]);
    const effects = bench.commit([3], 0, 1, [signedRequest(1), signedRequest(2)]);
    expect(applied(effects)).toEqual([1, 2]);
    const replies = effects.filter(({ type }) => type === 'reply');
    expect(replies).toHaveLength(2);
    expect(replies[0]).toMatchObject({ reply: { type: 'done', seq: 1, index: 1, leader: r(0) } });
  });

  test('[P9] commits without being prepared are not enough', () => {
    const bench = new Bench();
    bench.prePrepare(0, 1, batch(1));
    expect(applied(bench.commit([0, 2, 3], 0, 1, batch(1)))).toEqual([]);
    expect(applied(bench.prepare([2], 0, 1, batch(1)))).toEqual([1]);
  });

  test('[PS5] [P9] commits and prepares before the pre-prepare are kept, and nothing locks up', () => {
    const bench = new Bench();
    bench.commit([0, 2, 3], 0, 1, batch(1));
    bench.prepare([2, 3], 0, 1, batch(1));
    expect(bench.state.slots.get(1)?.decision).toBeNull();
    expect(applied(bench.prePrepare(0, 1, batch(1)))).toEqual([1]);
  });

  test('[P10] a slot waits for all slots below it', () => {
    const bench = new Bench();
    expect(applied(bench.decide(2, batch(2)))).toEqual([]);
    expect(applied(bench.decide(3, []))).toEqual([]);
    expect(applied(bench.decide(1, batch(1)))).toEqual([1, 2]);
    expect(bench.state.executed).toBe(3);
  });

  test('[P2] what comes in two batches executes once, and is answered with its first outcome', () => {
    const bench = new Bench();
    bench.decide(1, batch(1));
    const effects = bench.decide(2, batch(1));
    expect(effects.filter(({ type }) => type === 'reply')).toMatchObject([
      { reply: { seq: 1, index: 1 } },
    ]);
    expect(bench.service.snapshot().sessions).toHaveLength(1);
  });
});

describe('the primary', () => {
  test('[P4] gives the next number to all that a turn brought; its pre-prepare is written first and counts once signed', () => {
    const bench = new Bench({ self: r(0) });
    const requests = [signedRequest(1), signedRequest(2)];
    const effects = bench.step({ type: 'request', requests });
    expect(sentOf(effects, 'PRE-PREPARE')).toMatchObject([
      { statement: { body: { n: 1 } }, batch: [{ seq: 1 }, { seq: 2 }] },
    ]);
    expect(effects[0]?.type).toBe('persist');
    expect(bench.state.slots.get(1)?.prePrepare?.signature).not.toBe('');
  });

  test('[PS7] [P4] [P11] stops at the end of its window and goes on when a checkpoint is stable', () => {
    const bench = new Bench({ self: r(0), options: { checkpointEvery: 2 } });
    for (let seq = 1; seq <= 6; seq++) bench.step({ type: 'request', requests: batch(seq) });
    expect(bench.state.lastProposed).toBe(4);
    for (let n = 1; n <= 2; n++) {
      bench.prepare([1, 2], 0, n, batch(n));
      bench.commit([1, 2], 0, n, batch(n));
    }
    expect(bench.state.lastProposed).toBe(4);
    const digest = bench.state.snapshots.get(2)?.digest ?? '';
    for (const by of [r(1), r(2)]) {
      const body = { kind: 'CHECKPOINT', n: 2, digest } as const;
      bench.receive(carrying({ body, signer: by, signature: by.repeat(4) }));
    }
    expect(bench.state.stable.n).toBe(2);
    // Both that waited go as one batch.
    expect(bench.state.lastProposed).toBe(5);
    expect(bench.state.slots.get(5)?.batches.size).toBe(1);
  });

  test('[P2] [PS29] does not order what it has executed or ordered', () => {
    const bench = new Bench({ self: r(0) });
    bench.step({ type: 'request', requests: batch(1) });
    expect(sent(bench.step({ type: 'request', requests: batch(1) }))).toEqual([]);
    bench.prepare([2, 3], 0, 1, batch(1));
    bench.commit([2, 3], 0, 1, batch(1));
    const effects = bench.step({ type: 'request', requests: batch(1) });
    expect(sent(effects)).toEqual([]);
    expect(effects).toMatchObject([{ type: 'reply', reply: { seq: 1, index: 1 } }]);
  });
});

describe('a backup', () => {
  test('[P3] hands a request on to the primary once, and waits for it', () => {
    const bench = new Bench();
    const effects = bench.step({ type: 'request', requests: batch(1) });
    expect(effects).toMatchObject([
      { type: 'send', to: [r(0)], message: { type: 'REQUEST' } },
      { type: 'setTimer', timer: 'request', ticksMin: 300, ticksMax: 600 },
      { type: 'setTimer', timer: 'status' },
    ]);
  });

  test('[P14] stops waiting when that request is executed, and waits for another', () => {
    const bench = new Bench();
    bench.step({ type: 'request', requests: [signedRequest(1), signedRequest(2)] });
    const effects = bench.decide(1, batch(1));
    const timers = effects.filter((e) => e.type === 'setTimer' || e.type === 'cancelTimer');
    expect(timers.filter(({ timer }) => timer === 'request')).toMatchObject([
      { type: 'cancelTimer' },
      { type: 'setTimer' },
    ]);
    expect(bench.state.awaited).toContain(' 2');
  });

  test('[PS31] a late copy of an executed request is answered, and starts no timer', () => {
    const bench = new Bench();
    bench.decide(1, batch(1));
    for (const event of [
      { type: 'request', requests: batch(1) } as const,
      { type: 'receive', from: r(2), message: { type: 'REQUEST', requests: batch(1) } } as const,
    ]) {
      const effects = bench.step(event);
      expect(types(effects)).toEqual(['reply']);
    }
    expect(bench.state.awaited).toBeNull();
  });

  test('[K11] takes in so many requests and no more', () => {
    const bench = new Bench();
    const requests = Array.from({ length: limits.requestsWaitingMax + 1 }, (_, i) =>
      signedRequest(i + 1),
    );
    const effects = bench.step({ type: 'request', requests });
    expect(effects.filter(({ type }) => type === 'reply')).toMatchObject([
      { reply: { type: 'refused', reason: 'overloaded' } },
    ]);
  });
});

test('[PS32] [K11] after garbage of a faulty replica its good messages count', () => {
  const bench = new Bench();
  bench.prepare([2], 0, 40, batch(1));
  bench.prepare([2], 7, 1, batch(3));
  bench.receive({ type: 'DECIDED', batch: batch(1), commits: [commit(r(2), 0, 1, batch(1))] });
  bench.receive({ type: 'STABLE', checkpoints: [] });
  bench.receive({ type: 'DATA', n: 16, piece: 4_000_000, data: '' });
  bench.prePrepare(0, 1, batch(1));
  bench.prepare([3], 0, 1, batch(1));
  expect(applied(bench.commit([2, 3], 0, 1, batch(1)))).toEqual([1]);
});

test('operations of Raft are answered by a note', () => {
  const operation = { type: 'transferLeadership', to: r(2) } as const;
  expect(notesOf(new Bench().step({ type: 'operate', operation }))).toEqual([
    { note: 'operationRefused', operation: 'transferLeadership' },
  ]);
});
