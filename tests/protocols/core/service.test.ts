/** Exactly once, bounded, and the same everywhere. */
import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import type { ClientRequest, Command } from '#protocols/core/client.ts';
import { limits } from '#protocols/core/limits.ts';
import {
  Service,
  serviceCheckpointSchema,
  serviceSnapshotSchema,
} from '#protocols/core/service.ts';
import { c, put, request } from '../fixtures/ids.ts';
import { command } from '../raft/arbitrary.ts';

function requestOf(seq: number, ackedBelow: number, command: Command): ClientRequest {
  return { client: c(0), seq, ackedBelow, command };
}
const cas = (expected: string | null, value: string): Command => {
  return { op: 'cas', key: 'x', expected, value };
};

describe('execution', () => {
  test('put, get, cas, delete', () => {
    const service = new Service();
    const run = (seq: number, op: Command) => service.execute(request(seq, op), seq).result;
    expect(run(1, { op: 'get', key: 'x' })).toEqual({ ok: true, value: null });
    expect(run(2, cas(null, '1'))).toEqual({ ok: true, value: '1' });
    expect(run(3, cas('2', '3'))).toEqual({ ok: false, error: 'cas-mismatch', value: '1' });
    expect(run(4, cas('1', '2'))).toEqual({ ok: true, value: '2' });
    expect(run(5, { op: 'delete', key: 'x' })).toEqual({ ok: true, value: '2' });
    expect(run(6, { op: 'get', key: 'x' })).toEqual({ ok: true, value: null });
  });

  test('a retry gives the first outcome and executes nothing', () => {
    const service = new Service();
    const first = service.execute(request(1, cas(null, '1')), 1);
    service.execute(request(2, put('x', '2')), 2);
    const digest = service.digest();
    expect(service.execute(request(1, cas(null, '1')), 3)).toEqual(first);
    expect(service.digest()).toBe(digest);
  });

  test('requests of one client arrive in any order', () => {
    const service = new Service();
    for (const seq of [3, 1, 2]) expect(service.execute(request(seq), seq).result.ok).toBe(true);
  });

  test('below ackedBelow results are forgotten, and nothing executes again', () => {
    const service = new Service();
    service.execute(requestOf(1, 1, put('x', '1')), 1);
    service.execute(requestOf(2, 2, put('x', '2')), 2);
    const { result } = service.execute(requestOf(1, 1, put('x', '1')), 3);
    expect(result).toMatchObject({ ok: false, error: 'session-expired' });
    expect(service.store.snapshot()).toEqual([['x', '2']]);
  });

  test('a client that the table lost is told so, not executed again', () => {
    const { result } = new Service().execute(requestOf(7, 5, put('x', '1')), 1);
    expect(result).toMatchObject({ ok: false, error: 'session-expired' });
  });

  test('sessions and results in one session are bounded', () => {
    const service = new Service();
    for (let i = 0; i < limits.clientSessionsMax; i++)
      service.execute(request(1, put('x', ''), c(i)), i);
    const { result } = service.execute(
      request(1, put('x', ''), c(limits.clientSessionsMax)),
      9_999,
    );
    expect(result).toMatchObject({ ok: false, error: 'too-many-clients' });

    for (let seq = 2; seq <= limits.resultsPerClientMax; seq++) service.execute(request(seq), seq);
    const next = limits.resultsPerClientMax + 1;
    expect(service.execute(request(next), next).result).toMatchObject({
      error: 'too-many-in-flight',
    });
    expect(service.execute(requestOf(next, 2, put('x', '1')), next).result.ok).toBe(true);
  });

  test('the state is bounded in bytes; a refusal changes nothing', () => {
    const service = new Service();
    const value = 'v'.repeat(limits.valueCharactersMax);
    let seq = 0;
    let error: string | null = null;
    while (error === null && seq < 1_000) {
      seq++;
      const { result } = service.execute(requestOf(seq, seq, put(`k${seq}`, value)), seq);
      if (!result.ok) error = result.error;
    }
    expect(error).toBe('state-full');
    expect(service.store.snapshot()).toHaveLength(seq - 1);
    expect(2 * seq * value.length).toBeGreaterThanOrEqual(limits.stateBytesMax);
  });

  test('a stop ends the epoch; what executed before is still answered', () => {
    const service = new Service();
    const first = service.execute(request(1), 1);
    service.execute(request(2, { op: 'stop', successor: 'pbft' }), 2);
    expect(service.stopped).toBe(true);
    expect(service.execute(request(3), 3).result).toMatchObject({ error: 'epoch-ended' });
    expect(service.execute(request(1), 4)).toEqual(first);
  });
});

describe('expiry', () => {
  const idle = limits.sessionIdleEntriesMax;
  const get: Command = { op: 'get', key: 'x' };
  const expired = { ok: false, error: 'session-expired' };

  test('[RS33] a session that the log has left behind is refused, even its first request', () => {
    const service = new Service();
    service.execute(request(1, put('x', '1')), 1);
    expect(service.execute(request(1, get, c(1)), idle + 1).result.ok).toBe(true);
    service.execute(request(2, put('x', '2'), c(1)), idle + 2);
    for (const seq of [1, 2]) {
      expect(service.execute(request(seq, put('x', '9')), idle + 3).result).toMatchObject(expired);
    }
    expect(service.store.snapshot()).toEqual([['x', '2']]);
  });

  test('one that is used, if only for a retry, is kept', () => {
    const service = new Service();
    const first = service.execute(request(1), 1);
    expect(service.execute(request(1), idle)).toEqual(first);
    service.execute(request(1, get, c(1)), idle + 5);
    expect(service.execute(request(1), 2 * idle)).toEqual(first);
  });

  test('it frees the table, and its names are remembered up to a bound', () => {
    const service = new Service();
    let index = 0;
    let client = 0;
    const open = () => service.execute(request(1, get, c(client++)), ++index).result;
    for (let round = 0; round < limits.expiredSessionsMax / limits.clientSessionsMax; round++) {
      for (let i = 0; i < limits.clientSessionsMax; i++) expect(open().ok).toBe(true);
      expect(open()).toMatchObject({ error: 'too-many-clients' });
      index += idle;
    }
    expect(open()).toMatchObject({ error: 'too-many-clients' });
    expect(service.snapshot().expired).toHaveLength(limits.expiredSessionsMax);
  });

  test('is the same after a checkpoint, and starts anew with an epoch', () => {
    const one = new Service();
    for (let i = 0; i < 3; i++) one.execute(request(1, get, c(2 - i)), 1 + i);
    const checkpoint = v.parse(
      serviceCheckpointSchema,
      JSON.parse(JSON.stringify(one.checkpoint())),
    );
    const other = new Service();
    other.resume(checkpoint);
    for (const service of [one, other]) service.execute(request(1, get, c(9)), idle + 3);
    expect(other.checkpoint()).toEqual(one.checkpoint());
    expect(other.snapshot().expired).toEqual([c(1), c(2)]);
    const next = new Service();
    next.restore(one.snapshot());
    expect(next.digest()).toBe(one.digest());
    next.execute(request(1, get, c(9)), 1);
    expect(next.checkpoint().lastUsed).toEqual([0, 1]);
    expect(next.execute(request(1, get, c(1)), 2).result).toMatchObject(expired);
  });

  test('a stop ends it: the state that the next epoch starts from stays as it is', () => {
    const service = new Service();
    service.execute(request(1, get, c(1)), 1);
    service.execute(request(1, { op: 'stop', successor: 'pbft' }), 2);
    const digest = service.digest();
    service.execute(request(2, get, c(2)), 3 * idle);
    expect(service.digest()).toBe(digest);
    expect(service.stoppedAt).toBe(2);
  });

  test('results that nobody acknowledges are bounded in bytes, over all sessions', () => {
    const service = new Service();
    const value = 'v'.repeat(limits.valueCharactersMax);
    let index = 0;
    let error: string | null = null;
    for (let client = 0; error === null && client < 9; client++) {
      for (let seq = 1; error === null && seq <= 20; seq++) {
        const { result } = service.execute(request(seq, put('x', value), c(client)), ++index);
        if (!result.ok) error = result.error;
      }
    }
    expect(error).toBe('too-many-in-flight');
    expect(2 * index * value.length).toBeGreaterThanOrEqual(limits.resultBytesMax);
    const free = { client: c(0), seq: 21, ackedBelow: 21, command: get };
    expect(service.execute(free, index + 1).result.ok).toBe(true);
  });
});

describe('snapshot and digest', () => {
  const requests = fc.array(
    fc.record({
      client: fc.nat(2).map(c),
      seq: fc.integer({ min: 1, max: 6 }),
      ackedBelow: fc.constant(1),
      command,
    }),
    { maxLength: 30 },
  );

  test('a restored service has the same digest, and goes on the same', () => {
    fc.assert(
      fc.property(requests, requests, (before, after) => {
        const one = new Service();
        before.forEach((req, i) => one.execute(req, i + 1));
        const snapshot = v.parse(serviceSnapshotSchema, JSON.parse(JSON.stringify(one.snapshot())));
        const other = new Service();
        other.restore(snapshot);
        expect(other.digest()).toBe(one.digest());
        if (one.stopped) return;
        after.forEach((req, i) => {
          expect(other.execute(req, 100 + i)).toEqual(one.execute(req, 100 + i));
        });
        expect(other.digest()).toBe(one.digest());
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  test('the digest tells apart what could be told apart', () => {
    const digests = new Set<string>();
    const cases: ClientRequest[][] = [
      [],
      [requestOf(1, 1, put('x', '1'))],
      [requestOf(1, 1, put('x', '2'))],
      [requestOf(1, 1, put('x1', ''))],
      [requestOf(2, 1, put('x', '1'))],
      [requestOf(1, 1, put('x', '1')), requestOf(2, 2, { op: 'get', key: 'x' })],
      [requestOf(1, 1, put('x', '1')), requestOf(2, 1, { op: 'get', key: 'x' })],
      [requestOf(1, 1, put('x', '1')), requestOf(2, 1, put('y', '1'))],
      [requestOf(1, 1, { op: 'get', key: 'x' })],
    ];
    for (const sequence of cases) {
      const service = new Service();
      sequence.forEach((req, i) => service.execute(req, i + 1));
      digests.add(service.digest());
    }
    expect(digests.size).toBe(cases.length);
  });

  test('equal content, reached by another way, has an equal digest', () => {
    const [one, other] = [new Service(), new Service()];
    for (const key of ['a', 'b', 'c']) one.store.apply({ op: 'put', key, value: key });
    for (const key of ['c', 'x', 'b', 'a']) other.store.apply({ op: 'put', key, value: key });
    expect(other.store.digest()).not.toBe(one.store.digest());
    other.store.apply({ op: 'delete', key: 'x' });
    expect(other.store.digest()).toBe(one.store.digest());
  });
});
