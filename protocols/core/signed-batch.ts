/** Clients' signed requests, ordered many at a time. */
import { listBytesMax, requestBytes } from './batches.ts';
import type { Writer } from './binary.ts';
import { integer, nullable, text, writeHex } from './binary-blocks.ts';
import type { ClientRequest, Command, SignedRequest } from './client.ts';
import { memberIdLength } from './ids.ts';
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
 * Everything in the batch, the clients' signatures too, but for their keys, which follow from the clients' ids: different
 * batches make different bytes.
 */
export function writeBatch(out: Writer, batch: readonly SignedRequest[]): void {
  integer.write(out, batch.length);
  for (const { client, seq, ackedBelow, proof, command } of batch) {
    writeHex(out, client, 0, memberIdLength);
    writeHex(out, client, memberIdLength + 1);
    integer.write(out, seq);
    integer.write(out, ackedBelow);
    writeHex(out, proof.signature);
    writeCommand(out, command);
  }
}

/** All fields in one order, whatever the order they came in. */
function writeCommand(out: Writer, command: Command): void {
  text.write(out, command.op);
  switch (command.op) {
    case 'put':
      text.write(out, command.key);
      return text.write(out, command.value);
    case 'cas':
      text.write(out, command.key);
      textOrNull.write(out, command.expected);
      return textOrNull.write(out, command.value);
    case 'get':
    case 'delete':
      return text.write(out, command.key);
    case 'stop':
      return text.write(out, command.successor);
  }
}

const textOrNull = nullable(text);
