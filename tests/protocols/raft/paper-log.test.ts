/** Statements of §5.3, §5.4, §5.5 and §8 of the paper, one test each; PAPER.md beside the protocol says which stand elsewhere. */
import { describe, expect, test } from 'vitest';
import type { AppendEntries } from '#protocols/raft/messages.ts';
import type { RaftEffect } from '#protocols/raft/state.ts';
import { acknowledge, append, ask, Bench, entry, sentTo, types } from '../fixtures/bench.ts';
import { c, r, request } from '../fixtures/ids.ts';

const [ana, ben, eva] = [r(0), r(1), r(2)];
const appendsTo = (effects: readonly RaftEffect[], to = ben): AppendEntries[] =>
  sentTo(effects, to).filter((message) => message.type === 'AppendEntries');
const applied = (effects: readonly RaftEffect[]): number[] =>
  effects.flatMap((effect) => (effect.type === 'apply' ? [effect.index] : []));

/** Leads `n` in term 1; its no-op is committed. */
function leading(n = 3): Bench {
  const bench = new Bench({ n });
  bench.lead();
  for (let i = 1; i < n; i++) bench.receive(r(i), acknowledge(1, 1));
  return bench;
}

describe('§5.3 replication', () => {
  test('[§5.3] a command becomes one new entry at the end, with the leader’s term and the next index', () => {
    const bench = leading();
    const [first, second] = [bench.request(), bench.request()];
    expect(bench.terms).toEqual([1, 1, 1]);
    expect(appendsTo(first)).toMatchObject([{ prevLogIndex: 1, entries: [{ term: 1 }] }]);
    expect(appendsTo(second)).toMatchObject([{ prevLogIndex: 2, entries: [{ term: 1 }] }]);
  });

  test('[§5.3] the append goes to all followers in parallel, the same for all', () => {
    const effects = leading(5).request();
    const sent = effects.filter(
      (effect) => effect.type === 'send' && effect.message.type === 'AppendEntries',
    );
    expect(sent).toMatchObject([{ to: [1, 2, 3, 4].map(r) }]);
  });

  test('[§5.3] an entry is committed with the acknowledgement that makes a majority, and not one before', () => {
    const bench = leading(5);
    bench.loopback(bench.request());
    bench.receive(ben, acknowledge(1, 2));
    expect(bench.state.commitIndex).toBe(1);
    const effects = bench.receive(eva, acknowledge(1, 2));
    expect(bench.state.commitIndex).toBe(2);
    // Applied first, then answered.
    expect(types(effects).indexOf('apply')).toBeLessThan(types(effects).indexOf('reply'));
    // Two that are slow, or down, have cost nobody anything.
    expect(effects).toContainEqual(expect.objectContaining({ type: 'reply', to: c(0) }) as unknown);
  });

  test('[§5.3] the leader goes on sending to a follower that is silent, also after its client was answered', () => {
    const bench = leading();
    bench.loopback(bench.request());
    bench.receive(ben, acknowledge(1, 2));
    expect(bench.state.lastApplied).toBe(2);
    for (let i = 0; i < 20; i++) {
      bench.receive(ben, acknowledge(1, 2));
      expect(appendsTo(bench.timeout('heartbeat'), eva)).toHaveLength(1);
    }
    // It comes back without the entry: that is what it gets.
    const refusal = {
      success: false,
      term: 1,
      prevLogIndex: 2,
      hint: { index: 1, term: 1 },
    } as const;
    const effects = bench.receive(eva, { type: 'AppendEntriesResponse', ...refusal, round: 1 });
    expect(appendsTo(effects, eva)).toMatchObject([{ prevLogIndex: 1, entries: [{ term: 1 }] }]);
  });

  test('[§5.3] a follower applies what it learns to be committed, in the order of the log, once', () => {
    const bench = new Bench();
    expect(applied(bench.receive(ben, append(1, [0, 0], [1, 1, 1])))).toEqual([]);
    expect(applied(bench.receive(ben, append(1, [3, 1], [], 2)))).toEqual([1, 2]);
    expect(applied(bench.receive(ben, append(1, [3, 1], [], 3)))).toEqual([3]);
    expect(applied(bench.receive(ben, append(1, [3, 1], [], 3)))).toEqual([]);
  });

  test('[§5.3] every append, a heartbeat too, names the entry before it and the leader’s commit index', () => {
    const bench = leading();
    const [sent] = appendsTo(bench.request());
    expect(sent).toMatchObject({ prevLogIndex: 1, prevLogTerm: 1, leaderCommit: 1 });
    bench.receive(ben, acknowledge(1, 2));
    const [heartbeat] = appendsTo(bench.timeout('heartbeat'));
    expect(heartbeat).toMatchObject({ prevLogIndex: 2, prevLogTerm: 1, entries: [] });
    expect(heartbeat?.leaderCommit).toBe(bench.state.commitIndex);
  });

  test('[§5.3] with its election a leader takes every log to be as long as its own', () => {
    const bench = new Bench({ term: 2, terms: [1, 2, 2] });
    bench.lead();
    const { role } = bench.state;
    if (role.name !== 'leader') throw new Error('it was elected');
    for (const id of [ben, eva]) {
      expect(role.progress.get(id)).toMatchObject({ nextIndex: 4, matchIndex: 0 });
    }
  });

  test('[§5.3] a conflicting entry goes with all that follow it, and the leader’s take their place', () => {
    const bench = new Bench({ term: 3, terms: [1, 2, 2, 2] });
    bench.receive(ben, append(3, [1, 1], [3]));
    expect(bench.terms).toEqual([1, 3]);
  });

  test('[§5.3] an election changes nobody’s log: new leaders take no step of their own to restore it', () => {
    const follower = new Bench({ term: 2, terms: [1, 2, 2] });
    follower.receive(ben, ask(3, [9, 2]));
    expect(follower.terms).toEqual([1, 2, 2]);
    const leader = new Bench({ term: 2, terms: [1, 2] });
    const effects = leader.lead();
    expect(leader.terms).toEqual([1, 2, 3]);
    expect(appendsTo(effects)).toHaveLength(1);
  });

  test('[§5.3] a leader never overwrites its own entries, whoever says so in its term', () => {
    const bench = leading();
    bench.request(3);
    bench.receive(ben, append(1, [1, 1], [1], 2));
    bench.receive(ben, append(0, [0, 0]));
    expect(bench.terms).toEqual([1, 1, 1, 1]);
    expect(bench.state.role.name).toBe('leader');
  });
});

describe('§5.4 safety', () => {
  test('[§5.4.1] a request for a vote says where the candidate’s log ends', () => {
    const effects = new Bench({ term: 5, terms: [1, 4, 4] }).stand();
    for (const message of sentTo(effects, ben)) {
      expect(message).toMatchObject({ lastLogIndex: 3, lastLogTerm: 4 });
    }
  });

  test('[§5.4.1] who lacks a committed entry cannot reach a majority: one of any majority has it', () => {
    // Entry 2 is on three of five; the candidate is one of the other two.
    const voters = [[1], [1], [1, 1], [1, 1], [1, 1]].map(
      (terms, i) => new Bench({ n: 5, self: r(i), term: 1, terms }),
    );
    const answers = voters.slice(1).map((voter) => sentTo(voter.receive(ana, ask(2, [1, 1])), ana));
    const granted = answers.flat().filter((m) => 'voteGranted' in m && m.voteGranted);
    expect(granted).toHaveLength(1);
  });

  test('[§5.4.2] a new leader goes on replicating what it finds uncommitted, with its old terms', () => {
    const bench = new Bench({ term: 3, terms: [1, 2, 2] });
    bench.loopback(bench.lead());
    const hint = { index: 1, term: 1 };
    const refusal = { success: false, term: 4, prevLogIndex: 3, hint, round: 0 } as const;
    const effects = bench.receive(ben, { type: 'AppendEntriesResponse', ...refusal });
    const [sent] = appendsTo(effects);
    expect(sent).toMatchObject({ prevLogIndex: 1, prevLogTerm: 1 });
    expect(sent?.entries.map(({ term }) => term)).toEqual([2, 2, 4]);
    expect(sent?.entries[0]).toEqual(entry(2, 2));
  });
});

describe('§5.5 crashes', () => {
  test('[§5.5] an append that was stored before a crash is answered the same after it, and not stored again', () => {
    const sent = append(1, [0, 0], [1, 1]);
    const before = new Bench({ term: 1 });
    const [answer] = sentTo(before.receive(ben, sent), ben);
    const after = new Bench({ term: 1, entries: [entry(1, 1), entry(1, 2)] });
    const effects = after.receive(ben, sent);
    expect(sentTo(effects, ben)).toEqual([answer]);
    expect(types(effects)).not.toContain('persist');
  });

  test('[§5.5] a vote given before a crash is given again after it, to the same candidate alone', () => {
    const bench = new Bench({ term: 2, vote: ben });
    expect(sentTo(bench.receive(ben, ask(2)), ben)).toMatchObject([{ voteGranted: true }]);
    expect(sentTo(bench.receive(eva, ask(2)), eva)).toMatchObject([{ voteGranted: false }]);
  });
});

describe('§8 clients', () => {
  test('[§8] who does not lead names the leader it heard last when it cannot take a request', () => {
    const bench = new Bench();
    bench.receive(ben, append(1, [0, 0]));
    const effects = bench.receive(eva, { type: 'ForwardRequests', requests: [request(1)] });
    expect(sentTo(effects, eva)).toMatchObject([{ replies: [{ reply: { leader: ben } }] }]);
  });

  test('[§8] a serial number that was executed is answered from memory', () => {
    const bench = leading();
    const again = { type: 'request', requests: [request(1)] } as const;
    const replies = [0, 1].map((turn) => {
      bench.loopback(bench.step(again));
      const effects = bench.receive(ben, acknowledge(1, 2 + turn));
      return effects.filter(({ type }) => type === 'reply');
    });
    expect(replies[0]).toHaveLength(1);
    expect(replies[1]).toEqual(replies[0]);
  });
});
