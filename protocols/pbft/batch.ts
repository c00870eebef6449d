/** Batches and their digests. */
import { sha256Hex } from '../core/digest.ts';
import { canonical } from '../core/encoding.ts';
import type { Json } from '../core/replica.ts';
import type { Batch } from './messages.ts';

export { bytesOfBatch, firstBatch, requestKey } from '../core/signed-batch.ts';

/** Over everything in the batch, the clients' signatures too: equal digests mean equal bytes. */
export function digestOf(batch: Batch): string {
  return sha256Hex(`synod/pbft/batch/1 ${canonical(batch as unknown as Json)}`);
}

/** d_null: the digest of the null request, which executes as a no-op (§4.4). */
export const nullDigest = digestOf([]);
