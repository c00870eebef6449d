/** Leaders that stop halfway, tell two stories or hear old ones, and what outlasts them. */
import { describe, expect, test } from 'vitest';
import * as basicRules from '#protocols/hotstuff/basic/rules.ts';
import * as chainedRules from '#protocols/hotstuff/chained/rules.ts';
import { digestOf } from '#protocols/hotstuff/block.ts';
import { bugs } from '#protocols/hotstuff/bugs.ts';
import { basicHotStuffLaboratory, hotStuffLaboratory } from '#protocols/hotstuff/laboratory.ts';
import type { Block, Certificate, HotStuffMessage, Phase } from '#protocols/hotstuff/messages.ts';
import type { Rules } from '#protocols/hotstuff/rules.ts';
import { r } from '../fixtures/ids.ts';
import { batch } from '../pbft/statements.ts';
import { Bench, notesOf, reasonsOf, sentOf } from './bench.ts';
import {
  blockOf,
  proposalOf,
  quorum,
  showing,
  timeoutMessage,
  timeouts,
  vote,
} from './statements.ts';
import { Twins } from './twins/lockstep.ts';
import { HotStuffWorld } from './world.ts';

const certified = (phase: Phase, block: Block): Certificate => ({
  phase,
  view: block.view,
  block: digestOf(block),
  votes: quorum().map((i) => vote(i, block, { phase })),
});
const one = blockOf(1, null, { batch: batch(1) });

describe('[BH2] a leader stops when one replica alone has the prepare certificate', () => {
  test('the others go on, and all decide the same', () => {
    const world = new HotStuffWorld(4, { laboratory: basicHotStuffLaboratory });
    world.stop = (from, to, message) =>
      from === r(1) && message.type === 'PRE-COMMIT' && to !== r(0);
    world.write();
    world.run(20);
    expect(world.states().map(({ highQC }) => highQC.view)).toEqual([1, 1, 0, 0]);
    world.crash(1);
    world.run(5_000);
    expect(world.settled.size).toBe(1);
    expect(new Set(world.digests()).size).toBe(1);
  });

  test('the next leader stands on it if it is among what n - f report', () => {
    const bench = new Bench({ self: r(2), rules: basicRules });
    bench.step({ type: 'request', requests: batch(2) });
    bench.propose(one);
    bench.timeout('view');
    const key = showing(certified('prepare', one));
    bench.receive(timeoutMessage(0, 1, { sync: key }), r(0));
    bench.receive(timeoutMessage(3, 1), r(3));
    expect(bench.state.view).toBe(2);
    const told = [0, 3].flatMap((i) =>
      bench.receive({ type: 'NEW-VIEW', view: 2, sync: key }, r(i)),
    );
    expect(sentOf(told, 'PROPOSAL')[0]?.block.justify).toMatchObject({ phase: 'prepare', view: 1 });
  });
});

describe('[BH4] a lock that only its holder knows of', () => {
  const rival = proposalOf(blockOf(2, null), { tc: timeouts(1) });
  const early: Rules = {
    ...basicRules,
    lockedBy: ({ view, digest }, phase) => (phase === 'prepare' ? { view, block: digest } : null),
  };

  /** It alone hears of the prepare certificate of view 1; the leader of view 2 hears n - f others. */
  function afterwards(rules: Rules): string[] {
    const bench = new Bench({ rules });
    bench.propose(one);
    bench.receive({ type: 'PRE-COMMIT', certificate: certified('prepare', one) }, r(1));
    bench.receive({ type: 'SYNC', sync: showing(certified('prepare', one), timeouts(1)) }, r(0));
    expect(bench.state.view).toBe(2);
    return reasonsOf(bench.receive(rival, r(2)));
  }

  test('three phases: whoever knows of a prepare certificate alone is not locked, and votes for another block', () => {
    expect(afterwards(basicRules)).toEqual([]);
  });

  test('two: it is locked, and refuses what n - f others would stand on, however often', () => {
    expect(afterwards(early)).toContain('locked');
  });
});

test('[BH9] [HB1] two blocks to two halves of four: at most one is prepared, and the next view decides', () => {
  const world = new HotStuffWorld(4, { laboratory: basicHotStuffLaboratory });
  world.turn(1, 'HB1');
  world.writeEach(3);
  expect(world.settled.size).toBe(3);
  const voted = world.sent.flatMap(({ message }) =>
    message.type === 'VOTE' && message.statement.body.view === 1
      ? [message.statement.body.block]
      : [],
  );
  expect(new Set(voted).size).toBe(2);
  const prepared = world.notes.flatMap(({ note }) =>
    note.note === 'certified' && note.view === 1 && note.phase === 'prepare' ? [note.block] : [],
  );
  expect(new Set(prepared).size).toBeLessThanOrEqual(1);
});

describe('[BH14] a leader under a flood of old NEW-VIEWs', () => {
  const two = { ...blockOf(2, one), justify: certified('prepare', one) };

  function leading(): Bench {
    const bench = new Bench({ self: r(3), rules: basicRules });
    bench.step({ type: 'request', requests: batch(2) });
    bench.receive({
      type: 'SYNC',
      sync: showing(certified('prepare', one), timeouts(2, quorum(), 1)),
    });
    bench.receive({ type: 'BLOCKS', blocks: [one] }, r(1));
    bench.receive({ type: 'BLOCKS', blocks: [one] }, r(2));
    return bench;
  }

  test('counts each sender once, keeps one a sender, and proposes on the highest certificate', () => {
    const bench = leading();
    const old = (view: number): HotStuffMessage => ({
      type: 'NEW-VIEW',
      view,
      sync: showing(one.justify),
    });
    for (let i = 0; i < 50; i++) bench.receive(old(1 + (i % 3)), r(0));
    expect(bench.state.newViews.size).toBeLessThanOrEqual(2);
    expect(bench.state.proposed).toBe(0);
    const [proposal] = sentOf(bench.receive(old(3), r(1)), 'PROPOSAL');
    expect(proposal?.block).toMatchObject({ view: 3, justify: { view: 1 } });
  });

  test('refuses one whose certificate is none', () => {
    const bench = leading();
    const few = { ...certified('prepare', two), votes: [] };
    const effects = bench.receive({ type: 'NEW-VIEW', view: 3, sync: showing(few) }, r(0));
    expect(notesOf(effects)).toContainEqual({ note: 'certificateRefused', from: r(0) });
    expect(bench.state.newViews.has(r(0))).toBe(false);
  });
});

describe('twins in lock step', () => {
  const calm = { pacemaker: 'certified', order: [0, 1, 2, 3] } as const;

  test('[CS2] a twin that leads nothing, all connected, four views: one commit, and one more that the last votes tell of', () => {
    const scenario = { ...calm, keeps: 2, twinned: 3, splits: [0, 0, 0, 0] };
    expect(new Twins(chainedRules, scenario).run()).toEqual({ conflict: false, committed: 2 });
  });

  test('[CS5] twins lead view 1 with a block each, two and three apart: one of the two commits', () => {
    const scenario = { ...calm, keeps: 1, twinned: 1, splits: [0b11000, 0, 0, 0, 0, 0] };
    const { conflict, committed } = new Twins(chainedRules, scenario).run();
    expect(conflict).toBe(false);
    expect(committed).toBeGreaterThan(0);
  });
});

describe('[CS27] [C25] an attack that makes the timers double', () => {
  /** Ticks that five requests take once no proposal has come through for a minute. */
  function afterAttack(bug: (typeof bugs)[number] | null): number {
    const world = new HotStuffWorld(4, { laboratory: hotStuffLaboratory, ...(bug && { bug }) });
    world.stop = (_from, _to, message) => message.type === 'PROPOSAL';
    world.write();
    world.run(60_000);
    world.stop = () => false;
    world.run(60_000);
    world.crash(2);
    const begun = world.now;
    world.writeEach(5);
    return world.now - begun;
  }

  test('lasts no longer than the cap, and the first commit ends it', () => {
    expect(afterAttack(null)).toBeLessThan(10_000);
  });

  test('goes on where commits do not end it', () => {
    const bug = bugs.find(({ name }) => name === 'timer-doubles-for-ever');
    expect(() => afterAttack(bug ?? null)).toThrow('stays without an answer');
  });
});
