/** Batches and their digests. */
import { listBytesMax, requestBytes } from '../core/batches.ts';
import type { ClientRequest, Command, SignedRequest } from '../core/client.ts';
import { sha256Hex } from '../core/digest.ts';
import { limits } from '../core/limits.ts';
import type { Batch } from './messages.ts';

/** Over everything in the batch, the clients' signatures too: equal digests mean equal bytes. */
export function digestOf(batch: Batch): string {
  return sha256Hex(`synod/pbft/batch/2 ${JSON.stringify(batch.map(fieldsOf))}`);
}

/** All fields of a request in one order, whatever the order they came in. Of strings and integers JSON is unique. */
function fieldsOf({ client, seq, ackedBelow, command, proof }: SignedRequest): unknown[] {
  return [client, seq, ackedBelow, proof.key, proof.signature, ...argumentsOf(command)];
}

function argumentsOf(command: Command): (string | null)[] {
  switch (command.op) {
    case 'put':
      return [command.op, command.key, command.value];
    case 'cas':
      return [command.op, command.key, command.expected, command.value];
    case 'get':
    case 'delete':
      return [command.op, command.key];
    case 'stop':
      return [command.op, command.successor];
  }
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
