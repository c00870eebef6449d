/** Checkpoints (C14, C15): taken every K blocks, stable once a certified block names them, and then in place of what came before. */
import { stableWrites } from './durable.ts';
import type { Certificate } from './messages.ts';
import { snapshotOf } from './snapshot.ts';
import { note, type HotStuff, type HotStuffState, type StableCheckpoint } from './state.ts';
import { stopSigning } from './stop.ts';
import type { Checkpoint } from './transfer-messages.ts';
import { ancestorAt, type Node } from './tree.ts';

/** Of one's own that are not stable yet, so many are held whole: those of a long branch that commits at once go. */
const snapshotsHeld = 2;
/** Digests of one's own that proposals are held against: an honest leader is never so far behind what is committed. */
const digestsHeld = 8;

/** `node` was executed just now. */
export function takeCheckpoint({ state, context }: HotStuff, node: Node): void {
  if (node.height % state.setting.checkpointEvery !== 0) return;
  const snapshot = snapshotOf(node, state.index, context.service);
  keepLast(state.snapshots, snapshotsHeld - 1);
  state.snapshots.set(node.height, snapshot);
  keepDigest(state, snapshot);
}

export function keepDigest({ checkpoints }: HotStuffState, { height, digest }: Checkpoint): void {
  keepLast(checkpoints, digestsHeld - 1);
  checkpoints.set(height, digest);
}

function keepLast(held: Map<number, unknown>, count: number): void {
  for (const key of held.keys()) {
    if (held.size <= count) return;
    held.delete(key);
  }
}

/** What a block upon `parent` is to name: all who may vote for it have executed as much. */
export function checkpointUpon(parent: Node, { state, rules }: HotStuff): Checkpoint | null {
  const every = state.setting.checkpointEvery;
  const height = Math.floor(rules.sharedHeight(parent, state) / every) * every;
  const digest = state.checkpoints.get(height);
  return digest === undefined ? null : { height, digest };
}

/** C15: a quorum voted for `certified`, and so f + 1 honest replicas had executed what it names. */
export function learnCheckpoint(
  hotStuff: HotStuff,
  certified: Node,
  certificate: Certificate,
): void {
  const { state } = hotStuff;
  const { block } = certified;
  const named = block?.checkpoint;
  if (!named || named.height <= (state.stable?.height ?? 0)) return;
  const own = state.snapshots.get(named.height);
  if (!own) return;
  const { height, digest } = own;
  if (digest !== named.digest) {
    return stopSigning(hotStuff, `a quorum has another state at height ${height}`);
  }
  const stable: StableCheckpoint = { height, digest, block, certificate, snapshot: own };
  makeStable(hotStuff, stable);
  prune(hotStuff);
  hotStuff.effects.push({ type: 'persist', writes: stableWrites(stable) });
  note(hotStuff, { note: 'checkpointStable', height });
}

export function makeStable({ state }: HotStuff, stable: StableCheckpoint): void {
  state.stable = stable;
  for (const height of state.snapshots.keys()) {
    if (height <= stable.height) state.snapshots.delete(height);
  }
}

/** C14: below what is committed and stable, and with it what stands on nothing that is kept. */
function prune({ state, rules }: HotStuff): void {
  const root = ancestorAt(state.committed, rules.keptFrom(state));
  if (!root || root === state.root) return;
  root.parent = null;
  state.root = root;
  for (const [digest, node] of state.nodes) {
    const { parent } = node;
    if (node === root || parent === root || parent?.parent) continue;
    // What stands on it comes later, and goes too.
    node.parent = null;
    state.nodes.delete(digest);
  }
}
