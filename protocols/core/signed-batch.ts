/** Clients' signed requests, ordered many at a time. */
import { listBytesMax, requestBytes } from './batches.ts';
import type { ClientRequest, Command, SignedRequest } from './client.ts';
import { sha256Hex } from './digest.ts';
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

/**
 * Over everything in the batch, the clients' signatures too, but for their keys, which follow from the clients' ids: equal
 * digests mean equal bytes. `head` stands before them and says whose they are; no head may be the beginning of another.
 */
export function batchDigest(head: string, batch: readonly SignedRequest[]): string {
  let text = head;
  for (const request of batch) text += requestFields(request);
  return sha256Hex(text);
}

/** All fields in one order, whatever the order they came in. None contains a space but the free texts of the command. */
function requestFields({ client, seq, ackedBelow, proof, command }: SignedRequest): string {
  const { signature } = proof;
  return ` ${client} ${seq} ${ackedBelow} ${signature} ${command.op}${argumentsOf(command)}`;
}

function argumentsOf(command: Command): string {
  switch (command.op) {
    case 'put':
      return free(command.key) + free(command.value);
    case 'cas':
      return free(command.key) + free(command.expected) + free(command.value);
    case 'get':
    case 'delete':
      return free(command.key);
    case 'stop':
      return free(command.successor);
  }
}

/** A text after its length, so that no other fields read alike; `null` like no text. */
function free(text: string | null): string {
  return text === null ? ' -' : ` ${text.length} ${text}`;
}
