/** Log replication, the follower’s part, rule by rule (§5.3). */
import { describe, expect, test } from 'vitest';
import * as rules from '#protocols/raft/rules.ts';
import { append, ask, Bench, notesOf, sentTo, types } from '../fixtures/bench.ts';
import { r } from '../fixtures/ids.ts';

const [ben, eva] = [r(1), r(2)];

describe('follower', () => {
  test.each([
    ['the entry before is missing', [1], append(3, [2, 1], [3]), { index: 1, term: 1 }],
    ['the entry before has another term', [1, 2], append(3, [2, 1], [3]), { index: 1, term: 1 }],
  ])('[R12] refuses when %s', (_why, terms, message, hint) => {
    const bench = new Bench({ term: 2, terms });
    const effects = bench.receive(ben, message);
    expect(sentTo(effects, ben)).toMatchObject([
      { success: false, prevLogIndex: message.prevLogIndex, hint },
    ]);
    expect(notesOf(effects).at(-1)).toMatchObject({ note: 'appendRefused', reason: 'no-match' });
    expect(bench.terms).toEqual(terms);
  });

  test('[R12] below the base of the log everything counts as matching', () => {
    const log = { baseIndex: 4, baseTerm: 2, entries: [], configurations: [] };
    expect(rules.matches(log, 3, 1)).toBe(true);
    expect(rules.matches(log, 4, 2)).toBe(true);
    expect(rules.matches(log, 4, 1)).toBe(false);
    expect(rules.entriesHeld(log, 2, append(3, [2, 1], [1, 2, 3]).entries)).toBe(2);
  });

  test.each([
    ['what follows is appended', append(3, [3, 2], [3]), [1, 1, 2, 3]],
    ['a conflict and all after it is removed', append(3, [1, 1], [3]), [1, 3]],
    ['a shorter message removes nothing', append(3, [1, 1], [1]), [1, 1, 2]],
    ['an empty message removes nothing', append(3, [1, 1]), [1, 1, 2]],
    ['only what is missing is appended', append(3, [1, 1], [1, 2, 3]), [1, 1, 2, 3]],
  ])('[R13] %s', (_what, message, expected) => {
    const terms = [1, 1, 2];
    const bench = new Bench({ term: 2, terms });
    const effects = bench.receive(ben, message);
    expect(bench.terms).toEqual(expected);
    const matchIndex = message.prevLogIndex + message.entries.length;
    expect(sentTo(effects, ben)).toMatchObject([{ success: true, matchIndex }]);
  });

  test('[R13] a truncation is one range delete, before the new entries, before the answer', () => {
    const bench = new Bench({ term: 2, terms: [1, 1, 2, 2] });
    const effects = bench.receive(ben, append(3, [2, 1], [3]));
    expect(effects.findLast(({ type }) => type === 'persist')).toMatchObject({
      writes: [
        { type: 'deleteRange', from: 'log/0000000000000003', to: 'log/0000000000000005' },
        { type: 'put', key: 'log/0000000000000003' },
      ],
    });
    expect(types(effects).lastIndexOf('persist')).toBeLessThan(types(effects).indexOf('send'));
    expect(notesOf(effects)).toContainEqual({ note: 'truncated', from: 3, to: 4, leader: ben });
  });

  test.each([
    ['contradicts', append(3, [1, 1], [3])],
    ['lacks', append(3, [2, 2], [3])],
  ])('[R13] a leader that %s a committed entry breaks the assumption', (_how, message) => {
    const bench = new Bench({ term: 2, terms: [1, 1] });
    bench.receive(ben, append(2, [2, 1], [], 2));
    expect(bench.state.commitIndex).toBe(2);
    const effects = bench.receive(eva, message);
    expect(notesOf(effects).at(-1)?.note).toBe('assumptionBroken');
    expect(effects).toContainEqual({
      type: 'persist',
      writes: [{ type: 'put', key: 'stopped', value: expect.stringContaining('committed') }],
    });
    expect(sentTo(effects, eva)).toEqual([]);
    expect(bench.terms).toEqual([1, 1]);
    expect(bench.state.role.name).toBe('stopped');
    // It says so to clients, and is silent in every vote.
    expect(bench.receive(eva, ask(9, [9, 9]))).toEqual([]);
    expect(bench.timeout('election')).toEqual([]);
    expect(bench.step({ type: 'wake', elapsedTicks: 9_999 })).toEqual([]);
    expect(bench.request()).toMatchObject([
      { type: 'note' },
      { type: 'reply', reply: { type: 'refused', reason: 'stopped-voting' } },
    ]);
  });

  test('[R14, RS12] an empty append vouches for its own last index only', () => {
    const bench = new Bench({ term: 2, terms: [1, 1, 2] });
    bench.receive(ben, append(3, [1, 1], [], 3));
    expect(bench.state.commitIndex).toBe(1);
  });

  test('[R14] commitIndex never goes down', () => {
    const bench = new Bench({ term: 1, terms: [1, 1, 1] });
    bench.receive(ben, append(1, [3, 1], [], 3));
    bench.receive(ben, append(1, [1, 1], [], 1));
    expect(bench.state.commitIndex).toBe(3);
  });

  test('[RS11] repeated and reordered appends end in the same log', () => {
    const bench = new Bench({ term: 1 });
    const first = append(1, [0, 0], [1, 1]);
    const second = append(1, [2, 1], [1]);
    expect(sentTo(bench.receive(ben, second), ben)).toMatchObject([{ success: false }]);
    for (const message of [first, second, first, second, first]) {
      expect(sentTo(bench.receive(ben, message), ben)).toMatchObject([{ success: true }]);
    }
    expect(bench.terms).toEqual([1, 1, 1]);
  });

  test('a repeated append writes nothing', () => {
    const bench = new Bench({ term: 1 });
    bench.receive(ben, append(1, [0, 0], [1]));
    expect(types(bench.receive(ben, append(1, [0, 0], [1])))).not.toContain('persist');
  });

  test.each([
    ['a term before the first entry', append(2, [0, 1])],
    ['an entry older than the one before', append(2, [1, 2], [1])],
    ['entries that grow older', append(2, [1, 1], [2, 1])],
    ['an entry newer than the message', append(2, [1, 1], [3])],
    ['a predecessor newer than the message', append(2, [1, 3])],
  ])('no leader can have sent %s, and nobody takes it', (_what, message) => {
    const bench = new Bench({ term: 1, terms: [1] });
    const effects = bench.receive(ben, message);
    expect(notesOf(effects)).toMatchObject([{ note: 'appendRefused', reason: 'impossible' }]);
    expect(bench.state).toMatchObject({ currentTerm: 1, leaderId: null });
    expect(bench.terms).toEqual([1]);
  });

  test('a second leader of one term is refused by followers and by the first', () => {
    const bench = new Bench({ term: 1 });
    bench.receive(ben, append(2, [0, 0], [2]));
    expect(notesOf(bench.receive(eva, append(2, [0, 0], [1, 1])))).toMatchObject([
      { note: 'appendRefused', reason: 'second-leader' },
    ]);
    expect(bench.terms).toEqual([2]);
    const leader = new Bench();
    leader.lead();
    expect(types(leader.receive(eva, append(1, [0, 0])))).toEqual(['note']);
    expect(leader.state.role.name).toBe('leader');
  });
});
