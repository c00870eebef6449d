/** P12: a replica that is behind a proven checkpoint fetches the state from anyone, piece by piece, each held against the proof. */
import type { ReplicaId } from '../core/ids.ts';
import { sha256Hex } from '../core/digest.ts';
import { limits } from '../core/limits.ts';
import { mayAnswer } from './answers.ts';
import { makeStable } from './checkpoints.ts';
import { executeReady } from './execution.ts';
import { resumeHistory } from './history.ts';
import { parseState, snapshotFrom } from './snapshot.ts';
import { othersThan, type Incoming, type Pbft, type Snapshot } from './state.ts';
import type { Fetch, FetchBatch, StateData, StatePieces } from './transfer-messages.ts';

/** After every step: what is beyond the window cannot come otherwise. */
export function fetchIfBeyond(pbft: Pbft): void {
  const { proven, incoming, stable, setting } = pbft.state;
  if (!proven || proven.n <= stable.n + setting.window) return;
  if ((incoming?.proof.n ?? 0) < proven.n) startFetch(pbft);
}

/** Nothing moved: from another replier, and from the beginning if there is a later checkpoint. */
export function fetchAgain(pbft: Pbft): void {
  const { proven, incoming } = pbft.state;
  if (!proven) return;
  if (incoming?.proof.n !== proven.n) return startFetch(pbft);
  turnToAnother(pbft, incoming);
}

/** Who signed the checkpoint has it, as long as it is honest and no later one is stable there. */
function startFetch(pbft: Pbft): void {
  const { state } = pbft;
  const { proven } = state;
  const replier = proven && nextReplier(pbft, state.incoming?.replier ?? state.self);
  if (!proven || !replier) return;
  const incoming: Incoming = {
    proof: proven,
    replier,
    pieceDigests: null,
    pieces: new Map(),
    asked: 0,
  };
  state.incoming = incoming;
  const note = { note: 'stateFetched', n: proven.n, from: replier } as const;
  pbft.effects.push({ type: 'note', note });
  ask(pbft, incoming);
}

function nextReplier({ state }: Pbft, after: ReplicaId): ReplicaId | undefined {
  const { voters } = state.setting;
  const here = voters.indexOf(after);
  const others = othersThan(state);
  return others.find((id) => voters.indexOf(id) > here) ?? others[0];
}

function turnToAnother(pbft: Pbft, incoming: Incoming): void {
  const replier = nextReplier(pbft, incoming.replier);
  if (replier === undefined) return;
  incoming.replier = replier;
  incoming.asked = 0;
  ask(pbft, incoming);
}

/** For the list of digests, or for the next pieces. */
function ask(
  { effects }: Pbft,
  incoming: Incoming,
  count: number = limits.chunksInFlightMax,
): void {
  const { proof, replier, pieceDigests, pieces } = incoming;
  const wanted: number[] = [];
  while (pieceDigests && wanted.length < count && incoming.asked < pieceDigests.length) {
    const piece = incoming.asked++;
    if (!pieces.has(piece)) wanted.push(piece);
  }
  if (pieceDigests && wanted.length === 0) return;
  const message: Fetch = { type: 'FETCH', n: proof.n, pieces: wanted };
  effects.push({ type: 'send', to: [replier], message });
}

/** Gives what is asked for, or says what it has instead. */
export function onFetch(pbft: Pbft, from: ReplicaId, { n, pieces }: Fetch): void {
  const { state, effects } = pbft;
  const { stable, stableSnapshot } = state;
  if (!stableSnapshot) return;
  if (n !== stable.n) {
    const { checkpoints } = stable;
    if (n < stable.n && mayAnswer(pbft, from, `stable ${stable.n}`)) {
      effects.push({ type: 'send', to: [from], message: { type: 'STABLE', checkpoints } });
    }
    return;
  }
  if (pieces.length === 0 && mayAnswer(pbft, from, `pieces ${n}`)) {
    const message = { type: 'STATE', n, pieces: stableSnapshot.pieceDigests } as const;
    effects.push({ type: 'send', to: [from], message });
  }
  for (const piece of pieces) {
    const data = stableSnapshot.pieces[piece];
    if (data === undefined || !mayAnswer(pbft, from, `piece ${n} ${piece}`)) continue;
    effects.push({ type: 'send', to: [from], message: { type: 'DATA', n, piece, data } });
  }
}

export function onFetchBatch(pbft: Pbft, from: ReplicaId, { n, digest }: FetchBatch): void {
  const { state, effects } = pbft;
  const batch = state.slots.get(n)?.batches.get(digest);
  if (!batch || !mayAnswer(pbft, from, `batch ${n} ${digest}`)) return;
  effects.push({ type: 'send', to: [from], message: { type: 'BATCH', n, batch } });
}

/** The list must have the digest that a quorum signed. */
export function onStatePieces(pbft: Pbft, from: ReplicaId, { n, pieces }: StatePieces): void {
  const { state, rules } = pbft;
  const { incoming } = state;
  if (incoming?.proof.n !== n || incoming.replier !== from || incoming.pieceDigests) return;
  if (rules.checkpointDigest(pieces) !== incoming.proof.digest) {
    return refuseState(pbft, incoming);
  }
  incoming.pieceDigests = pieces;
  ask(pbft, incoming);
}

export function onStateData(pbft: Pbft, from: ReplicaId, { n, piece, data }: StateData): void {
  const { incoming } = pbft.state;
  if (incoming?.proof.n !== n || incoming.replier !== from) return;
  const { pieceDigests, pieces } = incoming;
  const digest = pieceDigests?.[piece];
  if (!pieceDigests || digest === undefined || pieces.has(piece)) return;
  if (sha256Hex(data) !== digest) return refuseState(pbft, incoming);
  pieces.set(piece, data);
  if (pieces.size < pieceDigests.length) return ask(pbft, incoming, 1);
  install(
    pbft,
    incoming,
    snapshotFrom(
      n,
      pieceDigests.map((_, i) => pieces.get(i) ?? ''),
      pbft.rules,
    ),
  );
}

function refuseState(pbft: Pbft, incoming: Incoming): void {
  const { replier: from, proof } = incoming;
  pbft.effects.push({ type: 'note', note: { note: 'stateRefused', n: proof.n, from } });
  turnToAnother(pbft, incoming);
}

/** At once, with the client table and h: there is no state in between (P12). */
function install(pbft: Pbft, { proof, replier }: Incoming, snapshot: Snapshot): void {
  const { state, effects } = pbft;
  state.incoming = null;
  if (proof.n <= state.executed || !restoreState(pbft, snapshot)) return;
  makeStable(pbft, proof, snapshot);
  const note = { note: 'stateInstalled', n: proof.n, from: replier } as const;
  effects.push({ type: 'note', note });
  executeReady(pbft);
}

/** Goes on from `snapshot`: everything up to it counts as executed. `false` if no replica can have written it. */
export function restoreState({ state, context, effects }: Pbft, snapshot: Snapshot): boolean {
  const read = parseState(snapshot.pieces);
  if (!read) return false;
  const { service } = context;
  const wasStopped = service.stopped;
  service.resume(read.service);
  state.tentative = null;
  state.executed = snapshot.n;
  state.index = read.index;
  resumeHistory(state, snapshot.n, read.history);
  state.lastProposed = Math.max(state.lastProposed, snapshot.n);
  effects.push({ type: 'restore', index: read.index });
  for (const [key, request] of state.requests) {
    if (service.outcomeOf(request) === null) continue;
    state.requests.delete(key);
    state.queue.delete(key);
  }
  if (read.service.stoppedAt !== null && !wasStopped) {
    const digest = service.digest();
    const note = { note: 'epochEnded', index: read.service.stoppedAt, digest } as const;
    effects.push({ type: 'note', note });
  }
  return true;
}
