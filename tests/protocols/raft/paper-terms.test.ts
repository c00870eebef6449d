/** Statements of §5.1 and §5.2 of the paper, one test each; PAPER.md beside the protocol says which stand elsewhere. */
import { describe, expect, test } from 'vitest';
import type { RaftMessage } from '#protocols/raft/messages.ts';
import type { RaftEffect } from '#protocols/raft/state.ts';
import {
  acknowledge,
  append,
  ask,
  Bench,
  notesOf,
  sentTo,
  types,
  vote,
} from '../fixtures/bench.ts';
import { r } from '../fixtures/ids.ts';

const [ana, ben, eva] = [r(0), r(1), r(2)];
const rpcs = (effects: readonly RaftEffect[]): RaftMessage[] =>
  effects.flatMap((effect) => (effect.type === 'send' ? [effect.message] : []));

describe('§5.1 basics', () => {
  test('[§5.1] a follower sends nothing of its own accord: it answers whoever asks, and nobody else', () => {
    const bench = new Bench({ term: 1, terms: [1] });
    for (const message of [append(1, [1, 1], [1], 2), append(1, [9, 1]), ask(1), ask(0)]) {
      const effects = bench.receive(ben, message);
      for (const effect of effects) if (effect.type === 'send') expect(effect.to).toEqual([ben]);
      expect(rpcs(effects)).toHaveLength(1);
    }
    for (const answer of [acknowledge(1, 1), vote(1)]) {
      expect(rpcs(bench.receive(eva, answer))).toEqual([]);
    }
    expect(rpcs(bench.timeout('heartbeat'))).toEqual([]);
    expect(rpcs(bench.timeout('commit news'))).toEqual([]);
  });

  test('[§5.1] terms are numbered one by one: an election is in the next', () => {
    const bench = new Bench({ term: 6 });
    bench.stand();
    expect(bench.state.currentTerm).toBe(7);
    bench.stand();
    expect(bench.state.currentTerm).toBe(8);
  });

  test('[§5.1] the winner serves for the rest of its term: commits, heartbeats and time do not end it', () => {
    const bench = new Bench({ term: 2 });
    bench.lead();
    for (let i = 0; i < 5; i++) {
      bench.loopback(bench.request());
      bench.receive(ben, acknowledge(3, i + 2));
      bench.timeout('heartbeat');
      bench.timeout('check quorum');
    }
    expect(bench.state).toMatchObject({ role: { name: 'leader' }, currentTerm: 3 });
  });

  test('[§5.1] a replica may miss whole terms: it goes from 1 to 7 with the first message of 7', () => {
    const bench = new Bench({ term: 1, vote: ben });
    bench.receive(eva, append(7, [0, 0]));
    expect(bench.state).toMatchObject({ currentTerm: 7, votedFor: null, leaderId: eva });
  });

  test('[§5.1] every request and answer of elections and replication carries the current term', () => {
    const candidate = new Bench({ term: 4 });
    for (const message of rpcs(candidate.stand())) expect(message).toHaveProperty('term', 5);
    const leader = new Bench({ term: 4 });
    leader.lead();
    for (const message of rpcs(leader.timeout('heartbeat'))) {
      expect(message).toHaveProperty('term', 5);
    }
    const voter = new Bench({ term: 4 });
    for (const asked of [ask(5), ask(3), append(5, [0, 0]), append(2, [0, 0])]) {
      for (const message of rpcs(voter.receive(ben, asked))) {
        expect(message).toHaveProperty('term', 5);
      }
    }
  });

  test.each(['preCandidate', 'candidate'] as const)(
    '[§5.1] a %s whose term is out of date is a follower at once, whatever tells it',
    (role) => {
      for (const message of [append(9, [0, 0]), ask(9), vote(9, { voteGranted: false })]) {
        const bench = new Bench({ term: 1 });
        if (role === 'candidate') bench.stand();
        else bench.timeout('election');
        expect(bench.state.role.name).toBe(role);
        bench.receive(ben, message);
        expect(bench.state).toMatchObject({ role: { name: 'follower' }, currentTerm: 9 });
      }
    },
  );

  test('[§5.1] the current term never decreases, whatever order messages come in', () => {
    const bench = new Bench({ term: 3 });
    const terms = [5, 2, 7, 4, 6].map((term) => {
      bench.receive(ben, append(term, [0, 0]));
      bench.receive(eva, ask(term - 1));
      return bench.state.currentTerm;
    });
    expect(terms).toEqual([5, 5, 7, 7, 7]);
  });
});

describe('§5.2 elections', () => {
  test('[§5.2] a replica begins as a follower, with nothing but its timer', () => {
    const bench = new Bench();
    expect(bench.state.role.name).toBe('follower');
    expect(types(bench.born)).toEqual(['setTimer']);
  });

  test('[§5.2] heartbeats go to every follower, without entries, and again after each interval', () => {
    const bench = new Bench({ n: 5 });
    bench.loopback(bench.lead());
    for (const id of [1, 2, 3, 4]) bench.receive(r(id), acknowledge(1, 1));
    const effects = bench.timeout('heartbeat');
    const told = [1, 2, 3, 4].map((id) => sentTo(effects, r(id)));
    for (const messages of told) {
      expect(messages).toMatchObject([{ type: 'AppendEntries', term: 1, entries: [] }]);
    }
    const { heartbeatTicks: ticks } = bench.timing;
    expect(effects).toContainEqual({
      type: 'setTimer',
      timer: 'heartbeat',
      ticksMin: ticks,
      ticksMax: ticks,
    });
  });

  test('[§5.2] a follower that hears nothing stands: a term more, its own vote, and a request to all others at once', () => {
    const bench = new Bench({ n: 5, term: 2, terms: [1, 2] });
    const effects = bench.stand();
    expect(bench.state).toMatchObject({ currentTerm: 3, votedFor: ana });
    const asked = effects.filter(
      (effect) => effect.type === 'send' && 'preVote' in effect.message && !effect.message.preVote,
    );
    expect(asked).toEqual([{ type: 'send', to: [1, 2, 3, 4].map(r), message: ask(3, [2, 2]) }]);
  });

  test('[§5.2] standing begins a new timer, and with its end a new election in the next term', () => {
    const bench = new Bench({ term: 1 });
    const { electionTicksMin: ticksMin, electionTicksMax: ticksMax } = bench.timing;
    const timer = { type: 'setTimer', timer: 'election', ticksMin, ticksMax };
    expect(bench.stand()).toContainEqual(timer);
    const again = bench.stand();
    expect(again).toContainEqual(timer);
    expect(notesOf(again)).toContainEqual({ note: 'electionStarted', term: 3 });
  });

  test('[§5.2] a candidate rejects the leader of an older term, tells it so, and stays a candidate', () => {
    const bench = new Bench({ term: 4 });
    bench.stand();
    const effects = bench.receive(ben, append(4, [0, 0], [4]));
    expect(bench.state).toMatchObject({
      role: { name: 'candidate' },
      currentTerm: 5,
      leaderId: null,
    });
    expect(bench.terms).toEqual([]);
    expect(sentTo(effects, ben)).toMatchObject([{ success: false, term: 5 }]);
  });

  test('[§5.2] two candidates split the votes of four: neither wins, and the next term decides', () => {
    const [first, second] = [new Bench({ n: 4 }), new Bench({ n: 4, self: ben })];
    first.stand();
    second.stand();
    const no = { voteGranted: false };
    first.receive(eva, vote(1));
    second.receive(r(3), vote(1));
    for (const id of [ben, r(3)]) first.receive(id, vote(1, no));
    for (const id of [ana, eva]) second.receive(id, vote(1, no));
    expect([first, second].map(({ state }) => state.role.name)).toEqual(['follower', 'follower']);
    first.lead();
    expect(first.state).toMatchObject({ role: { name: 'leader' }, currentTerm: 2 });
    second.receive(ana, append(2, [0, 0]));
    expect(second.state).toMatchObject({ leaderId: ana, currentTerm: 2 });
  });

  test('[§5.2] an election won is made known to all at once', () => {
    const bench = new Bench({ n: 5 });
    const effects = bench.lead();
    for (const id of [1, 2, 3, 4]) {
      expect(sentTo(effects, r(id))).toContainEqual(
        expect.objectContaining({ type: 'AppendEntries', term: 1 }) as unknown,
      );
    }
  });

  test('[§5.2] who the followers took for their leader may be elected again once they have not heard it', () => {
    const follower = new Bench({ term: 1 });
    follower.receive(ben, append(1, [0, 0]));
    const again = ask(2, [0, 0], { preVote: true });
    expect(sentTo(follower.receive(ben, again), ben)).toMatchObject([{ voteGranted: false }]);
    follower.timeout('leader heard');
    expect(sentTo(follower.receive(ben, again), ben)).toMatchObject([{ voteGranted: true }]);
  });
});
