/** What replicas say to find out what another lacks, and to hand it over. Nobody signs these: what they carry proves itself. */
import * as v from 'valibot';
import { integerSchema } from '../core/client.ts';
import { digestSchema } from '../core/digest.ts';
import { limits } from '../core/limits.ts';

/** What the sender has, so that others send what it lacks. Bare numbers: nobody acts on more than the wish to help. */
export interface Status {
  readonly type: 'STATUS';
  readonly view: number;
  /** `false` while it changes the view. */
  readonly active: boolean;
  readonly stable: number;
  readonly executed: number;
  /** Sequence numbers above `executed` whose pre-prepare it accepted in `view`, and of those that prepared there. */
  readonly prePrepared: readonly number[];
  readonly prepared: readonly number[];
  /** It answers a STATUS, and so is not answered by one. */
  readonly reply: boolean;
}

/** Asks for the batch of slot `n` with this digest. */
export interface FetchBatch {
  readonly type: 'FETCH-BATCH';
  readonly n: number;
  readonly digest: string;
}

/** Asks for pieces of the state at checkpoint `n` by their place, or for the digests of all of them if none is named. */
export interface Fetch {
  readonly type: 'FETCH';
  readonly n: number;
  readonly pieces: readonly number[];
}

/** The digests of all pieces: the checkpoint's digest is over them. */
export interface StatePieces {
  readonly type: 'STATE';
  readonly n: number;
  readonly pieces: readonly string[];
}

/** One piece. */
export interface StateData {
  readonly type: 'DATA';
  readonly n: number;
  readonly piece: number;
  readonly data: string;
}

export type TransferMessage = Status | FetchBatch | Fetch | StatePieces | StateData;

/** A sequence number: from 1. */
export const sequenceSchema = v.pipe(integerSchema, v.minValue(1));
const slotsSchema = v.pipe(v.array(sequenceSchema), v.maxLength(limits.slotsInWindowMax));

export const transferSchemas = [
  v.strictObject({
    type: v.literal('STATUS'),
    view: integerSchema,
    active: v.boolean(),
    stable: integerSchema,
    executed: integerSchema,
    prePrepared: slotsSchema,
    prepared: slotsSchema,
    reply: v.boolean(),
  }),
  v.strictObject({ type: v.literal('FETCH-BATCH'), n: sequenceSchema, digest: digestSchema }),
  v.strictObject({
    type: v.literal('FETCH'),
    n: sequenceSchema,
    pieces: v.pipe(v.array(integerSchema), v.maxLength(limits.chunksInFlightMax)),
  }),
  v.strictObject({
    type: v.literal('STATE'),
    n: sequenceSchema,
    pieces: v.pipe(v.array(digestSchema), v.maxLength(limits.statePiecesMax)),
  }),
  v.strictObject({
    type: v.literal('DATA'),
    n: sequenceSchema,
    piece: integerSchema,
    data: v.pipe(v.string(), v.maxLength(limits.chunkCharactersMax)),
  }),
] as const;
