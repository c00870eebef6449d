/** Log replication, rule by rule (§5.3, §5.4.2). */
import { describe, expect, test } from 'vitest';
import { limits } from '#protocols/core/limits.ts';
import type { AppendEntries, AppendEntriesResponse } from '#protocols/raft/messages.ts';
import { initialProgress, type Progress } from '#protocols/raft/progress.ts';
import * as rules from '#protocols/raft/rules.ts';
import { acknowledge, append, ask, Bench, notesOf, sentTo, types } from '../fixtures/bench.ts';
import { r } from '../fixtures/ids.ts';

const [ana, ben, eva] = [r(0), r(1), r(2)];

function progressOf(bench: Bench, id = ben): Progress {
  const { role } = bench.state;
  const progress = role.name === 'leader' ? role.progress.get(id) : undefined;
  if (!progress) throw new Error('not a leader');
  return progress;
}

function refusal(
  term: number,
  prevLogIndex: number,
  hint: [number, number],
): AppendEntriesResponse {
  const [index, hintTerm] = hint;
  return {
    type: 'AppendEntriesResponse',
    success: false,
    term,
    prevLogIndex,
    hint: { index, term: hintTerm },
    round: 0,
  };
}

function appendTo(effects: ReturnType<Bench['step']>, to = ben): AppendEntries {
  const message = sentTo(effects, to).at(-1);
  if (message?.type !== 'AppendEntries') throw new Error('no append');
  return message;
}

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

describe('leader', () => {
  test('[R11] appends a no-op of its own term at once', () => {
    const bench = new Bench({ term: 1, terms: [1] });
    const effects = bench.lead();
    expect(appendTo(effects)).toMatchObject({
      term: 2,
      prevLogIndex: 1,
      prevLogTerm: 1,
      entries: [{ kind: 'noop', term: 2 }],
    });
  });

  test('[K4] appends leave before its own write, its acknowledgement after it', () => {
    const bench = new Bench();
    bench.lead();
    for (const id of [ben, eva]) bench.receive(id, acknowledge(1, 1));
    const effects = bench.request();
    expect(types(effects)).toEqual(['send', 'persist', 'send']);
    expect(effects[0]).toMatchObject({ to: [ben, eva], message: { type: 'AppendEntries' } });
    expect(effects[2]).toMatchObject({ to: [ana], message: { success: true, matchIndex: 2 } });
    expect(progressOf(bench, ana).matchIndex).toBe(1);
    bench.loopback(effects);
    expect(progressOf(bench, ana).matchIndex).toBe(2);
  });

  test('all requests of one event travel in one append', () => {
    const bench = new Bench();
    bench.lead();
    for (const id of [ben, eva]) bench.receive(id, acknowledge(1, 1));
    const effects = bench.request(10);
    expect(sentTo(effects, ben)).toHaveLength(1);
    expect(appendTo(effects).entries).toHaveLength(10);
  });

  test('[R15, K10] a repeated or overtaken acknowledgement moves nothing back', () => {
    const bench = new Bench();
    bench.lead();
    bench.receive(ben, acknowledge(1, 1));
    bench.request(5);
    bench.receive(ben, acknowledge(1, 6));
    bench.receive(ben, acknowledge(1, 1));
    expect(progressOf(bench)).toMatchObject({ matchIndex: 6, nextIndex: 7, mode: 'replicate' });
  });

  test('[R9] an acknowledgement of an older term does not count', () => {
    const bench = new Bench({ term: 1, terms: [1, 1] });
    bench.lead();
    expect(bench.receive(ben, acknowledge(1, 2))).toEqual([]);
    expect(progressOf(bench).matchIndex).toBe(0);
  });

  test('[K3] nor one for entries this leader never had', () => {
    const bench = new Bench();
    bench.lead();
    expect(notesOf(bench.receive(ben, acknowledge(1, 7)))).toMatchObject([
      { note: 'acknowledgementIgnored', matchIndex: 7 },
    ]);
    expect(progressOf(bench).matchIndex).toBe(0);
  });

  test('[R16] a refusal moves the probe down past the conflicting terms of both logs', () => {
    const bench = new Bench({ term: 6, terms: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6] });
    bench.lead();
    // Ben's log is 1 1 1 2 2 2 3 3 3 3 3: the last of his entries that may match is index 10.
    const effects = bench.receive(ben, refusal(7, 10, [10, 3]));
    expect(appendTo(effects)).toMatchObject({ prevLogIndex: 3, prevLogTerm: 1 });
    // The same refusal again is stale: the probe is elsewhere.
    expect(bench.receive(ben, refusal(7, 10, [10, 3]))).toEqual([]);
  });

  test('[R16] never at or below what is known to match', () => {
    const progress: Progress = { ...initialProgress(10), matchIndex: 5, nextIndex: 9 };
    const { log } = new Bench({ term: 1, terms: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1] }).state;
    const reject = (prev: number, hint: [number, number]) =>
      rules.nextIndexAfterReject(
        log,
        progress,
        refusal(1, prev, hint) as Extract<AppendEntriesResponse, { success: false }>,
      );
    expect(reject(8, [2, 1])).toBe(6);
    expect(reject(5, [2, 1])).toBeNull();
    expect(reject(7, [2, 1])).toBeNull();
    // A refusal overtaken by agreement is no reason to begin again.
    progress.mode = 'replicate';
    expect(reject(5, [2, 1])).toBeNull();
    expect(reject(6, [2, 1])).toBe(6);
    progress.mode = 'probe';
    // A hint that does not go down would probe the same place for ever.
    expect(reject(8, [9, 1])).toBe(8);
  });

  test('[RS7] Figure 7: every log becomes the leader’s', () => {
    const leaderTerms = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];
    const followers = [
      [1, 1, 1, 4, 4, 5, 5, 6, 6],
      [1, 1, 1, 4],
      [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
      [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
      [1, 1, 1, 4, 4, 4, 4],
      [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
    ];
    const leader = new Bench({ n: 7, term: 7, terms: leaderTerms });
    let pending = leader.lead();
    const benches = followers.map((terms, i) => {
      return new Bench({ n: 7, self: r(i + 1), term: 7, terms });
    });
    let messages = 0;
    for (let round = 0; round < 10 && pending.length > 0; round++) {
      const answers = benches.flatMap((bench) => {
        const { self } = bench.state;
        return sentTo(pending, self).flatMap((message) => {
          messages++;
          return sentTo(bench.receive(ana, message), ana).map((answer) => ({ self, answer }));
        });
      });
      pending = answers.flatMap(({ self, answer }) => leader.receive(self, answer));
    }
    for (const bench of benches) expect(bench.state.log).toEqual(leader.state.log);
    // Six votes asked for; then at most two probes each, the append, and the news of the commit.
    expect(messages).toBeLessThanOrEqual(6 * 5);
  });

  test('[R17, RS8] an old-term entry on a majority is not committed', () => {
    const bench = new Bench({ n: 5, term: 3, terms: [1, 2] });
    bench.lead();
    bench.receive(ben, acknowledge(4, 2));
    bench.receive(eva, acknowledge(4, 2));
    expect(bench.state.commitIndex).toBe(0);
  });

  test('[R17, RS9] it is committed with the first entry of the leader’s own term', () => {
    const bench = new Bench({ n: 5, term: 3, terms: [1, 2] });
    bench.lead();
    bench.receive(ben, acknowledge(4, 3));
    const effects = bench.receive(eva, acknowledge(4, 3));
    expect(bench.state.commitIndex).toBe(3);
    expect(effects.flatMap((e) => (e.type === 'apply' ? [e.index] : []))).toEqual([1, 2, 3]);
  });

  test('[R19] a heartbeat tells each follower no more than it acknowledged', () => {
    const bench = new Bench();
    bench.lead();
    bench.receive(ben, acknowledge(1, 1));
    expect(bench.state.commitIndex).toBe(1);
    const effects = bench.timeout('heartbeat');
    expect(appendTo(effects, ben)).toMatchObject({ entries: [], leaderCommit: 1, prevLogIndex: 1 });
    expect(appendTo(effects, eva)).toMatchObject({ entries: [], leaderCommit: 0, prevLogIndex: 0 });
  });

  test('[R20] news of a commit travel alone, and once, when no append comes that they could ride on', () => {
    const bench = new Bench();
    bench.lead();
    bench.receive(ben, acknowledge(1, 1));
    // Eva was still probed when the no-op was committed.
    bench.receive(eva, acknowledge(1, 1));
    expect(appendTo(bench.timeout('commit news'), eva).leaderCommit).toBe(1);
    bench.loopback(bench.request());
    const committed = bench.receive(ben, acknowledge(1, 2));
    expect(sentTo(committed, ben)).toEqual([]);
    expect(committed).toContainEqual(expect.objectContaining({ timer: 'commit news' }));
    const news = bench.timeout('commit news');
    expect(appendTo(news, ben)).toMatchObject({ entries: [], leaderCommit: 2 });
    expect(appendTo(news, eva)).toMatchObject({ entries: [], leaderCommit: 2 });
    expect(bench.receive(eva, acknowledge(1, 2))).toEqual([]);
    expect(bench.timeout('commit news')).toEqual([]);
  });

  test('[R20] news of a commit ride on the next append, if it comes soon', () => {
    const bench = new Bench();
    bench.lead();
    bench.receive(ben, acknowledge(1, 1));
    expect(appendTo(bench.request(), ben).leaderCommit).toBe(1);
    expect(sentTo(bench.timeout('commit news'), ben)).toEqual([]);
  });

  test('[R21] a bounded number of appends is on its way to a follower', () => {
    const bench = new Bench();
    bench.lead();
    bench.receive(ben, acknowledge(1, 1));
    let sent = 0;
    for (let i = 0; i < 50; i++) sent += sentTo(bench.request(), ben).length;
    expect(sent).toBe(limits.appendsInFlightMax);
    // One answer settles the two appends before it; the rest follows in one.
    const next = sentTo(bench.receive(ben, acknowledge(1, 3)), ben);
    expect(next).toHaveLength(1);
    expect(next[0]).toMatchObject({ prevLogIndex: 17, entries: { length: 34 } });
  });

  test('[R21] a stream whose appends were all lost is woken by the answer to a heartbeat', () => {
    const bench = new Bench();
    bench.lead();
    bench.receive(ben, acknowledge(1, 1));
    for (let i = 0; i < 20; i++) bench.request();
    const heartbeat = appendTo(bench.timeout('heartbeat'));
    expect(heartbeat).toMatchObject({ prevLogIndex: 17, entries: [] });
    const effects = bench.receive(ben, refusal(1, 17, [1, 1]));
    expect(appendTo(effects)).toMatchObject({ prevLogIndex: 1, entries: { length: 20 } });
    // One at a time, until the place is found.
    expect(progressOf(bench)).toMatchObject({ mode: 'probe', nextIndex: 2, inFlight: [21] });
    expect(sentTo(bench.request(), ben)).toEqual([]);
    expect(appendTo(bench.receive(ben, acknowledge(1, 21))).entries).toHaveLength(1);
    expect(progressOf(bench)).toMatchObject({ mode: 'replicate', inFlight: [22] });
  });

  test('[R21] a probe that was lost is sent again with the next agreement', () => {
    const bench = new Bench();
    bench.lead();
    expect(progressOf(bench)).toMatchObject({ mode: 'probe', inFlight: [1] });
    // The answer to a heartbeat: the logs agree where the probe would have begun.
    const effects = bench.receive(ben, acknowledge(1, 0));
    expect(appendTo(effects)).toMatchObject({ prevLogIndex: 0, entries: [{ kind: 'noop' }] });
    expect(progressOf(bench)).toMatchObject({ mode: 'replicate', inFlight: [1] });
  });

  test('[R21] and one whose answers were all lost, by agreement', () => {
    const bench = new Bench();
    bench.lead();
    bench.receive(ben, acknowledge(1, 1));
    for (let i = 0; i < 20; i++) bench.request();
    const effects = bench.receive(ben, acknowledge(1, 17));
    expect(appendTo(effects)).toMatchObject({ prevLogIndex: 17, entries: { length: 4 } });
    expect(progressOf(bench).inFlight).toEqual([21]);
  });

  test('[R21] the uncommitted tail is bounded: clients hear overloaded', () => {
    const bench = new Bench();
    bench.lead();
    const { uncommittedEntriesMax } = limits;
    bench.request(uncommittedEntriesMax - 10);
    const effects = bench.request(20);
    const refused = effects.filter(({ type }) => type === 'reply');
    expect(refused).toHaveLength(11);
    expect(refused[0]).toMatchObject({ reply: { type: 'refused', reason: 'overloaded' } });
    expect(bench.terms).toHaveLength(uncommittedEntriesMax);
  });

  test('an append is bounded in bytes, however large its values', () => {
    const bench = new Bench();
    bench.lead();
    bench.receive(ben, acknowledge(1, 1));
    const value = '\u0001'.repeat(limits.valueCharactersMax);
    const requests = Array.from({ length: 64 }, (_, i) => ({
      client: 'c' as never,
      seq: i + 1,
      ackedBelow: 1,
      command: { op: 'put', key: 'k', value } as const,
    }));
    const messages = sentTo(bench.step({ type: 'request', requests }), ben);
    expect(messages.length).toBeGreaterThan(1);
    for (const message of messages) {
      expect(JSON.stringify(message).length).toBeLessThan(limits.messageBytesMax);
    }
  });

  test('[R22] applies in order, once each, and answers after it', () => {
    const bench = new Bench();
    bench.lead();
    for (const id of [ben, eva]) bench.receive(id, acknowledge(1, 1));
    bench.loopback(bench.request(3));
    const effects = bench.receive(ben, acknowledge(1, 4));
    const told = effects.filter(({ type }) => type === 'apply' || type === 'reply');
    expect(types(told)).toEqual(['apply', 'apply', 'apply', 'reply', 'reply', 'reply']);
    expect(told.flatMap((e) => (e.type === 'apply' ? [e.index] : []))).toEqual([2, 3, 4]);
    expect(types(bench.receive(ben, acknowledge(1, 4)))).not.toContain('apply');
  });
});
