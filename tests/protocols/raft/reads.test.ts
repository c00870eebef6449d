/** Reads without the log (dissertation §6.4; R36 to R40). */
import { describe, expect, test } from 'vitest';
import { limits } from '#protocols/core/limits.ts';
import * as honest from '#protocols/raft/rules.ts';
import { acknowledge, append, Bench, notesOf, refuse, sentTo, types } from '../fixtures/bench.ts';
import { c, r } from '../fixtures/ids.ts';
import { ask, leading, query, reads, refusals, rounds } from '../fixtures/reading.ts';

const [ben, eva] = [r(1), r(2)];

describe('index', () => {
  test('[R36] a read waits for a round begun after it came, and shows what was committed then', () => {
    const bench = leading();
    const effects = ask(bench, query(1, 'index'));
    expect(rounds(effects)).toEqual([1]);
    expect(types(effects)).not.toContain('persist');
    // An answer of before the round proves nothing.
    expect(reads(bench.receive(ben, acknowledge(1, 2, 0)))).toEqual([]);
    expect(reads(bench.receive(ben, acknowledge(1, 2, 1)))).toEqual(['1 index 2']);
    expect(reads(bench.receive(eva, acknowledge(1, 2, 1)))).toEqual([]);
  });

  test('[R36] a round under way when it came does not do; the next heartbeat does', () => {
    const bench = leading();
    bench.timeout('heartbeat');
    expect(rounds(ask(bench, query(1, 'index')))).toEqual([2]);
    expect(reads(bench.receive(ben, acknowledge(1, 2, 1)))).toEqual([]);
    // Its own round is lost; a later one confirms it all the same.
    bench.timeout('heartbeat');
    expect(reads(bench.receive(eva, acknowledge(1, 2, 3)))).toEqual(['1 index 2']);
  });

  test('[R36] what comes while a round is out shares the next one', () => {
    const bench = leading();
    expect(rounds(ask(bench, query(1, 'index'), query(2, 'index')))).toEqual([1]);
    for (const number of [3, 4]) expect(rounds(ask(bench, query(number, 'index')))).toEqual([]);
    const effects = bench.receive(ben, acknowledge(1, 2, 1));
    expect(reads(effects)).toEqual(['1 index 2', '2 index 2']);
    expect(rounds(effects)).toEqual([2]);
    expect(reads(bench.receive(eva, acknowledge(1, 2, 2)))).toEqual(['3 index 2', '4 index 2']);
  });

  test('[R36] a refusal in the same term confirms as well: who refuses follows', () => {
    const bench = leading();
    ask(bench, query(1, 'index'));
    const effects = bench.receive(ben, refuse(1, 2, [0, 0], 1));
    expect(reads(effects)).toEqual(['1 index 2']);
  });

  test('[R37] a majority of those who vote, each once, and of rounds that were begun', () => {
    const bench = leading(5);
    ask(bench, query(1, 'index'));
    for (const from of [ben, ben, r(99)]) bench.receive(from, acknowledge(1, 2, 1));
    expect(reads(bench.receive(eva, acknowledge(1, 2, 99)))).toEqual([]);
    expect(reads(bench.receive(r(3), acknowledge(1, 2, 1)))).toEqual(['1 index 2']);
  });

  test('[RS28, R36] a fresh leader waits for an entry of its own term', () => {
    const bench = new Bench({ term: 1, terms: [1, 1] });
    bench.lead();
    expect(rounds(ask(bench, query(1, 'index')))).toEqual([]);
    const effects = bench.receive(ben, acknowledge(2, 3));
    expect(rounds(effects).at(-1)).toBe(1);
    expect(reads(bench.receive(ben, acknowledge(2, 3, 1)))).toEqual(['1 index 3']);
  });

  test('a single voter answers at once', () => {
    const bench = new Bench({ n: 1 });
    bench.loopback(bench.timeout('election'));
    expect(reads(ask(bench, query(1, 'index')))).toEqual(['1 index 1']);
  });

  test('[R25] a leader that steps down refuses: nothing executed, so nothing is unknown', () => {
    const bench = leading();
    ask(bench, query(1, 'index'));
    // The first period had answers in it.
    expect(refusals(bench.timeout('check quorum'))).toEqual([]);
    expect(refusals(bench.timeout('check quorum'))).toEqual(['1 no-leader']);
    expect(refusals(ask(bench, query(2, 'index')))).toEqual(['2 no-leader']);
    expect(bench.state.queries.size).toBe(0);
  });

  test('[RS37] a leader that slept for minutes steps down before it answers', () => {
    const bench = leading();
    ask(bench, query(1, 'index'));
    const woken = bench.step({ type: 'wake', elapsedTicks: 180_000 });
    expect(refusals(woken)).toEqual(['1 no-leader']);
    expect(reads(bench.receive(ben, acknowledge(1, 2, 1)))).toEqual([]);
  });

  test('after a stop nothing is read: the next epoch may know better', () => {
    const bench = leading();
    bench.service.execute(
      { client: c(5), seq: 1, ackedBelow: 1, command: { op: 'stop', successor: 'x' } },
      3,
    );
    ask(bench, query(1, 'index'));
    expect(bench.receive(ben, acknowledge(1, 2, 1))).toContainEqual(
      expect.objectContaining({
        reply: expect.objectContaining({
          result: { ok: false, error: 'epoch-ended', value: null },
        }),
      }),
    );
  });

  test('notes tell what was refused', () => {
    const bench = new Bench();
    expect(notesOf(ask(bench, query(1, 'index'), query(2, 'index')))).toEqual([
      { note: 'queriesRefused', reason: 'no-leader', count: 2 },
    ]);
  });
});

describe('at a follower', () => {
  const context = { incarnation: 1, number: 1 };
  const given = (index: number, number = 1, incarnation = 1) =>
    ({
      type: 'ReadIndexResponse',
      success: true,
      context: { incarnation, number },
      served: 'index',
      index,
    }) as const;

  function following(): Bench {
    const bench = new Bench({ term: 1 });
    bench.receive(ben, append(1, [0, 0], [1], 1));
    return bench;
  }

  test('[R38] it asks the leader once for all of a turn, and answers when it has executed so far', () => {
    const bench = following();
    const effects = ask(bench, query(1, 'index'), query(2, 'index'));
    expect(sentTo(effects, ben)).toEqual([{ type: 'ReadIndex', context, read: 'index' }]);
    expect(reads(bench.receive(ben, given(2)))).toEqual([]);
    expect(reads(bench.receive(ben, append(1, [1, 1], [1], 2)))).toEqual([
      '1 index 2',
      '2 index 2',
    ]);
  });

  test('[R38] the leader gives the index like one of its own', () => {
    const bench = leading();
    const effects = bench.receive(eva, { type: 'ReadIndex', context, read: 'index' });
    expect(rounds(effects)).toEqual([1]);
    expect(sentTo(bench.receive(ben, acknowledge(1, 2, 1)), eva)).toContainEqual(given(2));
  });

  test('[R38] who does not lead says so, and the query is refused', () => {
    const effects = new Bench().receive(eva, { type: 'ReadIndex', context, read: 'index' });
    const none = { type: 'ReadIndexResponse', success: false, context } as const;
    expect(sentTo(effects, eva)).toEqual([none]);
    const bench = following();
    ask(bench, query(1, 'index'));
    expect(refusals(bench.receive(ben, none))).toEqual(['1 not-leader']);
  });

  test('an index given to an earlier life, by another, or for another question is none', () => {
    const bench = following();
    ask(bench, query(1, 'index'));
    expect(bench.receive(ben, given(1, 1, 0))).toEqual([]);
    expect(bench.receive(ben, given(1, 2))).toEqual([]);
    expect(bench.receive(eva, given(1))).toEqual([]);
    expect(reads(bench.receive(ben, given(1)))).toEqual(['1 index 1']);
  });

  test('with a new term, or without a leader, the question is given up at once', () => {
    for (const disturb of [
      (bench: Bench) => bench.receive(eva, append(2, [1, 1])),
      (bench: Bench) => bench.timeout('election'),
    ]) {
      const bench = following();
      ask(bench, query(1, 'index'));
      expect(refusals(disturb(bench))).toEqual(['1 no-leader']);
    }
  });

  test('what waits for an index that never comes makes room, oldest first; asked again it counts once', () => {
    const bench = following();
    const never = limits.integerMax;
    const many = Array.from({ length: limits.queriesWaitingMax }, (_, i) =>
      query(i + 1, 'local', never),
    );
    expect(ask(bench, ...many)).toEqual([]);
    expect(ask(bench, query(1, 'local', never))).toEqual([]);
    const effects = ask(bench, query(9_999, 'local', never));
    expect(refusals(effects)).toEqual(['2 overloaded']);
    expect(bench.state.queries.size).toBe(limits.queriesWaitingMax);
  });
});

describe('local', () => {
  test('a local read shows what this replica has executed, leader or not', () => {
    expect(reads(ask(new Bench(), query(1, 'local')))).toEqual(['1 local 0']);
    expect(reads(ask(leading(), query(1, 'local')))).toEqual(['1 local 2']);
  });

  test('[R40] it waits until it has executed what the client has seen', () => {
    const bench = new Bench({ term: 1 });
    bench.receive(ben, append(1, [0, 0], [1, 1], 1));
    expect(reads(ask(bench, query(1, 'local', 2)))).toEqual([]);
    expect(reads(bench.receive(ben, append(1, [2, 1], [], 2)))).toEqual(['1 local 2']);
  });

  test('a replica that stopped voting answers nothing', () => {
    const bench = leading();
    bench.step({ type: 'wake', elapsedTicks: 9_999 });
    bench.receive(ben, append(2, [1, 2]));
    expect(bench.state.role.name).toBe('stopped');
    expect(refusals(ask(bench, query(1, 'local')))).toEqual(['1 stopped-voting']);
  });
});

describe('lease', () => {
  /** A leader whose first lease read cost a round, and has a lease for it. */
  function leasing(): Bench {
    const bench = leading();
    const effects = ask(bench, query(1, 'lease'));
    const ticks = honest.leaseTicks(bench.timing.electionTicksMin);
    expect(ticks).toBeLessThan(bench.timing.electionTicksMin);
    expect(effects).toContainEqual({
      type: 'setTimer',
      timer: 'lease',
      ticksMin: ticks,
      ticksMax: ticks,
    });
    expect(reads(bench.receive(ben, acknowledge(1, 2, 1)))).toEqual(['1 index 2']);
    return bench;
  }

  test('[R39] the first read costs a round; while the lease lasts the next cost nothing', () => {
    const bench = leasing();
    for (const number of [2, 3]) {
      const effects = ask(bench, query(number, 'lease'));
      expect(reads(effects)).toEqual([`${number} lease 2`]);
      expect(types(effects)).not.toContain('send');
    }
    bench.timeout('lease');
    expect(rounds(ask(bench, query(4, 'lease')))).toEqual([2]);
  });

  test('[R39] a round that nobody confirmed is no lease, and an index read does not use one', () => {
    const bench = leading();
    ask(bench, query(1, 'lease'));
    expect(reads(ask(bench, query(2, 'lease')))).toEqual([]);
    expect(reads(ask(leasing(), query(2, 'index')))).toEqual([]);
  });

  test('[R39] it is given up before a transfer, and does not come back after a TimeoutNow has left', () => {
    const bench = leasing();
    bench.operate({ type: 'transferLeadership', to: ben });
    expect(reads(ask(bench, query(2, 'lease')))).toEqual([]);
    bench.receive(eva, acknowledge(1, 2, 2));
    bench.timeout('transfer');
    // Ben may still hear of it, and be elected by voters that heard this leader a moment ago.
    ask(bench, query(3, 'lease'));
    expect(reads(bench.receive(eva, acknowledge(1, 2, 3)))).toEqual(['3 index 2']);
    expect(reads(ask(bench, query(4, 'lease')))).toEqual([]);
  });

  test('[R39, K13] it does not outlast sleep', () => {
    const bench = leasing();
    bench.step({ type: 'wake', elapsedTicks: 1 });
    expect(reads(ask(bench, query(2, 'lease')))).toEqual([]);
  });
});
