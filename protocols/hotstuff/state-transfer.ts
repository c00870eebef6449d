/** C15: a replica that is behind all blocks that are kept fetches a state from any of those who vouched for it, piece by piece. */
import type { ReplicaId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import { digestOf } from './block.ts';
import { signersOf } from './certificates.ts';
import { isOfPhase } from './certifying.ts';
import { keepDigest, makeStable } from './checkpoints.ts';
import { installWrites } from './durable.ts';
import type { HotStuffMessage } from './messages.ts';
import { armFetch } from './pacemaker.ts';
import { parseState, snapshotFrom, type Snapshot } from './snapshot.ts';
import { note, send, type HotStuff, type Incoming, type StableCheckpoint } from './state.ts';
import type { FetchState, StateData, StatePieces } from './transfer-messages.ts';

/** In answer to a FETCH: the blocks are gone here, and this state stands for them. */
export function sayStable(hotStuff: HotStuff, to: ReplicaId): void {
  const { stable } = hotStuff.state;
  if (!stable) return;
  const { block, certificate } = stable;
  send(hotStuff, [to], { type: 'STABLE', block, certificate });
}

/** Only what a quorum voted for, and only if it leads further. */
export function onStable(
  hotStuff: HotStuff,
  from: ReplicaId,
  { block, certificate }: Extract<HotStuffMessage, { type: 'STABLE' }>,
): void {
  const { state, rules } = hotStuff;
  const { checkpoint } = block;
  if (!state.fetching || !checkpoint) return;
  if (checkpoint.height <= Math.max(state.committed.height, state.incoming?.height ?? 0)) return;
  const isProven =
    certificate.block === digestOf(block) && isOfPhase(hotStuff, certificate, rules.phases[0]);
  if (!isProven) return note(hotStuff, { note: 'stateRefused', height: checkpoint.height, from });
  const signers = signersOf(certificate, state.setting).filter((id) => id !== state.self);
  // Who showed the proof has the state, if it is honest; the others may have a later one only.
  const others = signers.filter((id) => id !== from);
  state.incoming = {
    ...checkpoint,
    block,
    certificate,
    from: [from, ...others],
    turn: 0,
    pieceDigests: null,
    pieces: new Map(),
    asked: 0,
  };
  note(hotStuff, { note: 'stateFetched', height: checkpoint.height, from });
  ask(hotStuff, state.incoming);
}

/** Nothing came, or nothing of use. */
export function turnToAnother(hotStuff: HotStuff, incoming: Incoming): void {
  incoming.turn++;
  incoming.asked = 0;
  ask(hotStuff, incoming);
}

function giverOf({ from, turn }: Incoming): ReplicaId | undefined {
  return from[turn % from.length];
}

/** For the list of digests, or for the next pieces. */
function ask(
  hotStuff: HotStuff,
  incoming: Incoming,
  count: number = limits.chunksInFlightMax,
): void {
  const { height, pieceDigests, pieces } = incoming;
  const giver = giverOf(incoming);
  if (giver === undefined) return;
  armFetch(hotStuff);
  const wanted: number[] = [];
  while (pieceDigests && wanted.length < count && incoming.asked < pieceDigests.length) {
    const piece = incoming.asked++;
    if (!pieces.has(piece)) wanted.push(piece);
  }
  if (pieceDigests && wanted.length === 0) return;
  send(hotStuff, [giver], { type: 'FETCH-STATE', height, pieces: wanted });
}

/** Gives what is asked for, or shows what it has instead. */
export function onFetchState(
  hotStuff: HotStuff,
  from: ReplicaId,
  { height, pieces }: FetchState,
): void {
  const { stable, snapshots, self } = hotStuff.state;
  if (from === self) return;
  const held = stable?.height === height ? stable.snapshot : snapshots.get(height);
  if (!held) {
    if (stable && stable.height > height) sayStable(hotStuff, from);
    return;
  }
  if (pieces.length === 0) {
    send(hotStuff, [from], { type: 'STATE', height, pieces: held.pieceDigests });
  }
  for (const piece of new Set(pieces)) {
    const data = held.pieces[piece];
    if (data !== undefined) send(hotStuff, [from], { type: 'DATA', height, piece, data });
  }
}

/** The list must have the digest that a quorum vouched for. */
export function onStatePieces(
  hotStuff: HotStuff,
  from: ReplicaId,
  { height, pieces }: StatePieces,
): void {
  const { state, rules } = hotStuff;
  const { incoming } = state;
  if (incoming?.height !== height || giverOf(incoming) !== from || incoming.pieceDigests) return;
  if (!rules.isVouchedFor(pieces, incoming)) return refuseState(hotStuff, incoming, from);
  incoming.pieceDigests = pieces;
  ask(hotStuff, incoming);
}

export function onStateData(
  hotStuff: HotStuff,
  from: ReplicaId,
  { height, piece, data }: StateData,
): void {
  const { incoming } = hotStuff.state;
  if (incoming?.height !== height || giverOf(incoming) !== from) return;
  const { pieceDigests, pieces } = incoming;
  const digest = pieceDigests?.[piece];
  if (!pieceDigests || digest === undefined || pieces.has(piece)) return;
  if (!hotStuff.rules.isPiece(data, digest)) return refuseState(hotStuff, incoming, from);
  pieces.set(piece, data);
  if (pieces.size < pieceDigests.length) return ask(hotStuff, incoming, 1);
  install(
    hotStuff,
    incoming,
    pieceDigests.map((_, i) => pieces.get(i) ?? ''),
  );
}

function refuseState(hotStuff: HotStuff, incoming: Incoming, from: ReplicaId): void {
  note(hotStuff, { note: 'stateRefused', height: incoming.height, from });
  turnToAnother(hotStuff, incoming);
}

/** At once, on the disk too: a crash before it finds the state from before, and the fetching begins anew. */
function install(hotStuff: HotStuff, incoming: Incoming, pieces: readonly string[]): void {
  const { state, effects } = hotStuff;
  const { height, block, certificate, digest } = incoming;
  const from = giverOf(incoming) ?? state.self;
  state.incoming = null;
  state.fetching = null;
  if (height <= state.committed.height) return;
  const snapshot = snapshotFrom(height, pieces);
  if (!restoreState(hotStuff, snapshot)) return;
  const stable: StableCheckpoint = { height, digest, block, certificate, snapshot };
  makeStable(hotStuff, stable);
  effects.push({ type: 'persist', writes: installWrites(stable) });
  note(hotStuff, { note: 'stateInstalled', height, from });
}

/** Goes on from `snapshot`, whose block is the lowest that is kept. `false` if no replica can have written it. */
export function restoreState(hotStuff: HotStuff, snapshot: Snapshot): boolean {
  const { state, rules, context, effects } = hotStuff;
  const read = parseState(snapshot);
  if (!read) return false;
  const { block: digest, height, view, justifyView, commandHeight, index } = read;
  const { service } = context;
  const wasStopped = service.stopped;
  service.resume(read.service);
  const root = { digest, view, height, justifyView, commandHeight };
  state.root = { ...root, block: null, parent: null, committedHeight: height };
  state.committed = state.root;
  state.nodes.clear();
  state.nodes.set(digest, state.root);
  state.index = index;
  state.fruitlessViews = rules.fruitlessAfterCommit(state);
  keepDigest(state, snapshot);
  effects.push({ type: 'restore', index });
  for (const [key, request] of state.requests) {
    if (service.outcomeOf(request) !== null) state.requests.delete(key);
  }
  if (read.service.stoppedAt !== null && !wasStopped) {
    const at = read.service.stoppedAt;
    note(hotStuff, { note: 'epochEnded', index: at, digest: service.digest() });
  }
  return true;
}
