/** Batches and their digests. */
import { listBytesMax, requestBytes } from '../core/batches.ts';
import type { ClientRequest, SignedRequest } from '../core/client.ts';
import { sha256Hex } from '../core/digest.ts';
import { canonical } from '../core/encoding.ts';
import { limits } from '../core/limits.ts';
import type { Json } from '../core/replica.ts';
import type { Batch } from './messages.ts';

/** Over everything in the batch, the clients' signatures too: equal digests mean equal bytes. */
export function digestOf(batch: Batch): string {
  return sha256Hex(`synod/pbft/batch/1 ${canonical(batch as unknown as Json)}`);
}

/** d_null: the digest of the null request, which executes as a no-op (§4.4). */
export const nullDigest = digestOf([]);

/** What a request's proof adds to its bytes. */
const proofBytesMax = 256;
/** A batch travels with its pre-prepare, or with a quorum of commits. */
const batchBytesMax = listBytesMax - limits.votersMax * 400;

/** The first of `requests` that fit one message: at least one if there is one. */
export function firstBatch(requests: Iterable<SignedRequest>): Batch {
  const batch: SignedRequest[] = [];
  let bytes = 0;
  for (const request of requests) {
    bytes += requestBytes(request) + proofBytesMax;
    if (batch.length > 0 && bytes > batchBytesMax) break;
    batch.push(request);
    if (batch.length >= limits.requestsPerMessageMax) break;
  }
  return batch;
}

/** At least the bytes of a batch as JSON text. */
export function bytesOfBatch(batch: Batch): number {
  return batch.reduce((sum, request) => sum + requestBytes(request) + proofBytesMax, 0);
}

/** Names a request among all clients' requests. */
export function requestKey({ client, seq }: Pick<ClientRequest, 'client' | 'seq'>): string {
  return `${client} ${seq}`;
}
