/** Batches and their digests. */
import { batchDigest } from '../core/signed-batch.ts';
import type { Batch } from './messages.ts';

export { bytesOfBatch, firstBatch, requestKey } from '../core/signed-batch.ts';

/** D(m) of a pre-prepare, m a batch. */
export function digestOf(batch: Batch): string {
  return batchDigest('synod/pbft/batch/3', batch);
}

/** d_null: the digest of the null request, which executes as a no-op (§4.4). */
export const nullDigest = digestOf([]);
