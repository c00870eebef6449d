/** Blocks, their digests, and the batches in them. */
import type { Writer } from '../core/binary.ts';
import { boolean, integer, writeHex } from '../core/binary-blocks.ts';
import { digestOver, sha256Hex } from '../core/digest.ts';
import { writeBatch } from '../core/signed-batch.ts';
import { isAggregated } from './certificates.ts';
import type { Block, Certificate, CertifyingVotes } from './messages.ts';

/**
 * C1: over everything in the block but the signatures under its certificate. Who signed it is covered: what depends on
 * that is the same for all who have the block.
 */
export function digestOf(block: Block): string {
  return digestOver('synod/hotstuff/block/4', writeBlock, block);
}

function writeBlock(out: Writer, block: Block): void {
  const { view, height, proposer, justify, checkpoint, batch } = block;
  integer.write(out, view);
  integer.write(out, height);
  writeHex(out, proposer);
  integer.write(out, justify.view);
  writeHex(out, justify.block);
  boolean.write(out, checkpoint !== null);
  if (checkpoint) {
    integer.write(out, checkpoint.height);
    writeHex(out, checkpoint.digest);
  }
  writeSigners(out, justify.votes);
  writeBatch(out, batch);
}

function writeSigners(out: Writer, votes: CertifyingVotes): void {
  const aggregated = isAggregated(votes);
  boolean.write(out, aggregated);
  if (aggregated) return integer.write(out, votes.signers);
  integer.write(out, votes.length);
  for (const { signer } of votes) writeHex(out, signer);
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
