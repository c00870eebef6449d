/** What arrives in sections of kind `trace`: steps of replicas, and reports of the pages round them. */
import * as v from 'valibot';
import { limits } from '#protocols/core/limits.ts';
import { protocolNamed } from '#protocols/registry.ts';
import { traceBatchSchema, type TraceBatch } from '../host/trace-wire.ts';
import { decodeJson, type Decoded } from '../host/wire.ts';
import type { EpochSetting } from '../tab/worker-messages.ts';
import { machineReportSchema, storeReportSchema } from './messages.ts';
import type { MachineReport, StoreReport } from './messages.ts';

export type Told = TraceBatch<unknown> | MachineReport | StoreReport;

/** Decodes what a voter of one epoch tells. Made once an epoch: a schema is built more slowly than it is used. */
export class TraceIntake {
  readonly #schema: v.GenericSchema<unknown, Told>;

  constructor({ protocol }: EpochSetting) {
    const { note } = protocolNamed(protocol);
    this.#schema = v.union([traceBatchSchema(note), machineReportSchema, storeReportSchema]);
  }

  decode(bytes: Uint8Array): Decoded<Told> {
    return decodeJson(this.#schema, bytes, limits.messageBytesMax);
  }
}
