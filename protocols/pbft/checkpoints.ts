/** Checkpoints (§4.3): taken every K slots, stable with a quorum, and then in place of all that came before. */
import type { ReplicaId } from '../core/ids.ts';
import { say, type Signed } from '../core/signed.ts';
import { checkpointWrite, stableWrites } from './durable.ts';
import { historyOf } from './history.ts';
import type { Checkpoint } from './messages.ts';
import { snapshotOf } from './snapshot.ts';
import type { CheckpointProof, Pbft, PbftState, Snapshot } from './state.ts';
import { stopSigning } from './stop.ts';

/** P11: slot `n` was executed just now. */
export function takeCheckpoint(pbft: Pbft, n: number): void {
  const { state, context, rules, effects } = pbft;
  const at = { index: state.index, history: historyOf(state) };
  const snapshot = snapshotOf(n, at, context.service, rules);
  state.snapshots.set(n, snapshot);
  const body: Checkpoint = { kind: 'CHECKPOINT', n, digest: snapshot.digest };
  effects.push({ type: 'persist', writes: [checkpointWrite(body)] });
  sayCheckpoint(pbft, body);
  if (state.proven && state.proven.n <= n) learnProof(pbft, state.proven);
  else settleCheckpoint(pbft, n);
}

export function sayCheckpoint({ state, effects }: Pbft, body: Checkpoint): void {
  const statement = say(state.self, body);
  effects.push({
    type: 'send',
    to: state.setting.voters,
    message: { type: 'CHECKPOINT', statement },
  });
}

/** P11: "each replica collects checkpoint messages in its log until it has 2f + 1 of them". */
export function onCheckpoint(pbft: Pbft, checkpoint: Signed<Checkpoint>): void {
  const { state, effects } = pbft;
  const { body, signer } = checkpoint;
  const { kind, n } = body;
  if (!state.setting.voters.includes(signer)) {
    const note = { note: 'voteIgnored', from: signer, kind, n, reason: 'stranger' } as const;
    effects.push({ type: 'note', note });
    return;
  }
  if (keep(state, checkpoint)) settleCheckpoint(pbft, n);
}

/** K11: of each signer the ones within the window, the first of each number, and one beyond it, the highest. */
function keep(state: PbftState, checkpoint: Signed<Checkpoint>): boolean {
  const { checkpoints, stable, setting } = state;
  const { n } = checkpoint.body;
  const high = stable.n + setting.window;
  let held = checkpoints.get(checkpoint.signer);
  if (!held) checkpoints.set(checkpoint.signer, (held = new Map()));
  if (n <= stable.n || n % setting.checkpointEvery !== 0 || held.has(n)) return false;
  const beyond = [...held.keys()].filter((other) => other > high);
  if (n > high) {
    if (beyond.some((other) => other > n)) return false;
    for (const other of beyond) held.delete(other);
  }
  held.set(n, checkpoint);
  return true;
}

/** Whether a quorum says the same of slot `n`. */
function settleCheckpoint(pbft: Pbft, n: number): void {
  const { state, rules } = pbft;
  const byDigest = new Map<string, Signed<Checkpoint>[]>();
  for (const voter of state.setting.voters) {
    const checkpoint = state.checkpoints.get(voter)?.get(n);
    if (!checkpoint) continue;
    const { digest } = checkpoint.body;
    const same = byDigest.get(digest) ?? [];
    byDigest.set(digest, same);
    same.push(checkpoint);
  }
  for (const same of byDigest.values()) {
    const proof = rules.stableProof(same, state.setting);
    if (proof) return learnProof(pbft, proof);
  }
}

/** Somebody sent a proof. Returns whether it is one. */
export function onStable(pbft: Pbft, checkpoints: readonly Signed<Checkpoint>[]): boolean {
  const { state, rules } = pbft;
  const proof = rules.stableProof(checkpoints, state.setting);
  if (proof && proof.n > state.stable.n) learnProof(pbft, proof);
  return proof !== null;
}

/** P11 if this replica executed as much, P12 if it did not. */
export function learnProof(pbft: Pbft, proof: CheckpointProof): void {
  const { state } = pbft;
  if (proof.n <= state.stable.n) return;
  if (proof.n > state.executed) {
    if (proof.n > (state.proven?.n ?? 0)) state.proven = proof;
    return;
  }
  const own = state.snapshots.get(proof.n);
  if (own?.digest === proof.digest) return makeStable(pbft, proof, own);
  stopSigning(pbft, `a quorum has another state after slot ${proof.n}`);
}

/**
 * P11: "a checkpoint with a proof becomes stable and the replica discards all pre-prepare, prepare, and commit messages
 * with sequence number less than or equal to n …; it also discards all earlier checkpoints".
 */
export function makeStable(pbft: Pbft, proof: CheckpointProof, snapshot: Snapshot): void {
  const { state, effects } = pbft;
  const { n } = proof;
  state.stable = proof;
  state.stableSnapshot = snapshot;
  for (const key of state.slots.keys()) if (key <= n) state.slots.delete(key);
  for (const key of state.snapshots.keys()) if (key <= n) state.snapshots.delete(key);
  for (const held of state.checkpoints.values()) {
    for (const key of held.keys()) if (key <= n) held.delete(key);
  }
  if (state.proven && state.proven.n <= n) state.proven = null;
  if (state.incoming && state.incoming.proof.n <= n) state.incoming = null;
  effects.push({ type: 'persist', writes: stableWrites(proof, snapshot) });
  effects.push({ type: 'note', note: { note: 'checkpointStable', n } });
}

/** Own checkpoints above `n`, as signed. */
export function ownCheckpointsAbove(
  { checkpoints }: PbftState,
  self: ReplicaId,
  n: number,
): Signed<Checkpoint>[] {
  return [...(checkpoints.get(self)?.values() ?? [])].filter(({ body }) => body.n > n);
}
