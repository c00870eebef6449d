/** Named scenarios of a whole cluster, with at most f liars, the invariants of the honest held against every step. */
import { expect, test } from 'vitest';
import { r } from '../fixtures/ids.ts';
import { censoring, equivocating, forgetful, forging, silent } from './liars.ts';
import { PbftWorld } from './world.ts';

/** Everybody up has executed the same. */
function expectAgreement(world: PbftWorld, slots?: number): void {
  const executed = world.states().map((state) => state.executed);
  expect(new Set(executed).size).toBe(1);
  if (slots !== undefined) expect(executed[0]).toBe(slots);
  expect(new Set(world.digests()).size).toBe(1);
}

test('[PS8] an equivocating primary: not both are committed, and all requests are executed in the next view', () => {
  const world = new PbftWorld(4, { liars: new Map([[r(0), equivocating]]) });
  world.write(3);
  world.run(10_000);
  expect(world.settled.size).toBe(3);
  expect(world.state(1).view).toBeGreaterThan(0);
  const digests = world.digests().slice(1);
  expect(new Set(digests).size).toBe(1);
});

test('[PS10] [PS24] what was prepared survives the view change, though a liar hides it', () => {
  const world = new PbftWorld(4, { liars: new Map([[r(3), forgetful]]) });
  // Prepared at 1 and 2; committed nowhere, since no commit arrives.
  world.stop = (_from, _to, message) =>
    message.type === 'COMMIT' && message.statement.body.view === 0;
  world.write();
  world.run(10);
  const digest = world.state(1).slots.get(1)?.prepared?.prePrepare.body.digest;
  expect(digest).toBeDefined();
  world.crash(0);
  world.run(10_000);
  expect(world.state(1).view).toBeGreaterThan(0);
  expect(world.state(1).slots.get(1)?.decision?.digest).toBe(digest);
  expect(world.settled.size).toBe(1);
});

test('[PS16] [PS17] f silent primaries in a row, n = 7: progress in view f', () => {
  const liars = new Map([
    [r(0), silent],
    [r(1), silent],
  ]);
  const world = new PbftWorld(7, { liars });
  world.write();
  world.run(15_000);
  expect(world.settled.size).toBe(1);
  expect(world.state(2).view).toBe(2);
  // There it goes on, and the timers are back at their first length.
  world.writeEach(2);
  expect(world.state(2).view).toBe(2);
  expect(world.state(3).fruitlessViewChanges).toBe(0);
});

test('[PS18] a primary cut off with a minority: no fork, and after the healing it catches up', () => {
  const world = new PbftWorld(4);
  world.writeEach(3);
  world.cutOff(0);
  world.write();
  world.run(8_000);
  expect(world.settled.size).toBe(4);
  expect(world.state(0).view).toBe(0);
  world.mend();
  world.run(8_000);
  expect(world.state(0).view).toBe(world.state(1).view);
  expectAgreement(world);
});

test('[PS19] prepared at one alone, then cut off: the decision of the others is kept when it comes back', () => {
  const world = new PbftWorld(4);
  world.stop = (_from, to, { type }) => type === 'COMMIT' || (type === 'PREPARE' && to !== r(2));
  world.write();
  world.run(10);
  expect(world.states().filter(({ slots }) => slots.get(1)?.prepared)).toHaveLength(1);
  world.cutOff(2);
  world.stop = () => false;
  world.run(8_000);
  expect(world.settled.size).toBe(1);
  world.mend();
  world.writeEach(2);
  world.run(8_000);
  expectAgreement(world);
});

test('[PS26] a primary that orders nothing is replaced: the client turns to all, they hand on and wait', () => {
  const world = new PbftWorld(4, { liars: new Map([[r(0), censoring]]) });
  world.write();
  world.run(10_000);
  expect(world.settled.size).toBe(1);
  expect(world.state(1).view).toBe(1);
});

test('[PS29] the same request before and after a view change executes once and has one answer', () => {
  const world = new PbftWorld(4);
  // The client hears nothing of view 0.
  world.stop = (_from, _to, { type }) => type === 'COMMIT';
  world.write();
  world.run(5_000);
  world.stop = () => false;
  world.run(10_000);
  expect(world.settled.size).toBe(1);
  expect(world.states().every(({ index }) => index === 1)).toBe(true);
  expectAgreement(world);
});

test('[PS31] a client that repeats itself to all starts no view change', () => {
  const world = new PbftWorld(4);
  world.writeEach(5);
  world.stop = (_from, _to, { type }) => type === 'REQUEST';
  world.write();
  // The client asks all again before any timer of a backup ends.
  world.run(5_000);
  expect(world.settled.size).toBe(6);
  expect(world.states().map(({ view }) => view)).toEqual([0, 0, 0, 0]);
});

test('[P11] lost messages are made good by statuses; without loss there are none', () => {
  const world = new PbftWorld(4);
  world.writeEach(20);
  world.run(5_000);
  expect(world.sent.filter(({ message }) => message.type === 'STATUS')).toEqual([]);
  let seen = 0;
  world.stop = () => ++seen % 5 === 0;
  world.writeEach(40);
  world.stop = () => false;
  world.run(10_000);
  expectAgreement(world);
});

test('[PI10] [P21] one replica that gave up alone cannot move the others, learns what they decide, and follows them later', () => {
  const world = new PbftWorld(4);
  // Replica 3 hears of a request, and of nothing that comes of it.
  world.stop = (_from, to, { type }) => to === r(3) && type !== 'REQUEST';
  world.writeEach(1);
  world.deliver(3, [...(world.state(0).slots.get(1)?.batches.values() ?? [])].flat());
  world.run(1_500);
  expect(world.state(3).view).toBe(1);
  expect(world.state(3).active).toBe(false);
  world.stop = () => false;
  world.writeEach(3);
  world.run(5_000);
  expect(world.states().map(({ view }) => view)).toEqual([0, 0, 0, 1]);
  expectAgreement(world, 4);
  world.crash(0);
  world.writeEach(1);
  world.run(5_000);
  expect(new Set(world.states().map(({ view }) => view)).size).toBe(1);
});

test.each([
  [4, [3]],
  [7, [5, 6]],
])(
  '[PI10] [K11] of %i replicas, %j send false votes without end: no quorum waits for them',
  (n, forgers) => {
    const world = new PbftWorld(n, { liars: new Map(forgers.map((i) => [r(i), forging])) });
    world.writeEach(20);
    expect(world.settled.size).toBe(20);
    for (let i = 0; i < n - forgers.length; i++) {
      expect([world.state(i).view, world.state(i).executed]).toEqual([0, 20]);
    }
    expect(world.simulation.counts.refused).toBeGreaterThan(100);
  },
);
