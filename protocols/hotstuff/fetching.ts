/** Blocks that a certificate names and that are not here are fetched by their hash (C12, C13, H4). */
import { listBytesMax } from '../core/batches.ts';
import type { ReplicaId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import { bytesOfBatch } from '../core/signed-batch.ts';
import { digestOf } from './block.ts';
import { saidIn, signersOf } from './certificates.ts';
import { addBlock, isOfPhase } from './certifying.ts';
import type { Block, HotStuffMessage } from './messages.ts';
import { armFetch, disarmFetch } from './pacemaker.ts';
import { missingIn, note, send, type HotStuff } from './state.ts';
import { sayStable, turnToAnother } from './state-transfer.ts';
import type { Node } from './tree.ts';

/** A vote as JSON text, at most. */
const voteBytesMax = 512;

/** After every step: only blocks of the highest certificates are ever missing, and what they stand on. */
export function tendFetch(hotStuff: HotStuff): void {
  const { state } = hotStuff;
  const missing = missingIn(state);
  if (!missing || state.stopped !== null) {
    if (state.fetching) disarmFetch(hotStuff);
    state.fetching = null;
    state.incoming = null;
    return;
  }
  const { block, view } = missing;
  if (state.fetching?.block === block) return;
  const signers = signersOf(missing, state.setting).filter((id) => id !== state.self);
  // Not all replicas ask the same one.
  const first = (view + state.setting.voters.indexOf(state.self)) % Math.max(1, signers.length);
  const from = [...signers.slice(first), ...signers.slice(0, first)];
  state.fetching = { block, from, asked: 0 };
  askNext(hotStuff, state.committed.height);
}

/** Nothing came, or nothing of use: another of those who voted for it has it, if it is honest. */
export function askNext(hotStuff: HotStuff, above: number): void {
  const { state } = hotStuff;
  const { fetching } = state;
  if (!fetching) return;
  const to = fetching.from[fetching.asked % fetching.from.length];
  if (to === undefined) return;
  fetching.asked++;
  note(hotStuff, { note: 'blocksFetched', from: to, height: above });
  send(hotStuff, [to], { type: 'FETCH', block: fetching.block, above });
  armFetch(hotStuff);
}

export function onFetchTimeout(hotStuff: HotStuff): void {
  const { incoming, committed } = hotStuff.state;
  if (incoming) turnToAnother(hotStuff, incoming);
  else askNext(hotStuff, committed.height);
}

/** Gives what is asked for, lowest first, as much as fits one message; or shows a state, where the lowest are gone. */
export function onFetch(
  hotStuff: HotStuff,
  from: ReplicaId,
  { block, above }: Extract<HotStuffMessage, { type: 'FETCH' }>,
): void {
  const { state } = hotStuff;
  const path: Block[] = [];
  let node: Node | null = state.nodes.get(block) ?? null;
  for (; node?.block && node.height > above; node = node.parent) path.push(node.block);
  if (from === state.self) return;
  const lowest = path.at(-1);
  const isGone = !lowest || lowest.height > above + 1;
  if (isGone && state.stable && state.stable.height > above) return sayStable(hotStuff, from);
  if (!lowest) return;
  const blocks: Block[] = [];
  let bytes = 0;
  for (const next of path.reverse()) {
    bytes += bytesOfBatch(next.batch) + saidIn(next.justify).length * voteBytesMax;
    const full = blocks.length >= limits.blocksPerMessageMax || bytes > listBytesMax;
    if (blocks.length > 0 && full) break;
    blocks.push(next);
  }
  send(hotStuff, [from], { type: 'BLOCKS', blocks });
}

/**
 * C13: each is the parent of the next and certified by it, and the last is the one that was asked for: no honest replica
 * can have been deceived into voting for them. What comes late is here already.
 */
export function onBlocks(hotStuff: HotStuff, from: ReplicaId, blocks: readonly Block[]): void {
  const { state, rules } = hotStuff;
  const { fetching } = state;
  if (!fetching || state.incoming) return;
  let last: Node | null = null;
  for (const [i, block] of blocks.entries()) {
    const digest = digestOf(block);
    const child = blocks[i + 1];
    if (digest !== fetching.block && child?.justify.block !== digest) break;
    if (child && !isOfPhase(hotStuff, child.justify, rules.phases[0])) break;
    const parent = state.nodes.get(block.justify.block);
    if (!parent || !isOfPhase(hotStuff, block.justify, rules.phases[0])) break;
    if (block.height !== parent.height + 1 || block.view <= parent.view) break;
    last = addBlock(hotStuff, block, { parent, digest });
  }
  if (!last) {
    note(hotStuff, { note: 'blocksRefused', from });
    return askNext(hotStuff, state.committed.height);
  }
  if (missingIn(state)?.block !== fetching.block) return;
  fetching.asked--;
  askNext(hotStuff, last.height);
}
