/**
 * What PBFT keeps on the disk: `view`, its own `viewChange` to it, the `newView` that installed it, V of the NEW-VIEW it said itself, and by sequence
 * number the accepted `pre`-prepares, the `batch`es, what is `prepared` and its own `checkpoint`s; `stable` says which
 * checkpoint is stable and why, `stable/<16 digits>` hold its state in pieces; `executed` is the last executed slot, where reads need it. From a pre-prepare follows what this replica's
 * PREPARE says, from a certificate its COMMIT: whoever restarts says the same again (P22).
 */
import * as v from 'valibot';
import { integerSchema, replicaIdSchema } from '../core/client.ts';
import { readAs, readAt, readBack } from '../core/damage.ts';
import { digestSchema } from '../core/digest.ts';
import { limits } from '../core/limits.ts';
import type { DurableState, Json, Write } from '../core/replica.ts';
import { notYetSigned, signedSchema, type Signed } from '../core/signed.ts';
import {
  batchSchema,
  checkpointSchema,
  newViewSchema,
  preparedCertificateSchema,
  prePrepareSchema,
  viewChangeSchema,
  type Batch,
  type Checkpoint,
  type NewView,
  type PreparedCertificate,
  type PrePrepare,
  type ViewChange,
} from './messages.ts';
import type { CheckpointProof, Snapshot } from './state.ts';

const zeros = '0'.repeat(16);
const stablePrefix = 'stable/';
/** Everything about single slots, each followed by its sequence number. */
const slotPrefixes = ['pre/', 'batch/', 'prepared/', 'checkpoint/'] as const;

/** 16 digits hold every sequence number, and the order of the keys is their order. */
export function digits(n: number): string {
  const text = String(n);
  return zeros.slice(text.length) + text;
}

const put = (key: string, value: unknown): Write => ({ type: 'put', key, value: value as Json });

export function viewWrite(view: number): Write {
  return put('view', view);
}

export function viewChangeWrite(viewChange: ViewChange): Write {
  return put('viewChange', viewChange);
}

/** V of the NEW-VIEW that this replica says: O follows from it (P17). */
export function newViewSaidWrite({ view, viewChanges }: NewView): Write {
  return put('newViewSaid', { view, viewChanges });
}

/** What installed the view, its own with its signature. */
export function newViewWrite(newView: Signed<NewView>): Write {
  return put('newView', newView);
}

export function prePrepareWrite(prePrepare: Signed<PrePrepare>): Write {
  return put(`pre/${digits(prePrepare.body.n)}`, prePrepare);
}

export function batchWrite(n: number, digest: string, batch: Batch): Write {
  return put(`batch/${digits(n)}/${digest}`, batch);
}

export function noBatchWrite(n: number, digest: string): Write {
  const key = `batch/${digits(n)}/${digest}`;
  return { type: 'deleteRange', from: key, to: `${key}~` };
}

export function preparedWrite(certificate: PreparedCertificate): Write {
  return put(`prepared/${digits(certificate.prePrepare.body.n)}`, certificate);
}

export function checkpointWrite(checkpoint: Checkpoint): Write {
  return put(`checkpoint/${digits(checkpoint.n)}`, checkpoint);
}

/** Where reads are answered: who restarts must not show a client less than it has (TOCS 2002, §5.1.3). */
export function executedWrite(n: number): Write {
  return put('executed', n);
}

/** A replica that saw its assumption broken must not forget it with the next restart. */
export function stoppedWrite(reason: string): Write {
  return put('stopped', reason);
}

/** Puts `snapshot` in the place of the one before and of all slots up to it. To be one `persist`: no moment is without either. */
export function stableWrites({ n, digest, checkpoints }: CheckpointProof, held: Snapshot): Write[] {
  return [
    { type: 'deleteRange', from: stablePrefix, to: `${stablePrefix}~` },
    put('stable', { n, digest, checkpoints, pieces: held.pieces.length }),
    ...held.pieces.map((piece, i) => put(stablePrefix + digits(i), piece)),
    ...slotPrefixes.map((prefix): Write => ({
      type: 'deleteRange',
      from: prefix,
      to: prefix + digits(n + 1),
    })),
  ];
}

/** One's own is written before the host signs it. */
const writtenPrePrepareSchema: v.GenericSchema<unknown, Signed<PrePrepare>> = v.union([
  signedSchema(prePrepareSchema),
  v.strictObject({
    body: prePrepareSchema,
    signer: replicaIdSchema,
    signature: v.literal(notYetSigned),
  }),
]);

const newViewSaidSchema = v.strictObject({
  view: integerSchema,
  viewChanges: v.array(signedSchema(viewChangeSchema)),
});

const stableSchema = v.strictObject({
  n: integerSchema,
  digest: digestSchema,
  checkpoints: v.array(signedSchema(checkpointSchema)),
  pieces: v.pipe(integerSchema, v.maxValue(limits.statePiecesMax)),
});

export interface RecoveredSlot {
  readonly n: number;
  prePrepare: Signed<PrePrepare> | null;
  prepared: PreparedCertificate | null;
  readonly batches: Map<string, Batch>;
}

export interface Recovered {
  readonly ok: true;
  readonly view: number;
  readonly viewChange: ViewChange | null;
  readonly newView: Signed<NewView> | null;
  readonly newViewSaid: Pick<NewView, 'view' | 'viewChanges'> | null;
  readonly stable: CheckpointProof | null;
  /** Of the state at `stable`. */
  readonly pieces: readonly string[];
  readonly slots: ReadonlyMap<number, RecoveredSlot>;
  readonly checkpoints: readonly Checkpoint[];
  /** Every slot up to here was executed, as far as that was written. */
  readonly executed: number;
  /** Why it stopped before it crashed, or `null`. */
  readonly stopped: string | null;
}

/** Reads back what the writes above left. */
export function recover(durable: DurableState): Recovered | { ok: false; error: string } {
  return readBack(() => readAll(durable));
}

function readAll(durable: DurableState): Recovered {
  const header = readAt(durable, stableSchema, 'stable');
  const pieces = Array.from({ length: header?.pieces ?? 0 }, (_, i) =>
    readAs(v.string(), 'stable', durable.get(stablePrefix + digits(i))),
  );
  const slots = new Map<number, RecoveredSlot>();
  const checkpoints: Checkpoint[] = [];
  for (const [key, value] of durable) readSlot(key, value, slots, checkpoints);
  return {
    ok: true,
    view: readAt(durable, integerSchema, 'view') ?? 0,
    viewChange: readAt(durable, viewChangeSchema, 'viewChange'),
    newView: readAt(durable, signedSchema(newViewSchema), 'newView'),
    newViewSaid: readAt(durable, newViewSaidSchema, 'newViewSaid'),
    stable: header && { n: header.n, digest: header.digest, checkpoints: header.checkpoints },
    pieces,
    slots,
    checkpoints,
    executed: readAt(durable, integerSchema, 'executed') ?? 0,
    stopped: readAt(durable, v.string(), 'stopped'),
  };
}

function readSlot(
  key: string,
  value: Json,
  slots: Map<number, RecoveredSlot>,
  checkpoints: Checkpoint[],
): void {
  const [kind = '', number = '', digest = ''] = key.split('/');
  if (!slotPrefixes.some((prefix) => prefix === `${kind}/`)) return;
  if (kind === 'checkpoint') {
    checkpoints.push(readAs(checkpointSchema, key, value));
    return;
  }
  const n = Number(number);
  const slot = slots.get(n) ?? { n, prePrepare: null, prepared: null, batches: new Map() };
  slots.set(n, slot);
  if (kind === 'pre') slot.prePrepare = readAs(writtenPrePrepareSchema, key, value);
  else if (kind === 'prepared') slot.prepared = readAs(preparedCertificateSchema, key, value);
  else slot.batches.set(digest, readAs(batchSchema, key, value));
}
