/** Tentative execution (TOCS 2002, §5.1.2): replica 1 of four on the bench, a backup in view 0; then a whole cluster. */
import { describe, expect, test } from 'vitest';
import { nullDigest } from '#protocols/pbft/batch.ts';
import { pbft } from '#protocols/pbft/protocol.ts';
import type { PbftEffect } from '#protocols/pbft/state.ts';
import { r } from '../fixtures/ids.ts';
import { applied, Bench, notesOf, sentOf, type Born } from './bench.ts';
import {
  batch,
  carrying,
  certificate,
  commit,
  newView,
  signedRequest,
  viewChange,
} from './statements.ts';
import { PbftWorld } from './world.ts';

const switches = ['tentative-execution'];
const bench = (born: Born = {}) => new Bench({ switches, ...born });

/** `seq value`, and the view in which it is tentative. */
function replies(effects: readonly PbftEffect[]): string[] {
  return effects.flatMap((effect) => {
    if (effect.type !== 'reply' || effect.reply.type !== 'done') return [];
    const { seq, result, tentative } = effect.reply;
    return [`${seq} ${result.value}${tentative === undefined ? '' : ` tentative in ${tentative}`}`];
  });
}

/** Slot `n` prepared in view 0, and no commit heard. */
function prepared(on: Bench, n: number, of = batch(n)): readonly PbftEffect[] {
  return [...on.prePrepare(0, n, of), ...on.prepare([2], 0, n, of)];
}

describe('a slot is executed before it is committed', () => {
  test('once it is prepared, and answered as tentative, after its certificate is written', () => {
    const on = bench();
    const effects = prepared(on, 1);
    expect(replies(effects)).toEqual(['1 1 tentative in 0']);
    expect(applied(effects)).toEqual([]);
    expect(on.state).toMatchObject({ executed: 0, index: 0, tentative: { n: 1 } });
    const [row] = pbft.summarize(on.state).slots?.rows ?? [];
    expect(row).toMatchObject({ executed: false, tentative: true });
    const written = effects.findLastIndex(({ type }) => type === 'persist');
    expect(written).toBeLessThan(effects.findIndex(({ type }) => type === 'reply'));
    expect(on.disk.has('prepared/0000000000000001')).toBe(true);
  });

  test('at the commit it counts, and its client is not answered again unless it asks', () => {
    const on = bench();
    prepared(on, 1);
    const effects = on.commit([2, 3], 0, 1, batch(1));
    expect(applied(effects)).toEqual([1]);
    expect(replies(effects)).toEqual([]);
    expect(on.state).toMatchObject({ executed: 1, index: 1, tentative: null });
    expect(replies(on.step({ type: 'request', requests: batch(1) }))).toEqual(['1 1']);
  });

  test('asked again before the commit, it is answered as tentative again, and still waited for', () => {
    const on = bench();
    prepared(on, 1);
    expect(replies(on.step({ type: 'request', requests: batch(1) }))).toEqual([
      '1 1 tentative in 0',
    ]);
    expect(on.state.requests.size).toBe(1);
    expect(sentOf(on.timeout('request'), 'VIEW-CHANGE')).toHaveLength(1);
  });

  test('one slot ahead and no more: the next waits until this one is committed', () => {
    const on = bench();
    prepared(on, 1);
    expect(replies(prepared(on, 2))).toEqual([]);
    expect(replies(on.commit([2, 3], 0, 1, batch(1)))).toEqual(['2 2 tentative in 0']);
  });

  test('a decision that comes as a whole is executed as it always was', () => {
    const on = bench();
    const commits = [0, 2, 3].map((i) => commit(r(i), 0, 1, batch(1)));
    expect(replies(on.receive({ type: 'DECIDED', batch: batch(1), commits }))).toEqual(['1 1']);
  });

  test('the end of an epoch is not: others act on it', () => {
    const on = bench();
    const end = [signedRequest(1, { op: 'stop', successor: 'x' })];
    expect(replies(prepared(on, 1, end))).toEqual([]);
    expect(replies(on.commit([2, 3], 0, 1, end))).toEqual(['1 x']);
  });

  test('off by default', () => {
    expect(replies(prepared(new Bench(), 1))).toEqual([]);
  });
});

describe('[PS34] a view change takes it back', () => {
  test('to the last committed slot, beyond a checkpoint, and the null request stands there', () => {
    const on = bench({ self: r(3), options: { checkpointEvery: 3 } });
    for (const n of [1, 2, 3, 4]) {
      on.prePrepare(0, n, batch(n));
      on.prepare([1, 2], 0, n, batch(n));
      on.commit([1, 2], 0, n, batch(n));
    }
    const committed = on.service.digest();
    on.prePrepare(0, 5, batch(5));
    on.prepare([1], 0, 5, batch(5));
    expect(on.state.tentative?.n).toBe(5);
    expect(on.service.digest()).not.toBe(committed);
    // Those who begin view 1 know nothing of slot 5, and something of slot 6.
    const shown = [1, 2, 3, 4, 6].map((n) => certificate(0, n, batch(n)));
    const V = [0, 1, 2].map((i) => viewChange(r(i), 1, { prepared: shown }));
    const asked = V.slice(0, 2).flatMap((each) => on.receive(carrying(each), each.signer));
    expect(notesOf(asked)).toContainEqual({ note: 'rolledBack', n: 5, count: 1 });
    expect(asked).toContainEqual({ type: 'restore', index: 4 });
    expect(on.service.digest()).toBe(committed);
    expect(on.service.outcomeOf(signedRequest(5))).toBeNull();
    // What prepared here it shows all the same (P15); the new primary has a quorum without it.
    const [said] = sentOf(asked, 'VIEW-CHANGE');
    expect(said?.statement.body.prepared.at(-1)?.prePrepare.body.n).toBe(5);
    on.receive(carrying(newView(1, V)), r(1));
    expect(on.state.slots.get(5)?.prePrepare?.body.digest).toBe(nullDigest);
    const effects = [...on.prepare([2], 1, 5, []), ...on.commit([1, 2], 1, 5, [])];
    expect(replies(effects)).toEqual([]);
    expect(on.state).toMatchObject({ executed: 5, index: 4 });
    expect(on.service.digest()).toBe(committed);
  });

  test('to what the epoch began with, if there is no checkpoint yet', () => {
    const on = bench();
    const before = on.service.digest();
    prepared(on, 1);
    on.step({ type: 'request', requests: batch(9) });
    on.timeout('request');
    expect(on.service.digest()).toBe(before);
  });

  test('a later view that it enters at once, too', () => {
    const on = bench();
    const before = on.service.digest();
    prepared(on, 1);
    const V = [0, 2, 3].map((i) => viewChange(r(i), 2));
    on.receive(carrying(newView(2, V)), r(2));
    expect(on.state).toMatchObject({ view: 2, active: true, tentative: null });
    expect(on.service.digest()).toBe(before);
  });

  test('and so does the proof that something else is committed there', () => {
    const on = bench();
    prepared(on, 1);
    const other = batch(7);
    const commits = [0, 2, 3].map((i) => commit(r(i), 1, 1, other));
    const effects = on.receive({ type: 'DECIDED', batch: other, commits });
    expect(replies(effects)).toEqual(['7 7']);
    expect(on.service.outcomeOf(signedRequest(1))).toBeNull();
    expect(on.state.index).toBe(1);
  });

  test('prepared again in the new view it is executed again, as tentative in that view', () => {
    const on = bench({ self: r(3) });
    on.prePrepare(0, 1, batch(1));
    on.prepare([1], 0, 1, batch(1));
    const V = [0, 1, 2].map((i) =>
      viewChange(r(i), 1, { prepared: [certificate(0, 1, batch(1))] }),
    );
    on.receive(carrying(newView(1, V)), r(1));
    expect(replies(on.prepare([2], 1, 1, batch(1)))).toEqual(['1 1 tentative in 1']);
  });

  test('of a cluster: one replica alone executed it, nobody accepted it, and the others ordered otherwise', () => {
    const world = new PbftWorld(4, { switches });
    // Prepared at 2 alone, and committed nowhere.
    world.stop = (_from, to, { type }) => type === 'COMMIT' || (type === 'PREPARE' && to !== r(2));
    world.write();
    world.run(10);
    expect(world.state(2).tentative?.n).toBe(1);
    expect(world.settled.size).toBe(0);
    world.cutOff(2);
    world.stop = () => false;
    // A second request joins the first: the batch of view 1 is another one.
    world.write();
    world.run(8_000);
    expect(world.settled.size).toBe(2);
    expect(world.state(2).tentative?.n ?? 0).toBeLessThanOrEqual(1);
    world.mend();
    world.writeEach(2);
    world.run(8_000);
    expect(world.notes.some(({ self, note }) => self === r(2) && note.note === 'rolledBack')).toBe(
      true,
    );
    expect(new Set(world.digests()).size).toBe(1);
  });
});

test('a client hears 2f + 1 tentative answers one delay before the f + 1 final ones would come', () => {
  const delays = [[], switches].map((on) => {
    const world = new PbftWorld(4, { switches: on });
    const begun = world.now;
    world.writeEach(1);
    return (world.settled.get(1) ?? 0) - begun;
  });
  expect(delays).toEqual([5, 4]);
});
