/** Checkpoints and state transfer (OSDI '99 §4.3, P11 and P12), and coming back from the disk (P22). */
import { describe, expect, test } from 'vitest';
import { historyOf } from '#protocols/pbft/history.ts';
import { r } from '../fixtures/ids.ts';
import { Bench, applied, notesOf, sentOf } from './bench.ts';
import { mislisting, poisoning } from './liars.ts';
import {
  batch,
  carrying,
  certificate,
  checkpoint,
  signedRequest,
  viewChange,
} from './statements.ts';
import { proof } from './view-changes.ts';
import { PbftWorld } from './world.ts';

/** A replica with `slots` slots executed, one request in each. */
function executed(slots: number, checkpointEvery = 2): Bench {
  const bench = new Bench({ options: { checkpointEvery } });
  for (let n = 1; n <= slots; n++) bench.decide(n, batch(n));
  return bench;
}

describe('a checkpoint', () => {
  test('[P11] is taken every K slots, written before it is said, and stable with 2f + 1: h moves, what is below goes', () => {
    const bench = executed(2);
    const digest = bench.state.snapshots.get(2)?.digest ?? '';
    expect(bench.disk.get(`checkpoint/${'2'.padStart(16, '0')}`)).toMatchObject({ digest });
    bench.receive(carrying(checkpoint(r(2), 2, digest)));
    expect(bench.state.stable.n).toBe(0);
    const effects = bench.receive(carrying(checkpoint(r(3), 2, digest)));
    expect(notesOf(effects)).toEqual([{ note: 'checkpointStable', n: 2 }]);
    expect(bench.state.stable.n).toBe(2);
    expect(bench.state.slots.size).toBe(0);
    const left = [...bench.disk.keys()].filter((key) =>
      /^(pre|batch|prepared|checkpoint)/.test(key),
    );
    expect(left).toEqual([]);
  });

  test('[P11] is not stable with checkpoints of different digests, of one signer twice, of strangers', () => {
    const bench = executed(2);
    const digest = bench.state.snapshots.get(2)?.digest ?? '';
    for (const each of [
      checkpoint(r(2), 2, 'f'.repeat(64)),
      checkpoint(r(2), 2, digest),
      checkpoint(r(9), 2, digest),
      checkpoint(r(1), 2, digest),
    ]) {
      bench.receive(carrying(each));
    }
    expect(bench.state.stable.n).toBe(0);
  });

  test('[PS28] is not proven by 2f signatures, nor by one twice', () => {
    const bench = new Bench();
    const digest = 'e'.repeat(64);
    for (const by of [
      [0, 1],
      [0, 1, 1],
      [0, 1, 9],
    ]) {
      const checkpoints = by.map((i) => checkpoint(r(i), 48, digest));
      const effects = bench.receive({ type: 'STABLE', checkpoints });
      expect(notesOf(effects)).toEqual([{ note: 'proofRefused', from: r(3) }]);
    }
    expect(bench.state.proven).toBeNull();
  });

  test('[P2] covers the client table, where each session was last used, the end of the epoch and the number of commands', () => {
    /** The history differs in any case: the rest must by itself. */
    const stateAfter = (...requests: ReturnType<typeof signedRequest>[]) => {
      const bench = new Bench({ options: { checkpointEvery: 1 } });
      bench.decide(1, requests);
      const text = bench.state.snapshots.get(1)?.pieces.join('') ?? '';
      return text.replace(historyOf(bench.state), '');
    };
    const get = signedRequest(1, { op: 'get', key: 'x' });
    const again = signedRequest(2, { op: 'get', key: 'x' });
    const stop = signedRequest(1, { op: 'stop', successor: 'next' });
    const states = [
      stateAfter(),
      stateAfter(get),
      stateAfter(again),
      stateAfter(get, get),
      stateAfter(stop),
    ];
    expect(new Set(states).size).toBe(states.length);
    expect(stateAfter(get)).toBe(states[1]);
  });

  test('[K11] of a signer are kept: those within the window, and one beyond it', () => {
    const bench = new Bench();
    for (let n = 16; n <= 16_000; n += 16) {
      bench.receive(carrying(checkpoint(r(3), n, 'e'.repeat(64))));
      bench.receive(carrying(checkpoint(r(3), n + 1, 'e'.repeat(64))));
    }
    expect([...(bench.state.checkpoints.get(r(3))?.keys() ?? [])]).toEqual([16, 32, 16_000]);
  });

  test('that a quorum has with another digest stops this replica', () => {
    const bench = executed(2);
    for (const i of [0, 2, 3]) bench.receive(carrying(checkpoint(r(i), 2, 'f'.repeat(64))));
    expect(bench.state.stopped).not.toBeNull();
    expect(sentOf(bench.decide(3, batch(3)), 'PREPARE')).toEqual([]);
  });
});

describe('[PS27] [P12] a replica beyond whose window the others are', () => {
  test('fetches the state of a proven checkpoint, and goes on from there with h, client table and window', () => {
    const world = new PbftWorld(4);
    world.cutOff(3);
    world.writeEach(70);
    world.mend();
    world.writeEach(1);
    world.run(5_000);
    const notes = world.notes.filter(({ self }) => self === r(3)).map(({ note }) => note);
    expect(notes).toContainEqual(expect.objectContaining({ note: 'stateInstalled', n: 64 }));
    expect(world.state(3).executed).toBe(71);
    expect(world.state(3).stable.n).toBe(64);
    expect(new Set(world.digests()).size).toBe(1);
    // It takes part again.
    world.crash(2);
    world.writeEach(3);
    expect(world.state(3).executed).toBe(74);
  });

  test.each([
    ['pieces', poisoning],
    ['list', mislisting],
  ])('refuses the %s of a liar, and has the state from another', (_, liar) => {
    const world = new PbftWorld(4, { liars: new Map([[r(0), liar]]) });
    world.cutOff(3);
    world.writeEach(70);
    world.mend();
    world.writeEach(1);
    world.run(5_000);
    const notes = world.notes.filter(({ self }) => self === r(3)).map(({ note }) => note);
    expect(notes).toContainEqual(expect.objectContaining({ note: 'stateRefused', from: r(0) }));
    expect(world.state(3).executed).toBe(71);
    expect(new Set(world.digests().slice(1)).size).toBe(1);
  });

  test('a few slots behind, it is sent decisions with their proof, and no state', () => {
    const world = new PbftWorld(4);
    world.cutOff(3);
    world.writeEach(10);
    world.mend();
    world.run(8_000);
    expect(world.state(3).executed).toBe(10);
    expect(world.sent.some(({ message }) => message.type === 'FETCH')).toBe(false);
  });
});

test('[PS22] a proof of what is stable already changes nothing', () => {
  const bench = executed(4);
  const digest = bench.state.snapshots.get(2)?.digest ?? '';
  for (const i of [2, 3]) bench.receive(carrying(checkpoint(r(i), 2, digest)));
  const { stable, slots } = bench.state;
  expect(stable.n).toBe(2);
  expect(bench.receive({ type: 'STABLE', checkpoints: stable.checkpoints })).toEqual([]);
  expect(bench.state.stable).toBe(stable);
  expect([...slots.keys()]).toEqual([3, 4]);
  expect(bench.state.executed).toBe(4);
});

describe('after a crash', () => {
  test('[P22] a backup says its prepares and commits again, unchanged', () => {
    const bench = executed(3);
    bench.prePrepare(0, 4, batch(4));
    const { born } = new Bench({ disk: bench.disk, options: { checkpointEvery: 2 } });
    expect(sentOf(born, 'PREPARE').map(({ statement }) => statement.body.n)).toEqual([1, 2, 3, 4]);
    expect(sentOf(born, 'COMMIT').map(({ statement }) => statement.body.n)).toEqual([1, 2, 3]);
    expect(sentOf(born, 'CHECKPOINT').map(({ statement }) => statement.body.n)).toEqual([2]);
  });

  test('[P22] a primary says its pre-prepares again, and gives no number twice', () => {
    const bench = new Bench({ self: r(0) });
    bench.step({ type: 'request', requests: batch(1) });
    const again = new Bench({ self: r(0), disk: bench.disk });
    expect(sentOf(again.born, 'PRE-PREPARE')).toMatchObject([{ statement: { body: { n: 1 } } }]);
    const effects = again.step({ type: 'request', requests: batch(2) });
    expect(sentOf(effects, 'PRE-PREPARE')).toMatchObject([{ statement: { body: { n: 2 } } }]);
  });

  test('[P22] [P13] in a view change the same VIEW-CHANGE leaves again, and nothing of the view that was left', () => {
    const bench = executed(1);
    bench.step({ type: 'request', requests: batch(9) });
    const [said] = sentOf(bench.timeout('request'), 'VIEW-CHANGE');
    const again = new Bench({ disk: bench.disk });
    const messages = again.born.flatMap((e) => (e.type === 'send' ? [e.message.type] : []));
    expect(new Set(messages)).toEqual(new Set(['VIEW-CHANGE', 'STATUS']));
    expect(sentOf(again.born, 'VIEW-CHANGE')[0]?.statement.body).toEqual(said?.statement.body);
    expect(again.state.active).toBe(false);
  });

  test('[P22] a new primary says the same NEW-VIEW again, with whatever else it hears since', () => {
    const bench = executed(1);
    bench.step({ type: 'request', requests: batch(9) });
    bench.timeout('request');
    bench.receive(carrying(viewChange(r(2), 1)), r(2));
    const [said] = sentOf(bench.receive(carrying(viewChange(r(3), 1)), r(3)), 'NEW-VIEW');
    const again = new Bench({ disk: bench.disk });
    const [repeated] = sentOf(again.born, 'NEW-VIEW');
    const bodies = (message: typeof said) =>
      message?.statement.body.prePrepares.map(({ body }) => body);
    expect(bodies(repeated)).toEqual(bodies(said));
    expect(repeated?.statement.body.viewChanges).toEqual(said?.statement.body.viewChanges);
  });

  test('[P22] [PI7] a new primary gives no number of O twice, though its own window ended before', () => {
    const bench = new Bench();
    const ahead = { stable: 16, checkpoints: proof(16), prepared: [certificate(0, 33, batch(3))] };
    bench.step({ type: 'request', requests: batch(9) });
    bench.timeout('request');
    for (const i of [2, 3]) bench.receive(carrying(viewChange(r(i), 1, ahead)), r(i));
    expect(bench.state.lastProposed).toBe(33);
    expect(bench.disk.has('pre/0000000000000033')).toBe(false);
    expect(new Bench({ disk: bench.disk }).state.lastProposed).toBe(33);
  });

  test('[P11] it goes on from its stable checkpoint', () => {
    const bench = executed(3);
    const digest = bench.state.snapshots.get(2)?.digest ?? '';
    for (const i of [2, 3]) bench.receive(carrying(checkpoint(r(i), 2, digest)));
    const again = new Bench({ disk: bench.disk, options: { checkpointEvery: 2 } });
    expect(again.state.executed).toBe(2);
    expect(again.born.filter(({ type }) => type === 'restore')).toEqual([
      { type: 'restore', index: 2 },
    ]);
    expect(applied(again.commit([2, 3], 0, 3, batch(3)))).toEqual([3]);
  });

  test('a damaged disk makes it sign nothing', () => {
    const { disk } = executed(3);
    disk.set('view', 'one');
    const { born, state } = new Bench({ disk });
    expect(state.stopped).toContain('disk');
    expect(born.some(({ type }) => type === 'send')).toBe(false);
  });

  test('[PS23] a primary that crashed with an undelivered decision delivers it, though nobody asks again', () => {
    const world = new PbftWorld(4);
    world.stop = (_from, to, { type }) => to === r(0) && type === 'COMMIT';
    world.writeEach(1);
    expect(world.state(0).executed).toBe(0);
    world.crash(0);
    world.stop = () => false;
    world.restart(0);
    world.run(3_000);
    expect(world.state(0).executed).toBe(1);
  });

  test('all at once: everything answered is still there, and the cluster goes on', () => {
    const world = new PbftWorld(4, { disk: { delayMin: 0, delayMean: 2, lieTicks: 0 } });
    world.writeEach(37);
    for (const i of [0, 1, 2, 3]) world.crash(i);
    for (const i of [0, 1, 2, 3]) world.restart(i);
    world.run(5_000);
    expect(world.states().map(({ executed: slots }) => slots)).toEqual([37, 37, 37, 37]);
    world.writeEach(3);
    world.run(1_000);
    expect(new Set(world.digests()).size).toBe(1);
  });
});
