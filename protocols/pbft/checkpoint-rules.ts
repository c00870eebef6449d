/** The rules of checkpoints (§4.3). */
import { sha256Hex } from '../core/digest.ts';
import type { Service, ServiceCheckpoint } from '../core/service.ts';
import type { Signed } from '../core/signed.ts';
import type { Checkpoint } from './messages.ts';
import { quorumOf, type Setting } from './setting.ts';
import type { CheckpointProof } from './state.ts';

/** P11: "when a request with a sequence number divisible by some constant is executed". */
export function isCheckpointDue(n: number, { checkpointEvery }: Setting): boolean {
  return n % checkpointEvery === 0;
}

/** P2, P11: what executing goes on from, the client table with it. */
export function checkpointed(service: Service): ServiceCheckpoint {
  return service.checkpoint();
}

/** P11, P12: over the digests of all pieces of the state, so that each piece can be held against it as it comes. */
export function checkpointDigest(pieceDigests: readonly string[]): string {
  return sha256Hex(`synod/pbft/checkpoint/1 ${pieceDigests.join(' ')}`);
}

/**
 * P11, §4.3: what "a proof of correctness" proves, or `null`: 2f + 1 checkpoints "with the same sequence number n and
 * digest d signed by different replicas". Genesis, checkpoint 0, needs none.
 */
export function stableProof(
  checkpoints: readonly Signed<Checkpoint>[],
  setting: Pick<Setting, 'voters'>,
): CheckpointProof | null {
  const first = checkpoints[0];
  if (!first) return null;
  const { n, digest } = first.body;
  const signers = new Set(checkpoints.map(({ signer }) => signer));
  if (signers.size !== checkpoints.length || signers.size < quorumOf(setting)) return null;
  for (const { body, signer } of checkpoints) {
    if (body.n !== n || body.digest !== digest) return null;
    if (!setting.voters.includes(signer)) return null;
  }
  return { n, digest, checkpoints };
}
