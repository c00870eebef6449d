/** The pure client: batches, retries, hints, and answers that never came. */
import { describe, expect, test } from 'vitest';
import { Client, timersPerRetry } from '#protocols/core/client-core.ts';
import {
  isQuery,
  type ClientEffect,
  type ClientReply,
  type Result,
} from '#protocols/core/client.ts';
import type { ReplicaId } from '#protocols/core/ids.ts';
import { limits } from '#protocols/core/limits.ts';
import { c, put, r, roster } from '../fixtures/ids.ts';

const retryTicks = 600;
const ok = (value: string): Result => ({ ok: true, value });

function client(repliesNeeded = 1, n = 3): Client {
  const quorum = 2 * repliesNeeded - 1;
  return new Client({ self: c(0), replicas: roster(n), repliesNeeded, quorum, retryTicks });
}
function done(seq: number, result = ok('1'), index = 10 + seq): ClientReply {
  return { type: 'done', seq, index, result, leader: null };
}
function refused(seq: number, leader: ReplicaId | null = null): ClientReply {
  return { type: 'refused', seq, reason: 'no-leader', leader };
}
/** `to: seqs` of each send. */
function sends(effects: readonly ClientEffect[]): [ReplicaId, number[]][] {
  return effects.flatMap((effect): [ReplicaId, number[]][] => {
    return effect.type === 'send' ? [[effect.to, requestsOf([effect]).map(({ seq }) => seq)]] : [];
  });
}
function settled(effects: readonly ClientEffect[]): number[] {
  return effects.flatMap((effect) => (effect.type === 'settled' ? [effect.seq] : []));
}
function requestsOf(effects: readonly ClientEffect[]) {
  return effects
    .flatMap((effect) => (effect.type === 'send' ? effect.requests : []))
    .flatMap((message) => (isQuery(message) ? [] : [message]));
}

/** What `count` ends of the timer bring. */
function timers(it: Client, count: number): ClientEffect[] {
  return Array.from({ length: count }, () => it.onTimer()).flat();
}

describe('submitting', () => {
  test('what one turn submits travels in one send, numbered from 1, to the own replica', () => {
    const it = client();
    expect(it.nextSeq).toBe(1);
    const effects = it.submit([put('x', '1'), put('x', '2')]);
    expect(sends(effects)).toEqual([[r(0), [1, 2]]]);
    expect(effects.at(-1)).toEqual({ type: 'setTimer', ticks: retryTicks / timersPerRetry });
    // The timer runs already.
    expect(it.submit([put('x', '3')]).map(({ type }) => type)).toEqual(['send']);
  });

  test('answers come in any order; ackedBelow follows the lowest without one', () => {
    const it = client();
    it.submit([put('x', '1'), put('x', '2'), put('x', '3')]);
    expect(settled(it.onReply(r(0), [done(3), done(1)]))).toEqual([3, 1]);
    expect(requestsOf(it.submit([put('x', '4')]))).toMatchObject([{ seq: 4, ackedBelow: 2 }]);
    it.onReply(r(0), [done(2)]);
    expect(requestsOf(it.submit([put('x', '5')]))).toMatchObject([{ seq: 5, ackedBelow: 4 }]);
  });

  test('a second answer to the same request changes nothing', () => {
    const it = client();
    it.submit([put('x', '1')]);
    it.onReply(r(0), [done(1)]);
    expect(it.onReply(r(0), [done(1)])).toEqual([]);
  });

  test('no more are on their way than the service keeps results for', () => {
    const it = client();
    const many = Array.from({ length: limits.resultsPerClientMax + 5 }, () => put('x', '1'));
    expect(requestsOf(it.submit(many))).toHaveLength(limits.resultsPerClientMax);
    expect(requestsOf(it.onReply(r(0), [done(2)]))).toEqual([]);
    const next = requestsOf(it.onReply(r(0), [done(1)]));
    expect(next.map(({ seq }) => seq)).toEqual([1_025, 1_026]);
    expect(it.unanswered()).toHaveLength(limits.resultsPerClientMax + 3);
  });
});

describe('retrying', () => {
  test('the unanswered are sent again, unchanged, to the next replica, between 1 and 1.5 times the retry time', () => {
    const it = client();
    const [first] = requestsOf(it.submit([put('x', '1'), put('x', '2')]));
    it.onReply(r(0), [done(2)]);
    expect(sends(timers(it, timersPerRetry - 1))).toEqual([]);
    const again = it.onTimer();
    expect(sends(again)).toEqual([[r(1), [1]]]);
    expect(requestsOf(again)[0]).toEqual(first);
    expect(sends(timers(it, timersPerRetry))).toEqual([[r(2), [1]]]);
  });

  test('with nothing to wait for the timer stops', () => {
    const it = client();
    it.submit([put('x', '1')]);
    it.onReply(r(0), [done(1)]);
    expect(it.onTimer()).toEqual([]);
  });

  test('an answer that never came is unknown: it is still asked for', () => {
    const it = client();
    it.submit([put('x', '1')]);
    for (let i = 0; i < 100; i++) it.onTimer();
    expect(it.unanswered()).toEqual([{ seq: 1, command: put('x', '1') }]);
  });

  test('a refusal that names the leader sends on at once, all in one, and once', () => {
    const it = client();
    it.submit([put('x', '1'), put('x', '2')]);
    const effects = it.onReply(r(0), [refused(1, r(2)), refused(2, r(2))]);
    expect(sends(effects)).toEqual([[r(2), [1, 2]]]);
    // The hint was stale: no ball game between two replicas that each think the other leads.
    expect(sends(it.onReply(r(2), [refused(1, r(0)), refused(2, r(0))]))).toEqual([]);
    expect(sends(it.onTimer())).toMatchObject([[r(0), [1, 2]]]);
  });

  test('a refusal without a hint waits for the timer', () => {
    const it = client();
    it.submit([put('x', '1')]);
    expect(sends(it.onReply(r(0), [refused(1)]))).toEqual([]);
    expect(sends(it.onTimer())).toMatchObject([[expect.anything(), [1]]]);
  });

  test('a late refusal by someone asked before is ignored', () => {
    const it = client();
    it.submit([put('x', '1')]);
    timers(it, timersPerRetry);
    expect(it.onReply(r(0), [refused(1, r(2))])).toEqual([]);
  });

  test('a hint that is no replica, and a reply of a stranger, count for nothing', () => {
    const it = client();
    it.submit([put('x', '1')]);
    expect(sends(it.onReply(r(0), [refused(1, r(77))]))).toEqual([]);
    expect(it.onReply(r(77), [done(1)])).toEqual([]);
    expect(it.unanswered()).toHaveLength(1);
  });

  test('when the own replica crashes its requests move on at once, and back when it returns', () => {
    const it = client();
    it.submit([put('x', '1')]);
    expect(sends(it.onUnavailable(r(0)))).toEqual([[r(1), [1]]]);
    expect(sends(it.onUnavailable(r(1)))).toEqual([[r(2), [1]]]);
    expect(sends(it.submit([put('x', '2')]))).toEqual([[r(2), [2]]]);
    it.onAvailable(r(0));
    expect(sends(it.submit([put('x', '3')]))).toEqual([[r(0), [3]]]);
  });
});

describe('where replicas may lie', () => {
  test('a result counts when f + 1 distinct replicas say the same', () => {
    const it = client(2, 4);
    it.submit([put('x', '1')]);
    expect(settled(it.onReply(r(0), [done(1), done(1)]))).toEqual([]);
    expect(settled(it.onReply(r(1), [done(1, ok('lie'))]))).toEqual([]);
    expect(settled(it.onReply(r(2), [done(1, ok('1'), 99)]))).toEqual([]);
    expect(settled(it.onReply(r(3), [done(1)]))).toEqual([1]);
  });

  test('a hint counts when f + 1 replicas gave it: one liar sends nobody anywhere', () => {
    const it = client(2, 4);
    it.submit([put('x', '1')]);
    const hint = (leader: ReplicaId) => refused(99, leader);
    it.onReply(r(3), [hint(r(3)), hint(r(3))]);
    expect(it.target).toBe(r(0));
    it.onReply(r(1), [hint(r(2))]);
    expect(it.target).toBe(r(0));
    it.onReply(r(2), [hint(r(2))]);
    expect(it.target).toBe(r(2));
    expect(sends(it.submit([put('x', '2')]))).toEqual([[r(2), [2]]]);
    // Both moved on: only together do they lead elsewhere.
    it.onReply(r(1), [hint(r(1))]);
    expect(it.target).toBe(r(2));
    it.onReply(r(2), [hint(r(1))]);
    expect(it.target).toBe(r(1));
  });

  test('a leader that does not answer is no longer asked first', () => {
    const it = client(2, 4);
    for (const from of [r(1), r(2)]) it.onReply(from, [refused(99, r(2))]);
    it.submit([put('x', '1')]);
    expect(it.target).toBe(r(2));
    expect(sends(timers(it, timersPerRetry))).toEqual(roster(4).map((id) => [id, [1]]));
    expect(it.target).toBe(r(0));
  });

  test('a retry goes to all: the one asked may be the liar', () => {
    const it = client(2, 4);
    it.submit([put('x', '1')]);
    const effects = timers(it, timersPerRetry);
    expect(sends(effects)).toEqual(roster(4).map((id) => [id, [1]]));
  });
});

describe('queries', () => {
  const queries = (effects: readonly ClientEffect[]) =>
    effects.flatMap((effect) => {
      if (effect.type !== 'send') return [];
      return effect.requests.flatMap((message) => (isQuery(message) ? [message] : []));
    });
  const read = (query: number, index: number): ClientReply => {
    const result = ok('1');
    return { type: 'read', query, served: 'index', index, result, leader: r(1) };
  };

  test('a query has a number of its own, and takes none from the commands', () => {
    const it = client();
    expect(it.nextQuery).toBe(1);
    const effects = it.query('x', 'index');
    const query = { client: c(0), query: 1, key: 'x', read: 'index', minIndex: 0 };
    expect(effects).toContainEqual({ type: 'send', to: r(0), requests: [query] });
    expect(it.nextSeq).toBe(1);
    expect(it.onReply(r(0), [read(1, 7)])).toEqual([
      {
        type: 'answered',
        query: 1,
        key: 'x',
        served: 'index',
        index: 7,
        result: ok('1'),
        tentative: false,
      },
    ]);
    expect(it.queriesOpen).toBe(0);
    expect(it.onReply(r(0), [read(1, 7)])).toEqual([]);
  });

  test('[R40] it says the highest index that any answer reflected', () => {
    const it = client();
    it.submit([put('x', '1')]);
    it.onReply(r(0), [done(1, ok('1'), 11)]);
    expect(queries(it.query('x', 'local'))).toMatchObject([{ minIndex: 11 }]);
    it.onReply(r(0), [read(1, 30)]);
    expect(queries(it.query('x', 'local'))).toMatchObject([{ minIndex: 30 }]);
  });

  test('without an answer it is asked again, unchanged, elsewhere', () => {
    const it = client();
    const [first] = queries(it.query('x', 'lease'));
    const again = timers(it, timersPerRetry);
    expect(again).toContainEqual({ type: 'send', to: r(1), requests: [first] });
  });

  test('a refusal that names the leader sends it on at once', () => {
    const it = client();
    it.query('x', 'index');
    const reply = { type: 'readRefused', query: 1, reason: 'not-leader', leader: r(2) } as const;
    expect(it.onReply(r(0), [reply])).toMatchObject([{ type: 'send', to: r(2) }]);
  });

  test('a replica that is gone leaves it to another', () => {
    const it = client();
    it.query('x', 'index');
    expect(it.onUnavailable(r(0))).toMatchObject([{ type: 'send', to: r(1) }]);
  });

  test('where replicas may lie one answer proves nothing, and none is asked for', () => {
    expect(() => client(2).query('x', 'index')).toThrow('proves nothing');
  });
});
