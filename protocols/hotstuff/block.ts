/** Blocks, their digests, and the batches in them. */
import { sha256Hex } from '../core/digest.ts';
import { batchDigest } from '../core/signed-batch.ts';
import type { Batch, Block, Certificate } from './messages.ts';

const contentOf = (batch: Batch): string => batchDigest('synod/hotstuff/batch/1', batch);
const emptyContent = contentOf([]);

/**
 * C1: over everything in the block but the signatures under its certificate. Who signed it is covered: what depends on
 * that is the same for all who have the block.
 */
export function digestOf({ view, height, proposer, justify, checkpoint, batch }: Block): string {
  const signers = justify.votes.map(({ signer }) => signer).join(',');
  const content = batch.length === 0 ? emptyContent : contentOf(batch);
  const state = checkpoint === null ? '-' : `${checkpoint.height}:${checkpoint.digest}`;
  const head = `${view} ${height} ${proposer} ${justify.view} ${justify.block} ${signers}`;
  return sha256Hex(`synod/hotstuff/block/2 ${head} ${state} ${content}`);
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
