/**
 * What HotStuff keeps on the disk: `safety`, all that a vote or a timeout depends on in one record (C3); its last
 * `proposal`; `stable`, the last stable checkpoint with its proof, and `stable/<16 digits>`, its state in pieces; and under
 * `block/<16 digits of the height>/<digest>` every block above it that it took in. What is committed follows.
 */
import * as v from 'valibot';
import { integerSchema } from '../core/client.ts';
import { readAs, readAt, readBack } from '../core/damage.ts';
import { digestSchema } from '../core/digest.ts';
import { limits } from '../core/limits.ts';
import type { DurableState, Json, Write } from '../core/replica.ts';
import {
  blockSchema,
  certificateSchema,
  proposalSchema,
  timeoutCertificateSchema,
  timeoutSchema,
  voteSchema,
  type Block,
  type Proposal,
} from './messages.ts';
import { snapshotFrom } from './snapshot.ts';
import type { HotStuffState, StableCheckpoint } from './state.ts';

const zeros = '0'.repeat(16);
const blockPrefix = 'block/';
const stablePrefix = 'stable/';

/** 16 digits hold every height, and the order of the keys is their order. */
function digits(n: number): string {
  const text = String(n);
  return zeros.slice(text.length) + text;
}

const put = (key: string, value: unknown): Write => ({ type: 'put', key, value: value as Json });

/** C3: "durably in one write". */
export function safetyWrite(state: HotStuffState): Write {
  const { lastVoted, vote, lock, timeout, highQC, decided, highTC } = state;
  return put('safety', { lastVoted, vote, lock, timeout, highQC, decided, highTC });
}

export function proposalWrite(proposal: Proposal): Write {
  return put('proposal', proposal);
}

export function blockWrite(block: Block, digest: string): Write {
  return put(`${blockPrefix}${digits(block.height)}/${digest}`, block);
}

/** Puts `stable` in the place of the one before, and of all blocks up to it. To be one `persist`: no moment is without either. */
export function stableWrites(stable: StableCheckpoint): Write[] {
  return withBlocksFrom(stable, digits(stable.height + 1));
}

/** The same for a state that came from others: what blocks there are above it come anew. */
export function installWrites(stable: StableCheckpoint): Write[] {
  return withBlocksFrom(stable, '~');
}

function withBlocksFrom({ block, certificate, snapshot }: StableCheckpoint, from: string): Write[] {
  const { pieces } = snapshot;
  return [
    { type: 'deleteRange', from: stablePrefix, to: `${stablePrefix}~` },
    put('stable', { block, certificate, pieces: pieces.length }),
    ...pieces.map((piece, i) => put(stablePrefix + digits(i), piece)),
    { type: 'deleteRange', from: blockPrefix, to: blockPrefix + from },
  ];
}

/** A replica that saw its assumption broken must not forget it with the next restart. */
export function stoppedWrite(reason: string): Write {
  return put('stopped', reason);
}

const safetySchema = v.strictObject({
  lastVoted: integerSchema,
  vote: v.nullable(voteSchema),
  lock: v.strictObject({ view: integerSchema, block: digestSchema }),
  timeout: v.nullable(timeoutSchema),
  highQC: certificateSchema,
  decided: v.nullable(certificateSchema),
  highTC: v.nullable(timeoutCertificateSchema),
});
export type Safety = v.InferOutput<typeof safetySchema>;

const stableSchema = v.strictObject({
  block: blockSchema,
  certificate: certificateSchema,
  pieces: v.pipe(integerSchema, v.maxValue(limits.statePiecesMax)),
});

export interface Recovered {
  readonly ok: true;
  readonly stable: StableCheckpoint | null;
  /** `null` if it never voted and never gave up a view. */
  readonly safety: Safety | null;
  readonly proposal: Proposal | null;
  /** By ascending height, with the digests they were written under. */
  readonly blocks: readonly { readonly block: Block; readonly digest: string }[];
  /** Why it stopped before it crashed, or `null`. */
  readonly stopped: string | null;
}

/** Reads back what the writes above left. */
export function recover(durable: DurableState): Recovered | { ok: false; error: string } {
  return readBack(() => readAll(durable));
}

function readAll(durable: DurableState): Recovered {
  const keys = [...durable.keys()].filter((key) => key.startsWith(blockPrefix)).sort();
  return {
    ok: true,
    stable: readStable(durable),
    safety: readAt(durable, safetySchema, 'safety'),
    proposal: readAt(durable, proposalSchema, 'proposal'),
    blocks: keys.map((key) => ({
      block: readAs(blockSchema, key, durable.get(key)),
      digest: key.slice(key.lastIndexOf('/') + 1),
    })),
    stopped: readAt(durable, v.string(), 'stopped'),
  };
}

function readStable(durable: DurableState): StableCheckpoint | null {
  const header = readAt(durable, stableSchema, 'stable');
  if (!header?.block.checkpoint) return null;
  const { block, certificate } = header;
  const { height, digest } = header.block.checkpoint;
  const pieces = Array.from({ length: header.pieces }, (_, i) =>
    readAs(v.string(), 'stable', durable.get(stablePrefix + digits(i))),
  );
  return { height, digest, block, certificate, snapshot: snapshotFrom(height, pieces) };
}
