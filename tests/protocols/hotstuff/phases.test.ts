/** Basic HotStuff: its three phases of votes on the bench, number 3 of four, and as a cluster. */
import { describe, expect, test } from 'vitest';
import * as basicRules from '#protocols/hotstuff/basic/rules.ts';
import { digestOf } from '#protocols/hotstuff/block.ts';
import { basicHotStuffLaboratory } from '#protocols/hotstuff/laboratory.ts';
import type { Block, Certificate, HotStuffMessage, Phase } from '#protocols/hotstuff/messages.ts';
import { r } from '../fixtures/ids.ts';
import { batch } from '../pbft/statements.ts';
import { Bench, notesOf, sentOf } from './bench.ts';
import {
  blockOf,
  noSync,
  proposalOf,
  quorum,
  timeoutMessage,
  timeouts,
  vote,
} from './statements.ts';
import { HotStuffWorld } from './world.ts';

const certified = (phase: Phase, block: Block, by = quorum()): Certificate => ({
  phase,
  view: block.view,
  block: digestOf(block),
  votes: by.map((i) => vote(i, block, { phase })),
});
const stage = (type: 'PRE-COMMIT' | 'COMMIT' | 'DECIDE', certificate: Certificate) =>
  ({ type, certificate }) satisfies HotStuffMessage;
const votesOf = (effects: ReturnType<Bench['step']>) =>
  sentOf(effects, 'VOTE').map(({ to, statement: { body } }) => [body.phase, body.lockView, to[0]]);

const one = blockOf(1, null, { batch: batch(1) });
const born = (): Bench => new Bench({ rules: basicRules });

/** The phases of `block` up to and with this one. */
function through(bench: Bench, block: Block, last: 'prepare' | 'PRE-COMMIT' | 'COMMIT' | 'DECIDE') {
  const effects = [...bench.receive(proposalOf(block), block.proposer)];
  if (last === 'prepare') return effects;
  effects.push(...bench.receive(stage('PRE-COMMIT', certified('prepare', block))));
  if (last === 'PRE-COMMIT') return effects;
  effects.push(...bench.receive(stage('COMMIT', certified('pre-commit', block))));
  if (last === 'COMMIT') return effects;
  return [...effects, ...bench.receive(stage('DECIDE', certified('commit', block)))];
}

describe('[BH1] a view', () => {
  test('takes three votes to its leader, locks with the third, and decides', () => {
    const bench = born();
    expect(votesOf(through(bench, one, 'COMMIT'))).toEqual([
      ['prepare', 0, r(1)],
      ['pre-commit', 0, r(1)],
      ['commit', 1, r(1)],
    ]);
    expect(bench.state.lock).toEqual({ view: 1, block: digestOf(one) });
    expect(bench.disk.get('safety')).toMatchObject({
      vote: { phase: 'commit' },
      lock: { view: 1 },
    });
    expect(bench.state.index).toBe(0);
    const effects = bench.receive(stage('DECIDE', certified('commit', one)));
    expect(bench.state.index).toBe(1);
    expect(sentOf(effects, 'NEW-VIEW')).toMatchObject([{ to: [r(2)], view: 2 }]);
  });

  test('[BH8] its leader counts one vote of each member in each phase', () => {
    const bench = new Bench({ self: r(1), rules: basicRules });
    bench.step({ type: 'request', requests: batch(1) });
    const own = bench.state.drafted?.block as Block;
    const count = (phase: Phase, by: number) =>
      bench.receive({ type: 'VOTE', statement: vote(by, own, { phase, lockView: 0 }) });
    expect(
      [...count('prepare', 0), ...count('prepare', 0)].some(({ type }) => type === 'send'),
    ).toBe(false);
    expect(sentOf(count('prepare', 2), 'PRE-COMMIT')).toHaveLength(1);
    expect(sentOf(count('prepare', 3), 'PRE-COMMIT')).toEqual([]);
  });
});

describe('[BH7] [H2] a certificate of another phase is refused', () => {
  test.each([
    ['PRE-COMMIT', 'pre-commit'],
    ['COMMIT', 'prepare'],
    ['DECIDE', 'prepare'],
    ['DECIDE', 'pre-commit'],
    ['DECIDE', 'generic'],
  ] as const)('%s with one of %s', (type, phase) => {
    const bench = born();
    through(bench, one, 'prepare');
    const effects = bench.receive(stage(type, certified(phase, one)));
    expect(notesOf(effects)).toContainEqual({ note: 'certificateRefused', from: r(2) });
    expect(votesOf(effects)).toEqual([]);
    expect(bench.state.index).toBe(0);
  });

  test('and one of too few', () => {
    const bench = born();
    through(bench, one, 'prepare');
    const effects = bench.receive(stage('PRE-COMMIT', certified('prepare', one, [0, 1])));
    expect(votesOf(effects)).toEqual([]);
  });
});

test('[H1] each phase is voted once, and none after the view was given up (C9)', () => {
  const bench = born();
  through(bench, one, 'PRE-COMMIT');
  expect(votesOf(bench.receive(stage('PRE-COMMIT', certified('prepare', one))))).toEqual([]);
  bench.timeout('view');
  expect(votesOf(bench.receive(stage('COMMIT', certified('pre-commit', one))))).toEqual([]);
});

test('[HI4] who missed the prepare certificate is not locked on what follows it', () => {
  const bench = born();
  through(bench, one, 'prepare');
  expect(votesOf(bench.receive(stage('COMMIT', certified('pre-commit', one))))).toEqual([]);
  expect(bench.state.lock.view).toBe(0);
});

test('[H4] [BH11] a decision whose block is not here has it fetched, and is executed then', () => {
  const bench = born();
  const effects = bench.receive(stage('DECIDE', certified('commit', one)));
  expect(sentOf(effects, 'FETCH')).toMatchObject([{ block: digestOf(one) }]);
  bench.receive({ type: 'BLOCKS', blocks: [one] });
  expect(bench.state.index).toBe(1);
});

test('[C23] [H6] who gave up the view of a decision is told of it in the next', () => {
  const bench = born();
  const decided = certified('commit', one);
  through(bench, one, 'DECIDE');
  const sync = { ...noSync, highQC: certified('prepare', one), highTC: timeouts(1, quorum(), 1) };
  const effects = bench.receive(timeoutMessage(0, 2, { sync }), r(0));
  expect(sentOf(effects, 'SYNC')).toMatchObject([{ to: [r(0)], sync: { decided } }]);
});

test('[BH3] [BH5] [H5] a lock is kept to until a higher prepare certificate comes', () => {
  const bench = born();
  through(bench, one, 'COMMIT');
  const rival = blockOf(3, null);
  const refused = bench.receive(proposalOf(rival, { tc: timeouts(2) }), rival.proposer);
  expect(notesOf(refused)).toContainEqual(expect.objectContaining({ reason: 'locked' }));
  const prepared = { ...blockOf(5, rival), justify: certified('prepare', rival) };
  const higher = bench.receive(proposalOf(prepared, { tc: timeouts(4, quorum(), 3) }), r(1));
  expect(votesOf(higher)).toEqual([['prepare', 0, r(1)]]);
});

test('[H5] a leader proposes once n - f say that they are there, on the highest certificate', () => {
  const bench = new Bench({ self: r(2), rules: basicRules });
  bench.step({ type: 'request', requests: batch(2) });
  through(bench, one, 'PRE-COMMIT');
  bench.timeout('view');
  bench.receive(timeoutMessage(0, 1));
  expect(sentOf(bench.receive(timeoutMessage(3, 1)), 'PROPOSAL')).toEqual([]);
  expect(bench.state.view).toBe(2);
  const hello: HotStuffMessage = { type: 'NEW-VIEW', view: 2, sync: noSync };
  expect(sentOf(bench.receive(hello, r(0)), 'PROPOSAL')).toEqual([]);
  expect(sentOf(bench.receive(hello, r(0)), 'PROPOSAL')).toEqual([]);
  const [proposal] = sentOf(bench.receive(hello, r(3)), 'PROPOSAL');
  expect(proposal?.block.justify).toMatchObject({ phase: 'prepare', view: 1 });
});

test('[E12] a leader that holds timeouts which name more than it can show proposes nothing', () => {
  const bench = new Bench({ self: r(0), rules: basicRules });
  bench.step({ type: 'request', requests: batch(2) });
  // A liar brings timeouts that are behind the certificate it shows: the view is taken over, the certificate is not.
  const far = certified('prepare', blockOf(6, null));
  const shown: HotStuffMessage = {
    type: 'SYNC',
    sync: { ...noSync, highQC: far, highTC: timeouts(3, quorum(), 2) },
  };
  bench.receive(shown, r(3));
  expect([bench.state.view, bench.state.highQC.view]).toEqual([4, 0]);
  const hello: HotStuffMessage = { type: 'NEW-VIEW', view: 4, sync: noSync };
  const effects = [1, 2, 3].flatMap((i) => bench.receive(hello, r(i)));
  expect(sentOf(effects, 'PROPOSAL')).toEqual([]);
  // Once somebody brings what they name, it does.
  const prepared = { ...noSync, highQC: certified('prepare', blockOf(2, null)) };
  bench.receive({ type: 'NEW-VIEW', view: 4, sync: prepared }, r(2));
  expect(bench.state.highQC.view).toBe(2);
});

test.each([0, 1, 2, 3])('[HI9] four replicas without %i decide', (gone) => {
  const world = new HotStuffWorld(4, { laboratory: basicHotStuffLaboratory });
  world.crash(gone);
  world.writeEach(3);
  expect(world.settled.size).toBe(3);
});

test('[BH12] a decision that one replica hears alone reaches the others, as the same', () => {
  const world = new HotStuffWorld(4, { laboratory: basicHotStuffLaboratory });
  world.stop = (_from, to, message) => message.type === 'DECIDE' && to !== r(0);
  world.write();
  world.run(5_000);
  world.stop = () => false;
  world.run(5_000);
  expect(world.settled.size).toBe(1);
  expect(new Set(world.digests()).size).toBe(1);
});
