/** Clients' signed requests, ordered many at a time. */
import { listBytesMax, requestBytes } from './batches.ts';
import type { ClientRequest, SignedRequest } from './client.ts';
import { limits } from './limits.ts';

/** What a request's proof adds to its bytes. */
const proofBytesMax = 256;
/** A batch travels with what proposes it, or with a quorum of votes. */
const batchBytesMax = listBytesMax - limits.votersMax * 400;

/** The first of `requests` that fit one message: at least one if there is one. */
export function firstBatch(requests: Iterable<SignedRequest>): readonly SignedRequest[] {
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
export function bytesOfBatch(batch: readonly SignedRequest[]): number {
  return batch.reduce((sum, request) => sum + requestBytes(request) + proofBytesMax, 0);
}

/** Names a request among all clients' requests. */
export function requestKey({ client, seq }: Pick<ClientRequest, 'client' | 'seq'>): string {
  return `${client} ${seq}`;
}
