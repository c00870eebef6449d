/** What a page holds proved: nothing before it was checked, and nobody framed. */
import { describe, expect, test } from 'vitest';
import {
  prove,
  type Accountability,
  type Certificate,
  type Evidence,
} from '#protocols/core/evidence.ts';
import type { Vote } from '#protocols/hotstuff/messages.ts';
import { hotStuff } from '#protocols/hotstuff/protocol.ts';
import { pbftAccountability } from '#protocols/pbft/evidence.ts';
import { doubleVote } from '#protocols/pbft/evidence-kinds.ts';
import { CaseBook, sidesPerReplicaMax, type Fork } from '#lib/room/case-book.ts';
import { clusterOf } from '#lib/room/genesis.ts';
import type { RoomMessage } from '#lib/room/messages.ts';
import type { Signed } from '#protocols/core/signed.ts';
import { vote } from '../protocols/hotstuff/testimony.ts';
import { commit, newView, viewChange } from '../protocols/pbft/testimony.ts';
import { by, genesis, jurisdiction, seatOf } from '../verify/transcripts.ts';

const votes = (signers: readonly number[], name: string, view = 0): Certificate =>
  signers.map((i) => by(i, commit(view, 1, name)));

/** As who shows them for slot 1. */
const shown = (one: unknown) => ({ slot: 1, votes: one });

function doubleVoteOf(i: number): Evidence {
  const parts = [by(i, commit(0, 1, 'a')), by(i, commit(0, 1, 'b'))];
  const evidence = prove(doubleVote, parts, jurisdiction);
  if (!evidence) throw new Error('no evidence');
  return evidence;
}

function open(statements: readonly Signed[] = [], rules: Accountability = pbftAccountability) {
  const told: RoomMessage[] = [];
  const convicted: string[] = [];
  const forks: Fork[] = [];
  const book = new CaseBook({
    genesis,
    cluster: clusterOf(genesis),
    rules,
    tellAll: (message) => told.push(message),
    testify: () => Promise.resolve({ slot: null, statements, certificates: [] }),
    convicted: ({ accused }) => convicted.push(accused),
    forked: (fork) => forks.push(fork),
  });
  const settled = () => new Promise((resolve) => setTimeout(resolve));
  return { book, told, convicted, forks, settled };
}

const stranger = seatOf(0);

describe('evidence', () => {
  test('[B.4] is checked, kept and passed on, and told once', () => {
    const { book, told, convicted } = open();
    expect(book.offer(stranger, doubleVoteOf(3))).toBeNull();
    expect(book.offer(stranger, doubleVoteOf(3))).toBeNull();
    book.found(doubleVoteOf(3));
    expect(convicted).toEqual([seatOf(3)]);
    expect(told.map(({ type }) => type)).toEqual(['evidence']);
    expect(book.known()).toEqual(told);
  });

  test('[B.4] frames nobody: another accused, another claim or a false signature is refused', () => {
    const { book, told, convicted } = open();
    const good = doubleVoteOf(3);
    const [first, second] = good.parts;
    const forged = [first, { ...second, signature: first?.signature }];
    expect(book.offer(stranger, { ...good, accused: seatOf(1) })).toContain('another');
    expect(book.offer(stranger, { ...good, claim: 'did worse' })).toContain('claim');
    expect(book.offer(stranger, { ...good, parts: forged })).toContain('false signature');
    expect(book.offer(stranger, { ...good, parts: [first, first] })).toContain('not');
    expect(book.offer(stranger, 'a rumour')).toContain('form');
    expect([...told, ...convicted]).toEqual([]);
  });

  test('who brings false evidence without end is no longer listened to; others are', () => {
    const { book } = open();
    for (let i = 0; i < 8; i++) book.offer(stranger, { ...doubleVoteOf(3), claim: `claim ${i}` });
    expect(book.offer(stranger, doubleVoteOf(3))).toContain('anyone looks at');
    expect(book.offer(seatOf(1), doubleVoteOf(3))).toBeNull();
    expect(book.convictions).toHaveLength(1);
  });
});

describe('two ledgers', () => {
  test('[D2, B.4.1] that decide a slot differently: the court names exactly the two liars', async () => {
    const { book, told, forks, convicted, settled } = open();
    book.inquire(1);
    expect(book.offerDecision(seatOf(0), shown(votes([0, 2, 3], 'a')))).toBeNull();
    expect(told).toEqual([]);
    expect(book.offerDecision(seatOf(1), shown(votes([1, 2, 3], 'b')))).toBeNull();
    await settled();
    expect(forks).toMatchObject([{ what: 'slot 1', verdict: { verdict: 'liars' } }]);
    expect(convicted.sort()).toEqual([seatOf(2), seatOf(3)].sort());
    expect(told.filter(({ type }) => type === 'fork')).toHaveLength(1);
    expect(book.known()).toHaveLength(3);
  });

  test('[B.4.1] who comes late hears of both at once, and finds the same', async () => {
    const { book, told, settled } = open();
    book.inquire(1);
    book.offerDecision(seatOf(0), shown(votes([0, 2, 3], 'a')));
    book.offerDecision(seatOf(1), shown(votes([1, 2, 3], 'b')));
    await settled();
    const late = open();
    const [fork] = told.filter((message) => message.type === 'fork');
    if (!fork) throw new Error('no fork is told');
    expect(late.book.offerFork(stranger, fork)).toBeNull();
    await late.settled();
    expect(late.forks).toMatchObject([{ what: 'slot 1', verdict: { verdict: 'liars' } }]);
    expect(late.convicted.sort()).toEqual([seatOf(2), seatOf(3)].sort());
  });

  test('[B.4.1] of two views, without the NEW-VIEW between: the court cannot tell, and says so once', async () => {
    const { book, forks, convicted, settled } = open();
    book.inquire(1);
    book.offerDecision(seatOf(0), shown(votes([0, 2, 3], 'a')));
    book.offerDecision(seatOf(1), shown(votes([1, 2, 3], 'b', 1)));
    await settled();
    expect(forks).toMatchObject([{ verdict: { verdict: 'cannot tell' } }]);
    expect(convicted).toEqual([]);
  });

  test('[B.4.1, E7] of two views: who has the NEW-VIEW between shows it, and everybody names the same two', async () => {
    const sides = [votes([0, 2, 3], 'a'), votes([1, 2, 3], 'b', 1)] as const;
    const changes = [1, 2, 3].map((i) => by(i, viewChange(1)));
    const between = by(1, newView(1, changes, []));
    const [knows, lacks] = [open([between]), open()];
    for (const { book } of [knows, lacks]) {
      book.inquire(1);
      book.offerDecision(seatOf(0), shown(sides[0]));
      book.offerDecision(seatOf(1), shown(sides[1]));
    }
    await knows.settled();
    expect(lacks.convicted).toEqual([]);
    for (const message of knows.told) {
      if (message.type === 'fork') expect(lacks.book.offerFork(seatOf(1), message)).toBeNull();
    }
    await lacks.settled();
    expect(lacks.book.grounds).toEqual([between]);
    for (const { convicted, forks } of [knows, lacks]) {
      expect(forks.at(-1)).toMatchObject({ verdict: { verdict: 'liars' } });
      expect(convicted.sort()).toEqual([seatOf(2), seatOf(3)].sort());
    }
  });

  test('[B.4.1] what convicts while the court sits calls no second one', async () => {
    const { book, forks, settled } = open();
    book.inquire(1);
    book.offerDecision(seatOf(0), shown(votes([0, 2, 3], 'a')));
    book.offerDecision(seatOf(1), shown(votes([1, 2, 3], 'b')));
    book.found(doubleVoteOf(3));
    await settled();
    expect(forks).toHaveLength(1);
  });

  test('[P9] that agree, or rest on too few or false votes, are no fork', async () => {
    const { book, forks, settled } = open();
    const few = votes([2, 3], 'b');
    const [one, ...others] = votes([1, 2, 3], 'b');
    const forged = [{ ...one, signature: 'f'.repeat(128) }, ...others];
    book.inquire(1);
    expect(book.offerDecision(seatOf(0), shown(votes([0, 2, 3], 'a')))).toBeNull();
    expect(book.offerDecision(seatOf(1), shown(votes([1, 2, 3], 'a')))).toBeNull();
    expect(book.offerDecision(seatOf(1), shown(few))).toContain('2 signers');
    expect(book.offerDecision(seatOf(1), shown(forged))).toContain('false signature');
    expect(book.offerDecision(seatOf(1), shown({ votes: 3 }))).toContain('form');
    const said = (first: unknown, second: unknown, grounds: unknown = []) =>
      book.offerFork(stranger, {
        sides: [
          { replica: seatOf(0), votes: first },
          { replica: seatOf(1), votes: second },
        ],
        grounds,
      });
    expect(said(votes([0, 2, 3], 'a'), few)).toContain('2 signers');
    expect(said(votes([0, 2, 3], 'a'), votes([1, 2, 3], 'a'))).toContain('not contradict');
    expect(said([], [], [{ ...by(1, viewChange(1)), signature: 'f'.repeat(128) }])).toContain(
      'sig',
    );
    await settled();
    expect([book.fork, forks]).toEqual([null, []]);
  });

  test('votes that nobody asked for are not kept', async () => {
    const { book, forks, settled } = open();
    book.offerDecision(seatOf(0), shown(votes([0, 2, 3], 'a')));
    book.inquire(1);
    book.offerDecision(seatOf(1), shown(votes([1, 2, 3], 'b')));
    await settled();
    expect(forks).toEqual([]);
  });

  describe('where a block is decided by several certificates', () => {
    const chained = hotStuff.accountability ?? undefined;
    const certified = (signers: readonly number[], body: Vote): Certificate =>
      signers.map((i) => by(i, body));
    const ours = [vote(5, 'a'), vote(6, 'b'), vote(7, 'c')].map((body) =>
      certified([0, 2, 3], body),
    );
    const theirs = [vote(9, 'x', 4), vote(10, 'y'), vote(11, 'z')].map((body) =>
      certified([1, 2, 3], body),
    );

    test('[E10, B.4.1] each is held against each: one that contradicts another is enough', async () => {
      const { book, forks, convicted, settled } = open([], chained);
      book.inquire(1);
      for (const one of ours) expect(book.offerDecision(seatOf(0), shown(one))).toBeNull();
      for (const one of theirs) expect(book.offerDecision(seatOf(1), shown(one))).toBeNull();
      await settled();
      expect(forks).toMatchObject([{ what: 'view 5', verdict: { verdict: 'liars' } }]);
      expect(forks[0]?.sides.map(({ replica }) => replica)).toEqual([seatOf(0), seatOf(1)]);
      expect(convicted.sort()).toEqual([seatOf(2), seatOf(3)].sort());
    });

    test('[B.4.1] who heard of both sides shows both: the ledgers are those of two replicas', async () => {
      const { book, forks, settled } = open([], chained);
      book.inquire(1);
      for (const one of [...ours, ...theirs]) book.offerDecision(seatOf(2), shown(one));
      await settled();
      expect(forks).toEqual([]);
      for (const one of ours) book.offerDecision(seatOf(0), shown(one));
      await settled();
      expect(forks[0]?.sides.map(({ replica }) => replica)).toEqual([seatOf(2), seatOf(0)]);
      expect(forks[0]?.sides.map(({ votes }) => votes)).toEqual([theirs[0], ours[2]]);
    });

    test('[K11] who shows ever more of them for one slot is no longer listened to', async () => {
      const { book, forks, settled } = open([], chained);
      book.inquire(1);
      for (let i = 0; i < sidesPerReplicaMax; i++) {
        book.offerDecision(seatOf(0), shown(certified([0, 2, 3], vote(100 + i, 'q'))));
      }
      for (const one of ours) book.offerDecision(seatOf(0), shown(one));
      for (const one of theirs) book.offerDecision(seatOf(1), shown(one));
      await settled();
      expect(forks).toEqual([]);
    });
  });
});
