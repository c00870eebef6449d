/** What replicas say to hand over a state where blocks do not reach back far enough. Nobody signs these: what they carry proves itself. */
import * as v from 'valibot';
import { integerSchema } from '../core/client.ts';
import { digestSchema } from '../core/digest.ts';
import { limits } from '../core/limits.ts';

/** What executing everything up to `height` led to, as a block names it: who votes for the block vouches for that. */
export interface Checkpoint {
  /** A multiple of K. */
  readonly height: number;
  /** Over the digests of the state's pieces. */
  readonly digest: string;
}

/** Asks for pieces of the state at `height` by their place, or for the digests of all of them if none is named. */
export interface FetchState {
  readonly type: 'FETCH-STATE';
  readonly height: number;
  readonly pieces: readonly number[];
}

/** The digests of all pieces: the checkpoint's digest is over them. */
export interface StatePieces {
  readonly type: 'STATE';
  readonly height: number;
  readonly pieces: readonly string[];
}

/** One piece. */
export interface StateData {
  readonly type: 'DATA';
  readonly height: number;
  readonly piece: number;
  readonly data: string;
}

export type TransferMessage = FetchState | StatePieces | StateData;

/** From 1: genesis needs no checkpoint. */
const heightSchema = v.pipe(integerSchema, v.minValue(1));

export const checkpointSchema: v.GenericSchema<unknown, Checkpoint> = v.strictObject({
  height: heightSchema,
  digest: digestSchema,
});

export const transferSchemas = [
  v.strictObject({
    type: v.literal('FETCH-STATE'),
    height: heightSchema,
    pieces: v.pipe(v.array(integerSchema), v.maxLength(limits.chunksInFlightMax)),
  }),
  v.strictObject({
    type: v.literal('STATE'),
    height: heightSchema,
    pieces: v.pipe(v.array(digestSchema), v.maxLength(limits.statePiecesMax)),
  }),
  v.strictObject({
    type: v.literal('DATA'),
    height: heightSchema,
    piece: integerSchema,
    data: v.pipe(v.string(), v.maxLength(limits.chunkCharactersMax)),
  }),
] as const;
