/** Batches and their digests. */
import type { Command, SignedRequest } from '../core/client.ts';
import { sha256Hex } from '../core/digest.ts';
import type { Batch } from './messages.ts';

export { bytesOfBatch, firstBatch, requestKey } from '../core/signed-batch.ts';

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
