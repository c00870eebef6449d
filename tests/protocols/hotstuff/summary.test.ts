/** What a screen is told of the tree: replica 3 of four on the bench, and clusters in the simulator. */
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { shortDigest } from '#protocols/core/digest.ts';
import { blocksMax, leadersMax, type TreeSummary } from '#protocols/core/tree-summary.ts';
import { traceBatchSchema } from '#lib/host/trace-wire.ts';
import { digestOf, genesisDigest } from '#protocols/hotstuff/block.ts';
import { basicHotStuffLaboratory } from '#protocols/hotstuff/laboratory.ts';
import type { Block } from '#protocols/hotstuff/messages.ts';
import { hotStuff } from '#protocols/hotstuff/protocol.ts';
import type { HotStuffState } from '#protocols/hotstuff/state.ts';
import { r } from '../fixtures/ids.ts';
import { batch } from '../pbft/statements.ts';
import { Bench } from './bench.ts';
import { blockOf, chain, timeoutMessage, vote } from './statements.ts';
import { HotStuffWorld } from './world.ts';

const summary = ({ state }: { readonly state: Readonly<HotStuffState> }) =>
  hotStuff.summarize(state);
const tree = (bench: { readonly state: Readonly<HotStuffState> }) =>
  summary(bench).tree as TreeSummary;
const named = (block: Block) => shortDigest(digestOf(block));
const genesis = { view: 0, block: shortDigest(genesisDigest) };

test('[C2] [C5] [C6] blocks with their certificates, the lock and what is committed', () => {
  const bench = new Bench();
  const [one, two, three, four] = chain(1, 2, 3, 4) as [Block, Block, Block, Block];
  bench.propose(one, two, three, { ...four, batch: [...batch(1), ...batch(2)] });
  const { blocks, highQC, lock, committed, vote: last } = tree(bench);
  expect(blocks.map(({ view, parentView, height }) => [view, parentView, height])).toEqual([
    [1, 0, 1],
    [2, 1, 2],
    [3, 2, 3],
    [4, 3, 4],
  ]);
  expect(blocks.map(({ parent }) => parent)).toEqual([
    genesis.block,
    ...blocks.slice(0, 3).map(({ digest }) => digest),
  ]);
  expect(blocks.map(({ proposer }) => proposer)).toEqual([1, 2, 3, 0]);
  expect(blocks.map(({ text }) => text)).toEqual(['', '', '', 'put x=1 and 1 more']);
  expect(blocks.map(({ certificate }) => certificate?.signers)).toEqual([
    [0, 1, 2],
    [0, 1, 2],
    [0, 1, 2],
    undefined,
  ]);
  expect(blocks.map((block) => block.committed)).toEqual([true, false, false, false]);
  expect(highQC).toEqual({
    phase: 'generic',
    view: 3,
    block: named(three),
    signers: [0, 1, 2],
  });
  expect(lock).toEqual({ view: 2, block: named(two) });
  expect(committed).toEqual({ view: 1, block: named(one) });
  expect(last).toMatchObject({ view: 4, phase: 'generic', block: blocks[3]?.digest });
});

test('branches are told with the chain, and what is older than the picture is left out', () => {
  const bench = new Bench();
  const blocks = chain(...Array.from({ length: 20 }, (_, i) => i + 1));
  const fork = blockOf(22, blocks[18] as Block);
  bench.propose(...blocks, fork, blockOf(23, fork));
  const shown = tree(bench).blocks;
  expect(shown).toHaveLength(blocksMax);
  expect(shown.slice(-3).map(({ view, parentView }) => [view, parentView])).toEqual([
    [20, 19],
    [22, 19],
    [23, 22],
  ]);
  expect(shown.at(-3)?.certificate).toBeNull();
  expect(shown.at(-2)?.certificate?.signers).toEqual([0, 1, 2]);
});

test('[C27] votes that are no certificate yet', () => {
  const bench = new Bench();
  const [one, two] = chain(1, 2) as [Block, Block];
  expect(tree(bench)).toMatchObject({ collected: null, vote: null, lock: genesis });
  bench.propose(one, two);
  bench.receive({ type: 'VOTE', statement: vote(3, two) }, r(3));
  bench.receive({ type: 'VOTE', statement: vote(0, two) }, r(0));
  expect(tree(bench).collected).toEqual({
    phase: 'generic',
    view: 2,
    block: named(two),
    signers: [0, 3],
  });
  bench.receive({ type: 'VOTE', statement: vote(1, two) }, r(1));
  expect(tree(bench)).toMatchObject({ collected: null, highQC: { view: 2, signers: [0, 1, 3] } });
});

test('[C20] [C21] timeouts of a view, and the certificate that began the next', () => {
  const bench = new Bench();
  bench.propose(...chain(1, 2));
  bench.receive(timeoutMessage(2, 2), r(2));
  expect(tree(bench)).toMatchObject({
    view: 2,
    timeouts: { view: 2, signers: [2], highView: 0 },
    tcs: [],
    leaders: [2, 3, 0, 1],
  });
  // With its own, since so many gave up that one of them is honest: a quorum.
  bench.receive(timeoutMessage(0, 2), r(0));
  const ended = { view: 2, signers: [0, 2, 3], highView: 1 };
  expect(tree(bench)).toMatchObject({
    view: 3,
    timeouts: ended,
    tcs: [ended],
    leaders: [3, 0, 1, 2],
  });
  for (const view of [3, 4, 5, 6, 7]) {
    for (const by of [0, 2]) bench.receive(timeoutMessage(by, view), r(by));
  }
  expect(tree(bench).tcs.map(({ view }) => view)).toEqual([4, 5, 6, 7]);
});

test('[C28] by reputation only the leader of this view is known', () => {
  expect(tree(new Bench()).leaders).toHaveLength(leadersMax);
  const options = { rotation: { type: 'reputation' } } as const;
  expect(tree(new Bench({ options })).leaders).toEqual([1]);
});

test('[C19] a chain with nothing to order rests', () => {
  const world = new HotStuffWorld(4);
  expect(tree({ state: world.state(0) }).resting).toBe(true);
  world.write();
  world.run(3);
  expect(tree({ state: world.state(0) }).resting).toBe(false);
  world.run(2_000);
  for (const state of world.states()) {
    const { resting, blocks } = tree({ state });
    expect(resting).toBe(true);
    expect(blocks.find(({ text }) => text !== '')?.committed).toBe(true);
  }
});

test('basic: the last certificate of a block is that of its last phase', () => {
  const world = new HotStuffWorld(4, { laboratory: basicHotStuffLaboratory });
  world.write();
  world.run(2_000);
  const { blocks, committed } = tree({ state: world.state(0) });
  expect(blocks.map(({ certificate }) => certificate?.phase)).toEqual(['commit']);
  expect(committed).toMatchObject({ view: 1, block: blocks[0]?.digest });
});

test('travels to other screens as it is, of 31 replicas too', () => {
  const world = new HotStuffWorld(31);
  world.write(40);
  world.run(2_000);
  const summarized = hotStuff.summarize(world.state(0));
  expect(summarized.tree?.blocks.at(-2)?.certificate?.signers).toHaveLength(21);
  const told = {
    type: 'steps',
    cluster: '0'.repeat(16),
    incarnation: 1,
    summary: JSON.parse(JSON.stringify(summarized)) as unknown,
    sent: {},
    events: [],
  };
  expect(v.parse(traceBatchSchema(hotStuff.note), told).summary).toEqual(summarized);
  // Of a frame of 16 KiB most is left for what happened.
  expect(JSON.stringify(summarized).length).toBeLessThan(8_000);
});
