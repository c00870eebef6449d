/** What a page holds proved: nothing before it was checked, and nobody framed. */
import { describe, expect, test } from 'vitest';
import { prove, type Certificate, type Evidence } from '#protocols/core/evidence.ts';
import { pbftAccountability } from '#protocols/pbft/evidence.ts';
import { doubleVote } from '#protocols/pbft/evidence-kinds.ts';
import { CaseBook, type Fork } from '#lib/room/case-book.ts';
import { clusterOf } from '#lib/room/genesis.ts';
import type { RoomMessage } from '#lib/room/messages.ts';
import { commit } from '../protocols/pbft/testimony.ts';
import { by, genesis, jurisdiction, seatOf } from '../verify/transcripts.ts';

const votes = (signers: readonly number[], name: string, view = 0): Certificate =>
  signers.map((i) => by(i, commit(view, 1, name)));

function doubleVoteOf(i: number): Evidence {
  const parts = [by(i, commit(0, 1, 'a')), by(i, commit(0, 1, 'b'))];
  const evidence = prove(doubleVote, parts, jurisdiction);
  if (!evidence) throw new Error('no evidence');
  return evidence;
}

function open() {
  const told: RoomMessage[] = [];
  const convicted: string[] = [];
  const forks: Fork[] = [];
  const book = new CaseBook({
    genesis,
    cluster: clusterOf(genesis),
    rules: pbftAccountability,
    tellAll: (message) => told.push(message),
    testify: () => Promise.resolve(null),
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
    expect(book.offerDecision(stranger, seatOf(0), votes([0, 2, 3], 'a'))).toBeNull();
    expect(told).toEqual([]);
    expect(book.offerDecision(stranger, seatOf(1), votes([1, 2, 3], 'b'))).toBeNull();
    await settled();
    expect(forks).toMatchObject([{ what: 'slot 1', verdict: { verdict: 'liars' } }]);
    expect(convicted.sort()).toEqual([seatOf(2), seatOf(3)].sort());
    expect(told.filter(({ type }) => type === 'certificate')).toHaveLength(2);
    expect(book.known()).toHaveLength(4);
  });

  test('[B.4.1] of two views, without the NEW-VIEW between: the court cannot tell, and says so once', async () => {
    const { book, forks, convicted, settled } = open();
    book.offerDecision(stranger, seatOf(0), votes([0, 2, 3], 'a'));
    book.offerDecision(stranger, seatOf(1), votes([1, 2, 3], 'b', 1));
    await settled();
    expect(forks).toMatchObject([{ verdict: { verdict: 'cannot tell' } }]);
    expect(convicted).toEqual([]);
  });

  test('[P9] that agree, or rest on too few or false votes, are no fork', async () => {
    const { book, forks, settled } = open();
    const few = votes([2, 3], 'b');
    const [one, ...others] = votes([1, 2, 3], 'b');
    const forged = [{ ...one, signature: 'f'.repeat(128) }, ...others];
    expect(book.offerDecision(stranger, seatOf(0), votes([0, 2, 3], 'a'))).toBeNull();
    expect(book.offerDecision(stranger, seatOf(1), votes([1, 2, 3], 'a'))).toBeNull();
    expect(book.offerDecision(stranger, seatOf(1), few)).toContain('2 signers');
    expect(book.offerDecision(stranger, seatOf(1), forged)).toContain('false signature');
    expect(book.offerDecision(stranger, seatOf(1), { votes: 3 })).toContain('form');
    await settled();
    expect([book.fork, forks]).toEqual([null, []]);
  });
});
