/** The state at a checkpoint as text: everything that executing goes on from (P11). */
import * as v from 'valibot';
import { integerSchema } from '../core/client.ts';
import { sha256Hex } from '../core/digest.ts';
import { limits } from '../core/limits.ts';
import { serviceCheckpointSchema, type Service } from '../core/service.ts';
import { parseSlices, slicesOf } from '../core/slices.ts';
import type { Rules } from './rules.ts';
import type { Snapshot } from './state.ts';
import { digestSchema } from '../core/digest.ts';

const stateSchema = v.strictObject({
  /** Commands executed. */
  index: integerSchema,
  /** Over the digests of all slots up to the checkpoint's. */
  history: digestSchema,
  service: serviceCheckpointSchema,
});
export type CheckpointState = v.InferOutput<typeof stateSchema>;

/** The state after slot `n`: the client table with it, and nothing that is only this replica's. */
export function snapshotOf(
  n: number,
  { index, history }: Pick<CheckpointState, 'index' | 'history'>,
  service: Service,
  rules: Rules,
): Snapshot {
  const text = JSON.stringify({ index, history, service: rules.checkpointed(service) });
  return snapshotFrom(n, slicesOf(text, limits.chunkCharactersMax), rules);
}

export function snapshotFrom(n: number, pieces: readonly string[], rules: Rules): Snapshot {
  const pieceDigests = pieces.map(sha256Hex);
  return { n, digest: rules.checkpointDigest(pieceDigests), pieces, pieceDigests };
}

/** What the pieces say, or `null` if no replica can have written them. */
export function parseState(pieces: readonly string[]): CheckpointState | null {
  return parseSlices(stateSchema, pieces);
}
