/** Batches and their digests. */
import { digestOver } from '../core/digest.ts';
import { writeBatch } from '../core/signed-batch.ts';
import type { Batch } from './messages.ts';

export { bytesOfBatch, firstBatch, requestKey } from '../core/signed-batch.ts';

/** D(m) of a pre-prepare, m a batch. */
export function digestOf(batch: Batch): string {
  return digestOver('synod/pbft/batch/4', writeBatch, batch);
}

/** d_null: the digest of the null request, which executes as a no-op (§4.4). */
export const nullDigest = digestOf([]);
