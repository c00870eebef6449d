/** Proposals and votes, on the bench: one replica, number 3 of four, and what it makes of what it hears. */
import { describe, expect, test } from 'vitest';
import { digestOf } from '#protocols/hotstuff/block.ts';
import type { Block, Proposal } from '#protocols/hotstuff/messages.ts';
import { c, r } from '../fixtures/ids.ts';
import { signersOf } from '#protocols/hotstuff/certificates.ts';
import { batch, signedRequest } from '../pbft/statements.ts';
import { Bench, notesOf, reasonsOf, sentOf, votesOf } from './bench.ts';
import { blockOf, certificate, chain, proposalOf, quorum, timeouts, vote } from './statements.ts';

const carried = (block: Block, by: number) =>
  ({ type: 'VOTE', statement: vote(by, block) }) as const;

describe('[C3] a vote', () => {
  test('goes to the leader of the next view, once lock, vote and certificate are one record', () => {
    const bench = new Bench();
    const blocks = chain(1, 2, 3);
    expect(votesOf(bench.propose(...blocks.slice(0, 2)))).toEqual([
      [1, r(2)],
      [2, r(3)],
    ]);
    const effects = bench.propose(blocks[2] as Block);
    const kinds = effects.map(({ type }) => type).filter((type) => type !== 'note');
    expect(kinds.lastIndexOf('persist')).toBeLessThan(kinds.indexOf('send'));
    expect(bench.disk.get('safety')).toMatchObject({
      lastVoted: 3,
      vote: { view: 3, justifyView: 2, lockView: 1 },
      lock: { view: 1, block: digestOf(blocks[0] as Block) },
      highQC: { view: 2 },
    });
  });

  test('[H9] names the view of the certificate and of what it locks', () => {
    const [, , , statement] = sentOf(new Bench().propose(...chain(1, 2, 4, 5)), 'VOTE');
    expect(statement?.statement.body).toMatchObject({ view: 5, justifyView: 4, lockView: 2 });
  });

  test('[CS16] is given once a view, and in no earlier one', () => {
    const bench = new Bench();
    const [one] = chain(1);
    bench.propose(one as Block);
    expect(bench.propose(one as Block)).toEqual([]);
    bench.propose(blockOf(2, one as Block));
    expect(votesOf(bench.propose(one as Block))).toEqual([]);
  });

  test('[HB1] is not given to a second block of a view', () => {
    const bench = new Bench();
    bench.propose(...chain(1));
    const effects = bench.propose(blockOf(1, null, { batch: batch(1) }));
    expect(reasonsOf(effects)).toEqual(['second-block']);
    expect(votesOf(effects)).toEqual([]);
    expect(bench.state.nodes.size).toBe(2);
  });

  test('[C9] [CS18] is not given in a view that was given up', () => {
    const bench = new Bench();
    bench.step({ type: 'request', requests: batch(1) });
    bench.timeout('view');
    const effects = bench.propose(...chain(1));
    expect(votesOf(effects)).toEqual([]);
    expect(reasonsOf(effects)).toEqual(['voted']);
  });

  test('[BH5] [C3] is not given against the lock, until a certificate is higher', () => {
    const bench = new Bench();
    const [one, two, three] = chain(1, 2, 3) as [Block, Block, Block];
    bench.propose(one, two, three);
    // Its certificate is of view 1: whoever proposes has not heard of view 2.
    const stale = blockOf(5, one);
    const tc = timeouts(4, quorum(), 1);
    const refused = bench.receive(proposalOf(stale, { tc }));
    expect(votesOf(refused)).toEqual([[5, r(2)]]);
    bench.propose(blockOf(6, three));
    expect(bench.state.lock.view).toBe(2);
    const late = bench.receive(proposalOf(blockOf(8, one), { tc: timeouts(7, quorum(), 1) }));
    expect(reasonsOf(late)).toContain('locked');
    expect(votesOf(late)).toEqual([]);
  });
});

/** The same, with something else signed of it. */
function saying(
  message: ReturnType<typeof proposalOf>,
  said: Partial<Proposal>,
): ReturnType<typeof proposalOf> {
  const { statement } = message;
  return { ...message, statement: { ...statement, body: { ...statement.body, ...said } } };
}

describe('[C8] a proposal is refused', () => {
  const [one, two] = chain(1, 2) as [Block, Block];

  test.each<[string, ReturnType<typeof proposalOf>, string]>([
    ['[CS16] by another than the leader', proposalOf({ ...one, proposer: r(2) }), 'not-leader'],
    ['signed by another than its proposer', proposalOf(one, { by: r(2) }), 'not-leader'],
    [
      'whose block is another than the signed one',
      { ...proposalOf(one), block: blockOf(1, null, { batch: batch(1) }) },
      'other-block',
    ],
    [
      '[E12] that signs for another certificate than the block has',
      saying(proposalOf(two), { justifyView: 0 }),
      'other-block',
    ],
    [
      '[E12] that does not sign what its timeouts name',
      saying(proposalOf(blockOf(5, two), { tc: timeouts(4, quorum(), 2) }), { highView: 0 }),
      'other-block',
    ],
    [
      '[E12] that signs for timeouts which do not come with it',
      saying(proposalOf(two), { highView: 1 }),
      'other-block',
    ],
    ['with a wrong height', proposalOf({ ...one, height: 2 }), 'not-leader'],
    [
      '[CS24] with a certificate of too few',
      proposalOf({ ...two, justify: certificate(one, [0, 1]) }),
      'no-certificate',
    ],
    [
      '[CS15] [HB9] of a view that nothing leads to',
      proposalOf(blockOf(1_001, null), { tc: null }),
      'unproven-view',
    ],
    [
      'with timeouts of another view',
      proposalOf(blockOf(5, null), { tc: timeouts(3) }),
      'unproven-view',
    ],
    [
      '[HB10] with timeouts of too few',
      proposalOf(blockOf(5, null), { tc: timeouts(4, [0, 1]) }),
      'unproven-view',
    ],
    [
      'whose timeouts know of a higher certificate',
      proposalOf(blockOf(5, null), { tc: timeouts(4, quorum(), 3) }),
      'unproven-view',
    ],
    [
      '[BH6] whose certificate is for a later view',
      proposalOf({ ...blockOf(2, two), height: 3 }),
      'other-block',
    ],
  ])('%s', (_name, message, reason) => {
    const bench = new Bench();
    bench.propose(one);
    const effects = bench.receive(message, message.block.proposer);
    expect(reasonsOf(effects).at(-1)).toBe(reason);
    expect(votesOf(effects)).toEqual([]);
    expect(bench.state.nodes.size).toBe(2);
  });

  test('[CS17] and taken with timeouts of the view before', () => {
    const bench = new Bench();
    expect(votesOf(bench.propose(blockOf(5, null)))).toEqual([[5, r(2)]]);
    expect(bench.state.view).toBe(5);
  });
});

describe('[C20] votes of a quorum', () => {
  const [one, two] = chain(1, 2) as [Block, Block];

  test('certify, and the next leader proposes upon them at once', () => {
    const bench = new Bench({ self: r(2) });
    bench.step({ type: 'request', requests: batch(1) });
    bench.propose(one);
    expect(bench.state.view).toBe(1);
    bench.receive(carried(one, 0));
    const [proposal] = sentOf(bench.receive(carried(one, 1)), 'PROPOSAL');
    expect(proposal?.block).toMatchObject({ view: 2, height: 2, justify: { view: 1 } });
    expect(proposal && signersOf(proposal.block.justify, bench.state.setting)).toEqual([
      r(0),
      r(1),
      r(2),
    ]);
    expect(proposal?.tc).toBeNull();
  });

  test('[HB15] [K10] are of distinct members, and each counts once', () => {
    const bench = new Bench({ self: r(2) });
    bench.propose(one);
    for (let i = 0; i < 5; i++) bench.receive(carried(one, 0));
    bench.receive({ type: 'VOTE', statement: vote(9, one) });
    expect(bench.state.view).toBe(1);
    expect(bench.state.votes.size).toBe(2);
  });

  test('count for one block and one lock only', () => {
    const bench = new Bench({ self: r(2) });
    bench.propose(one);
    bench.receive(carried(blockOf(1, null, { batch: batch(1) }), 0));
    bench.receive({ type: 'VOTE', statement: vote(1, one, { lockView: 1 }) });
    bench.receive(carried(one, 3));
    expect(bench.state.view).toBe(1);
  });

  test('[C16] for a block that is not here move the view, and the block is fetched', () => {
    const bench = new Bench();
    const effects = [0, 1, 2].flatMap((by) => bench.receive(carried(two, by)));
    expect(bench.state.view).toBe(3);
    expect(sentOf(effects, 'FETCH')).toMatchObject([{ block: digestOf(two), above: 0 }]);
    expect(sentOf(effects, 'VOTE')).toEqual([]);
  });
});

describe('[C7] [C17] executing', () => {
  const pool = [signedRequest(1), signedRequest(2), signedRequest(3)];

  test('[CS22] runs oldest first, and a command in three blocks once', () => {
    const bench = new Bench();
    const one = blockOf(1, null, { batch: pool.slice(0, 2) });
    const two = blockOf(2, one, { batch: pool.slice(0, 1) });
    const three = blockOf(3, two, { batch: pool });
    bench.propose(one, two, three);
    const four = blockOf(4, three);
    const five = blockOf(5, four);
    const effects = bench.propose(four, five, blockOf(6, five));
    const replies = effects.flatMap((e) => (e.type === 'reply' ? [e.reply] : []));
    expect(replies.map((reply) => 'seq' in reply && reply.seq)).toEqual([1, 2, 1, 1, 2, 3]);
    expect(replies.map((reply) => 'index' in reply && reply.index)).toEqual([1, 2, 1, 1, 2, 6]);
    expect(bench.service.query('x')).toEqual({ ok: true, value: '3' });
  });

  test('[C6] waits for the three-chain', () => {
    const bench = new Bench();
    const one = blockOf(1, null, { batch: batch(1) });
    const two = blockOf(2, one);
    const three = blockOf(3, two);
    bench.propose(one, two, three);
    expect(bench.state.index).toBe(0);
    bench.propose(blockOf(4, three));
    expect(bench.state.index).toBe(1);
  });

  test('[H7] what conflicts with the committed stops a replica, also after a restart', () => {
    const bench = new Bench();
    bench.propose(...chain(1, 2, 3, 4));
    expect(bench.state.committed.height).toBe(1);
    const other = blockOf(5, null);
    const [six, seven] = [blockOf(6, other), blockOf(7, blockOf(6, other))];
    const effects = bench.propose(other, six, seven, blockOf(8, seven));
    expect(notesOf(effects).at(-1)?.note).toBe('assumptionBroken');
    expect(votesOf(effects).at(-1)?.[0]).toBeLessThan(8);
    const again = new Bench({ disk: bench.disk });
    expect(again.state.stopped).toBe(bench.state.stopped);
    expect(again.propose(blockOf(9, blockOf(8, seven)))).toEqual([]);
  });

  test('[C17] [C18] a block holds what no uncommitted block below it has; an abandoned one gives it back', () => {
    const bench = new Bench({ self: r(2) });
    bench.step({ type: 'request', requests: pool.slice(0, 2) });
    const one = blockOf(1, null, { batch: pool.slice(0, 1) });
    bench.propose(one);
    bench.receive(carried(one, 0));
    const [upon] = sentOf(bench.receive(carried(one, 1)), 'PROPOSAL');
    expect(upon?.block.batch.map(({ seq }) => seq)).toEqual([2]);
    // The views 2 to 5 fail, and with them that block.
    const five = blockOf(5, one);
    bench.receive(proposalOf(five), five.proposer);
    bench.receive(carried(five, 0));
    const [later] = sentOf(bench.receive(carried(five, 1)), 'PROPOSAL');
    expect(later?.block.batch.map(({ seq }) => seq)).toEqual([2]);
  });

  test('[H8] a request is told to everybody once, and one that was executed is answered again', () => {
    const bench = new Bench();
    const asked = bench.step({ type: 'request', requests: batch(1) });
    expect(sentOf(asked, 'REQUEST').map(({ to }) => to)).toEqual([[r(0), r(1), r(2)]]);
    expect(sentOf(bench.step({ type: 'request', requests: batch(1) }), 'REQUEST')).toEqual([]);
    const one = blockOf(1, null, { batch: batch(1) });
    const three = blockOf(3, blockOf(2, one));
    bench.propose(one, blockOf(2, one), three, blockOf(4, three));
    const again = bench.step({ type: 'request', requests: batch(1) });
    expect(again).toMatchObject([{ type: 'reply', to: c(0), reply: { type: 'done', index: 1 } }]);
  });
});
