/** What a replica fetches when blocks are missing, and what it goes on from after a crash. Number 3 of four. */
import { describe, expect, test } from 'vitest';
import type { Json } from '#protocols/core/replica.ts';
import { limits } from '#protocols/core/limits.ts';
import { digestOf } from '#protocols/hotstuff/block.ts';
import type { Block } from '#protocols/hotstuff/messages.ts';
import { r } from '../fixtures/ids.ts';
import { batch } from '../pbft/statements.ts';
import { Bench, notesOf, sentOf, votesOf } from './bench.ts';
import { blockOf, certificate, chain, proposalOf, timeoutMessage } from './statements.ts';

const views = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

describe('[C13] [CS21] missing blocks', () => {
  const blocks = chain(1, 2, 3, 4, 5);
  const last = blocks.at(-1) as Block;

  function behind(): { bench: Bench; asked: ReturnType<typeof sentOf<'FETCH'>> } {
    const bench = new Bench();
    return { bench, asked: sentOf(bench.propose(last), 'FETCH') };
  }

  test('[C12] are asked for, from one who signed, and the proposal waits for them', () => {
    const { bench, asked } = behind();
    expect(asked).toMatchObject([{ block: digestOf(blocks[3] as Block), above: 0 }]);
    expect(bench.state.suspended?.block.view).toBe(5);
    const effects = bench.receive({ type: 'BLOCKS', blocks: blocks.slice(0, 4) });
    expect(votesOf(effects)).toEqual([[5, r(2)]]);
    expect(bench.state.committed.height).toBe(2);
    expect(bench.state.fetching).toBeNull();
  });

  test.each<[string, Block[]]>([
    ['nothing', []],
    ['another block', [blockOf(4, null)]],
    ['the end without the beginning', blocks.slice(2, 4)],
    ['a beginning that nothing certifies', [blockOf(1, null, { batch: batch(1) })]],
    [
      'a certificate of too few',
      [
        { ...(blocks[0] as Block) },
        { ...(blocks[1] as Block), justify: certificate(blocks[0] as Block, [0, 1]) },
      ],
    ],
    ['another content', blocks.slice(0, 4).map((block) => ({ ...block, batch: batch(1) }))],
  ])('are refused when a liar gives %s, and another is asked', (_name, given) => {
    const { bench, asked } = behind();
    const effects = bench.receive({ type: 'BLOCKS', blocks: given });
    expect(notesOf(effects)).toContainEqual({ note: 'blocksRefused', from: r(2) });
    expect(sentOf(effects, 'FETCH')[0]?.to).not.toEqual(asked[0]?.to);
    expect(bench.state.nodes.size).toBe(1);
  });

  test('are asked for elsewhere when nothing comes', () => {
    const { bench, asked } = behind();
    const seen = [asked, ...[1, 2].map(() => sentOf(bench.timeout('fetch'), 'FETCH'))];
    expect(new Set(seen.flatMap((sent) => sent.flatMap(({ to }) => to))).size).toBe(3);
  });

  test('come in parts when they are many', () => {
    const long = chain(...views(limits.blocksPerMessageMax + 10));
    const giver = new Bench({ self: r(2) });
    giver.propose(...long);
    const bench = new Bench();
    let due = sentOf(bench.propose(long.at(-1) as Block), 'FETCH');
    for (let rounds = 0; due.length > 0 && rounds < 5; rounds++) {
      const { block, above } = due[0] as (typeof due)[number];
      const [given] = sentOf(giver.receive({ type: 'FETCH', block, above }, r(3)), 'BLOCKS');
      due = sentOf(bench.receive({ type: 'BLOCKS', blocks: given?.blocks ?? [] }), 'FETCH');
    }
    expect(bench.state.committed.digest).toBe(giver.state.committed.digest);
  });

  test('that nobody asked for are ignored', () => {
    const bench = new Bench();
    expect(bench.receive({ type: 'BLOCKS', blocks })).toEqual([]);
    expect(bench.state.nodes.size).toBe(1);
  });

  test('a proposal that comes late brings its block after all', () => {
    const { bench } = behind();
    bench.propose(...blocks.slice(0, 3));
    expect(bench.state.nodes.size).toBe(1);
    const four = new Bench();
    four.propose(...blocks.slice(0, 3), last);
    expect(votesOf(four.propose(blocks[3] as Block)).map(([view]) => view)).toEqual([5]);
  });
});

describe('[CS19] a restart', () => {
  const blocks = chain(1, 2, 3, 4);

  test('[CI3] votes in no view again, and says its last vote once more', () => {
    const bench = new Bench();
    bench.propose(...blocks);
    const again = new Bench({ disk: bench.disk });
    const [said] = sentOf(again.born, 'VOTE');
    expect(said).toMatchObject({ to: [r(1)], statement: { body: { view: 4 } } });
    expect(again.state).toMatchObject({ view: 4, lastVoted: 4, lock: bench.state.lock });
    expect(again.state.committed.digest).toBe(bench.state.committed.digest);
    expect(again.service.digest()).toBe(bench.service.digest());
    const rival = { ...blockOf(4, blocks[2] as Block), batch: batch(7) };
    expect(votesOf(again.receive(proposalOf(rival), rival.proposer))).toEqual([]);
  });

  test('[C9] keeps the view that was given up closed, and says its timeout once more', () => {
    const bench = new Bench();
    bench.step({ type: 'request', requests: batch(1) });
    bench.timeout('view');
    const again = new Bench({ disk: bench.disk });
    expect(sentOf(again.born, 'TIMEOUT')).toHaveLength(1);
    expect(votesOf(again.propose(blocks[0] as Block))).toEqual([]);
  });

  test('[E1] a leader says its block once more, and makes no other', () => {
    const bench = new Bench({ self: r(1) });
    const [said] = sentOf(bench.step({ type: 'request', requests: batch(1) }), 'PROPOSAL');
    const disk = new Map(bench.disk);
    disk.delete('safety');
    const again = new Bench({ self: r(1), disk });
    const [repeated, ...others] = sentOf(again.born, 'PROPOSAL');
    expect(repeated?.statement.body).toEqual(said?.statement.body);
    expect(others).toEqual([]);
    expect(sentOf(again.step({ type: 'request', requests: batch(2) }), 'PROPOSAL')).toEqual([]);
  });

  test('in a view that timeouts began stays there', () => {
    const bench = new Bench();
    bench.step({ type: 'request', requests: batch(1) });
    bench.timeout('view');
    bench.receive(timeoutMessage(0, 1));
    bench.receive(timeoutMessage(1, 1));
    bench.timeout('view');
    expect(new Bench({ disk: bench.disk }).state.view).toBe(2);
  });

  test('asks around', () => {
    const bench = new Bench();
    bench.propose(...blocks);
    const again = new Bench({ disk: bench.disk });
    expect(sentOf(again.born, 'SYNC').map(({ to }) => to)).toEqual([[r(0), r(1), r(2)]]);
  });

  test.each<[string, string, Json]>([
    ['half a record', 'safety', { lastVoted: 1 }],
    ['a negative view', 'proposal', { kind: 'PROPOSAL', view: -1, block: 'e'.repeat(64) }],
    ['no block', `block/0000000000000001/${'e'.repeat(64)}`, 'nothing'],
  ])('with %s on its disk signs nothing any more', (_name, key, value) => {
    const bench = new Bench({ disk: new Map([[key, value]]) });
    expect(bench.state.stopped).toContain(key);
    expect(bench.propose(...blocks)).toEqual([]);
  });
});
