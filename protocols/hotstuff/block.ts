/** Blocks, their digests, and the batches in them. */
import { sha256Hex } from '../core/digest.ts';
import { batchDigest } from '../core/signed-batch.ts';
import { isAggregated } from './certificates.ts';
import type { Block, Certificate, CertifyingVotes } from './messages.ts';

/**
 * C1: over everything in the block but the signatures under its certificate. Who signed it is covered: what depends on
 * that is the same for all who have the block.
 */
export function digestOf({ view, height, proposer, justify, checkpoint, batch }: Block): string {
  let head = `synod/hotstuff/block/3 ${view} ${height} ${proposer} ${justify.view} ${justify.block}`;
  head += checkpoint === null ? ' -' : ` ${checkpoint.height}:${checkpoint.digest}`;
  return batchDigest(`${head} ${signersText(justify.votes)}`, batch);
}

function signersText(votes: CertifyingVotes): string {
  if (isAggregated(votes)) return `bitmap ${votes.signers}`;
  let text = String(votes.length);
  for (const { signer } of votes) text += ` ${signer}`;
  return text;
}

/** The block of view 0, which nobody proposed. */
export const genesisDigest = sha256Hex('synod/hotstuff/genesis/1');

/** H2: a constant, good for genesis only. */
export const genesisCertificate: Certificate = {
  phase: 'generic',
  view: 0,
  block: genesisDigest,
  votes: [],
};
