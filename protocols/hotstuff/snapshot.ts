/** The state at a checkpoint as text: everything that executing goes on from, and the block that it goes on upon (C15). */
import * as v from 'valibot';
import { integerSchema } from '../core/client.ts';
import { digestSchema, sha256Hex } from '../core/digest.ts';
import { limits } from '../core/limits.ts';
import { serviceCheckpointSchema, type Service } from '../core/service.ts';
import { parseSlices, slicesOf } from '../core/slices.ts';
import type { Node } from './tree.ts';

const stateSchema = v.strictObject({
  /** The block up to which all was executed. */
  block: digestSchema,
  height: integerSchema,
  view: integerSchema,
  justifyView: integerSchema,
  commandHeight: integerSchema,
  /** Commands executed. */
  index: integerSchema,
  service: serviceCheckpointSchema,
});
export type CheckpointState = v.InferOutput<typeof stateSchema>;

/** A state in pieces, each of which fits a message and a record. */
export interface Snapshot {
  readonly height: number;
  /** What blocks name: {@link stateDigest} of the pieces' digests. */
  readonly digest: string;
  readonly pieces: readonly string[];
  readonly pieceDigests: readonly string[];
}

export function stateDigest(pieceDigests: readonly string[]): string {
  return sha256Hex(`synod/hotstuff/state/1 ${pieceDigests.join(' ')}`);
}

/** The state once `node` is executed, `index` commands in all. Nothing in it is only this replica's. */
export function snapshotOf(node: Node, index: number, service: Service): Snapshot {
  const { digest: block, height, view, justifyView, commandHeight } = node;
  const state: CheckpointState = {
    block,
    height,
    view,
    justifyView,
    commandHeight,
    index,
    service: service.checkpoint(),
  };
  return snapshotFrom(height, slicesOf(JSON.stringify(state), limits.chunkCharactersMax));
}

export function snapshotFrom(height: number, pieces: readonly string[]): Snapshot {
  const pieceDigests = pieces.map(sha256Hex);
  return { height, digest: stateDigest(pieceDigests), pieces, pieceDigests };
}

/** What the pieces say, or `null` if no replica can have written them. */
export function parseState({ height, pieces }: Snapshot): CheckpointState | null {
  const state = parseSlices(stateSchema, pieces);
  return state?.height === height ? state : null;
}
