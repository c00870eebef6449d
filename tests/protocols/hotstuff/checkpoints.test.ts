/** Checkpoints, what they let a replica forget, and the state that one far behind fetches. Number 3 of four, K = 4. */
import { describe, expect, test } from 'vitest';
import type { Json } from '#protocols/core/replica.ts';
import type { Block, Certificate, HotStuffMessage } from '#protocols/hotstuff/messages.ts';
import type { HotStuffEffect } from '#protocols/hotstuff/state.ts';
import { put, r } from '../fixtures/ids.ts';
import { signedRequest } from '../pbft/statements.ts';
import { Bench, notesOf, reasonsOf, sentOf, votesOf } from './bench.ts';
import { blockOf, certificate } from './statements.ts';

const every = 4;
const born = (self = r(3), disk: ReadonlyMap<string, Json> = new Map()): Bench =>
  new Bench({ self, disk, options: { checkpointEvery: every } });

/** One that has taken in `count` blocks, each with a large value and the last checkpoint there is, and these. */
function grown(count: number, self = r(2)): { giver: Bench; blocks: Block[] } {
  const giver = born(self);
  const blocks: Block[] = [];
  for (let view = 1; view <= count; view++) {
    const [height, digest] = [...giver.state.checkpoints].at(-1) ?? [];
    const checkpoint = height && digest ? { height, digest } : null;
    const batch = [signedRequest(view, put(`k${view % 3}`, `${view} `.repeat(2_000)))];
    const block = blockOf(view, blocks.at(-1) ?? null, { checkpoint, batch });
    blocks.push(block);
    giver.propose(block);
  }
  return { giver, blocks };
}

const blocksOn = ({ disk }: Bench): number =>
  [...disk.keys()].filter((key) => key.startsWith('block/')).length;

describe('[C15] a checkpoint', () => {
  test('is vouched for by whoever votes for a block that names it, and by nobody who has another', () => {
    const { giver, blocks } = grown(7);
    const named = { height: 4, digest: 'e'.repeat(64) };
    const liar = blockOf(8, blocks.at(-1) as Block, { checkpoint: named });
    const effects = giver.propose(liar);
    expect(reasonsOf(effects)).toContain('other-state');
    expect(votesOf(effects)).toEqual([]);
  });

  test.each<[string, (digest: string) => Block['checkpoint']]>([
    ['one that it has not', (digest) => ({ height: 8, digest })],
    ['one between two', (digest) => ({ height: 5, digest })],
  ])('is not vouched for when it is %s', (_name, named) => {
    const { giver, blocks } = grown(7);
    const digest = giver.state.checkpoints.get(4) ?? '';
    const block = blockOf(8, blocks.at(-1) as Block, { checkpoint: named(digest) });
    expect(votesOf(giver.propose(block))).toEqual([]);
  });

  test('is named by a leader that has it, and stable once that block is certified', () => {
    const { giver, blocks } = grown(7, r(0));
    giver.step({ type: 'request', requests: [signedRequest(99, put('x', 'y'))] });
    const seven = certificate(blocks.at(-1) as Block);
    const sync = { highQC: seven, decided: null, highTC: null };
    const [proposal] = sentOf(giver.receive({ type: 'SYNC', sync }), 'PROPOSAL');
    expect(proposal?.block.checkpoint).toEqual({
      height: 4,
      digest: giver.state.checkpoints.get(4),
    });
    expect(giver.state.stable).toBeNull();
    const eight = certificate(proposal?.block as Block);
    giver.receive({ type: 'SYNC', sync: { ...sync, highQC: eight } });
    expect(giver.state.stable).toMatchObject({ height: 4, certificate: eight });
  });

  test('of a quorum that is not its own is more than f liars: it signs nothing any more', () => {
    const { giver, blocks } = grown(7);
    const named = { height: 4, digest: 'e'.repeat(64) };
    const liar = blockOf(8, blocks.at(-1) as Block, { checkpoint: named });
    giver.propose(liar, blockOf(9, liar));
    expect(giver.state.stopped).toContain('height 4');
  });
});

describe('[C14] pruning', () => {
  test('[K11] keeps a long chain in bounded memory and on a bounded disk', () => {
    const { giver } = grown(201);
    const { nodes, root, stable, committed, snapshots, checkpoints } = giver.state;
    expect(stable?.height).toBe(196);
    expect(root.height).toBe(196 - every);
    expect(nodes.size).toBe(201 - root.height + 1);
    expect(committed.height).toBe(198);
    expect(blocksOn(giver)).toBe(201 - 196);
    expect(snapshots.size).toBeLessThanOrEqual(1);
    expect(checkpoints.size).toBe(8);
    expect([...giver.disk.keys()].filter((key) => key.startsWith('stable/'))).toHaveLength(
      stable?.snapshot.pieces.length ?? 0,
    );
  });

  test('[CS19] a restart goes on from the checkpoint, with the same lock, commit and state', () => {
    const { giver, blocks } = grown(30);
    const again = born(r(2), giver.disk);
    const { committed, index, lock, highQC, view } = giver.state;
    expect(again.state).toMatchObject({ index, lock, highQC, view });
    expect(again.state.committed.digest).toBe(committed.digest);
    expect(again.service.digest()).toBe(giver.service.digest());
    const last = blocks.at(-1) as Block;
    const checkpoint = { height: 24, digest: giver.state.checkpoints.get(24) ?? '' };
    expect(votesOf(again.propose(blockOf(31, last, { checkpoint })))).toEqual([[31, r(0)]]);
  });

  test('drops branches that stand on nothing that is kept', () => {
    const { giver, blocks } = grown(9);
    const stray = blockOf(10, blocks[6] as Block);
    giver.receive({
      type: 'SYNC',
      sync: { highQC: certificate(stray), decided: null, highTC: null },
    });
    expect(giver.state.fetching).not.toBeNull();
    giver.receive({ type: 'BLOCKS', blocks: [stray] });
    expect([...giver.state.nodes.values()].some(({ view }) => view === 10)).toBe(true);
    let last = blocks[8] as Block;
    for (let view = 11; view < 40; view++) {
      const [height = 0, digest = ''] = [...giver.state.checkpoints].at(-1) ?? [];
      last = blockOf(view, last, { checkpoint: { height, digest } });
      const proof = { highQC: certificate(last), decided: null, highTC: null };
      giver.receive({ type: 'SYNC', sync: proof });
      giver.receive({ type: 'BLOCKS', blocks: [last] });
    }
    expect([...giver.state.nodes.values()].some(({ view }) => view === 10)).toBe(false);
  });

  test('a disk that holds another state than a quorum vouched for is not believed', () => {
    const { giver } = grown(30);
    const key = [...giver.disk.keys()].find((name) => name.startsWith('stable/')) ?? '';
    const disk = new Map(giver.disk);
    disk.set(key, `${String(disk.get(key))} `);
    expect(born(r(2), disk).state.stopped).toContain('stable');
  });
});

/** What is answered to what `bench` asks of anyone, until it asks no more or `last` was said. All have what `giver` has. */
function served(
  bench: Bench,
  giver: Bench,
  effects: readonly HotStuffEffect[],
  last?: HotStuffMessage['type'],
): HotStuffMessage['type'][] {
  const said: HotStuffMessage['type'][] = [];
  const queue = [...effects];
  for (let effect = queue.shift(); effect; effect = queue.shift()) {
    const [asked] = effect.type === 'send' ? effect.to : [];
    if (effect.type !== 'send' || asked === undefined || asked === r(3)) continue;
    for (const answer of giver.receive(effect.message, r(3))) {
      if (answer.type !== 'send' || !answer.to.includes(r(3))) continue;
      said.push(answer.message.type);
      queue.push(...bench.receive(answer.message, asked));
      if (answer.message.type === last) return said;
    }
  }
  return said;
}

describe('[C15] a state for who is far behind', () => {
  const { giver, blocks } = grown(40);
  const last = blocks.at(-1) as Block;
  const stable = giver.state.stable as NonNullable<typeof giver.state.stable>;

  /** It hears of the last block, and asks for those below. */
  function behind(): { bench: Bench; asks: readonly HotStuffEffect[] } {
    const bench = born();
    return { bench, asks: bench.propose(last) };
  }

  const proof: HotStuffMessage = {
    type: 'STABLE',
    block: stable.block,
    certificate: stable.certificate,
  };

  /** It knows the proof, and maybe the list of pieces. */
  function promised(listed: boolean): Bench {
    const { bench } = behind();
    bench.receive(proof);
    const { height, snapshot } = stable;
    if (listed) bench.receive({ type: 'STATE', height, pieces: snapshot.pieceDigests });
    return bench;
  }

  test('comes in pieces, is installed at once, and the blocks above it follow', () => {
    const { bench, asks } = behind();
    const said = served(bench, giver, asks);
    expect(said.slice(0, 2)).toEqual(['STABLE', 'STATE']);
    expect(said.filter((type) => type === 'DATA').length).toBe(stable.snapshot.pieces.length);
    expect(stable.snapshot.pieces.length).toBeGreaterThan(8);
    expect(said.at(-1)).toBe('BLOCKS');
    expect(bench.state.committed.digest).toBe(giver.state.committed.digest);
    expect(bench.service.digest()).toBe(giver.service.digest());
    expect(bench.state.index).toBe(giver.state.index);
    expect(blocksOn(bench)).toBe(blocksOn(giver));
    const again = born(r(3), bench.disk);
    expect(again.service.digest()).toBe(giver.service.digest());
  });

  test('that a crash finds half installed is fetched anew, and nothing is lost', () => {
    const { bench, asks } = behind();
    served(bench, giver, asks, 'DATA');
    expect(bench.state.incoming?.pieces.size).toBe(1);
    const again = born(r(3), bench.disk);
    expect(again.state).toMatchObject({ index: 0, stable: null, incoming: null });
    served(again, giver, [...again.born, ...again.propose(last)]);
    expect(again.service.digest()).toBe(giver.service.digest());
  });

  test.each<[string, Block, Certificate]>([
    ['a certificate of too few', stable.block, { ...stable.certificate, votes: [] }],
    ['a certificate of another block', stable.block, certificate(last)],
    [
      'another state under the same certificate',
      { ...stable.block, checkpoint: { height: 36, digest: 'e'.repeat(64) } },
      stable.certificate,
    ],
  ])('is not asked for on %s', (_name, block, shown) => {
    const { bench } = behind();
    const effects = bench.receive({ type: 'STABLE', block, certificate: shown });
    expect(notesOf(effects)).toContainEqual(expect.objectContaining({ note: 'stateRefused' }));
    expect(bench.state.incoming).toBeNull();
  });

  test('is not asked for where no block is missing, or where it leads back', () => {
    const bench = born();
    expect(bench.receive(proof)).toEqual([]);
    const ahead = grown(45).giver;
    ahead.receive({
      type: 'SYNC',
      sync: { highQC: certificate(blockOf(60, last)), decided: null, highTC: null },
    });
    expect(ahead.state.fetching).not.toBeNull();
    expect(ahead.receive(proof)).toEqual([]);
  });

  test('whose list a liar makes up is refused, and another is asked', () => {
    const bench = promised(false);
    const effects = bench.receive({ type: 'STATE', height: stable.height, pieces: [] });
    expect(notesOf(effects)).toContainEqual(expect.objectContaining({ note: 'stateRefused' }));
    expect(sentOf(effects, 'FETCH-STATE')[0]?.to).not.toEqual([r(2)]);
    expect(bench.state.incoming?.pieceDigests).toBeNull();
  });

  test('a piece of which a liar makes up is refused, and another is asked for the rest', () => {
    const bench = promised(true);
    const { height, snapshot } = stable;
    bench.receive({ type: 'DATA', height, piece: 0, data: snapshot.pieces[0] ?? '' });
    const effects = bench.receive({ type: 'DATA', height, piece: 1, data: 'nothing' });
    expect(notesOf(effects)).toContainEqual(expect.objectContaining({ note: 'stateRefused' }));
    const [asked] = sentOf(effects, 'FETCH-STATE');
    expect(asked?.to).not.toEqual([r(2)]);
    expect(asked?.pieces).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(bench.receive({ type: 'DATA', height, piece: 2, data: 'nothing' }, r(2))).toEqual([]);
    expect(bench.state.index).toBe(0);
  });

  test('is asked for elsewhere when nothing comes', () => {
    const bench = promised(true);
    const asked = [1, 2, 3].flatMap(() => sentOf(bench.timeout('fetch'), 'FETCH-STATE'));
    expect(new Set(asked.flatMap(({ to }) => to)).size).toBe(3);
  });

  test('gives way to a later one that another has instead', () => {
    const bench = promised(true);
    const later = grown(60).giver;
    const [shown] = sentOf(
      later.receive({ type: 'FETCH-STATE', height: 36, pieces: [3] }, r(3)),
      'STABLE',
    );
    bench.receive(shown as HotStuffMessage, r(1));
    expect(bench.state.incoming).toMatchObject({ height: 52, pieceDigests: null });
  });
});
