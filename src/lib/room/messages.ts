/** What the pages of a room say to each other over their links, beside consensus. */
import * as v from 'valibot';
import { behaviourSchema } from '#protocols/core/behaviour.ts';
import { integerSchema, replicaIdSchema } from '#protocols/core/client.ts';
import { digestSchema } from '#protocols/core/digest.ts';
import { limits } from '#protocols/core/limits.ts';
import { serviceSnapshotSchema } from '#protocols/core/service.ts';
import { nameSchema } from '#signaling/messages.ts';
import { clusterSchema } from '../host/wire.ts';
import { signedCharterSchema } from './charter.ts';
import { deviceSchema } from './device.ts';
import { shareKeySchema } from './share-keys.ts';
import { slotsPerAnswerMax } from './ledgers.ts';
import { historySchema, historyWantedSchema } from './histories.ts';

const membersMax = 64;

/** What a person declares of the links of their tab. */
const faultsSchema = v.pipe(
  v.array(
    v.strictObject({
      peer: replicaIdSchema,
      cut: v.nullable(v.picklist(['both', 'out', 'in'])),
      delayMs: integerSchema,
      jitterMs: integerSchema,
      /** Per mille, as all shares here: integers only on the wire. */
      loss: integerSchema,
      duplicate: integerSchema,
      reorder: integerSchema,
    }),
  ),
  v.maxLength(membersMax),
);
export type DeclaredFaults = v.InferOutput<typeof faultsSchema>;

/** Ways in which one replica may lie at once. */
export const behavioursMax = 8;

/** What a person says of their own replica, where it is no longer what the protocol counts on. Nobody is convicted by it. */
const declarationSchema = v.strictObject({
  /** How it lies; nothing: it does not. */
  behaviours: v.pipe(v.array(behaviourSchema), v.maxLength(behavioursMax)),
  /** Its disk was thrown away: the seat stays empty, since with its key and no memory it could vote twice. */
  lostDisk: v.boolean(),
});
export type Declaration = v.InferOutput<typeof declarationSchema>;

const sideSchema = v.strictObject({ replica: replicaIdSchema, votes: v.unknown() });

export const roomMessageSchema = v.variant('type', [
  /** The newest charter the sender knows. */
  v.strictObject({ type: v.literal('charter'), signed: signedCharterSchema }),
  /** What the sender says of itself, at every new link and at every change. */
  v.strictObject({
    type: v.literal('member'),
    name: nameSchema,
    wantsSeat: v.boolean(),
    linkedWith: v.pipe(v.array(replicaIdSchema), v.maxLength(membersMax)),
    shareKey: shareKeySchema,
  }),
  /** The sender's replica executed the `stop` of this epoch. */
  v.strictObject({
    type: v.literal('ended'),
    cluster: clusterSchema,
    index: integerSchema,
    state: digestSchema,
  }),
  /** Faults of the sender's own links, which everybody is told, cut off or not: they are declared, not found out. */
  v.strictObject({ type: v.literal('faults'), cluster: clusterSchema, faults: faultsSchema }),
  v.strictObject({
    type: v.literal('declared'),
    cluster: clusterSchema,
    declaration: declarationSchema,
  }),
  /** Somebody is convicted. Its form is the protocol's, and looked at by its rules. */
  v.strictObject({ type: v.literal('evidence'), cluster: clusterSchema, evidence: v.unknown() }),
  /** Asks by which votes the receiver's replica decided a slot. */
  v.strictObject({
    type: v.literal('certificateWanted'),
    cluster: clusterSchema,
    slot: integerSchema,
  }),
  /** By what the sender's replica holds `slot` to be decided; the votes' form is the protocol's. */
  v.strictObject({
    type: v.literal('certificate'),
    cluster: clusterSchema,
    slot: integerSchema,
    votes: v.unknown(),
  }),
  /** Asks for what the receiver's replica executed from this slot on. */
  v.strictObject({ type: v.literal('slotsWanted'), cluster: clusterSchema, first: integerSchema }),
  v.strictObject({
    type: v.literal('slots'),
    cluster: clusterSchema,
    slots: v.pipe(
      v.array(
        v.strictObject({
          n: integerSchema,
          digest: v.nullable(digestSchema),
          history: digestSchema,
        }),
      ),
      v.maxLength(slotsPerAnswerMax),
    ),
  }),
  /** Two ledgers contradict each other. `grounds`: what a court needs besides. Their forms are the protocol's. */
  v.strictObject({
    type: v.literal('fork'),
    cluster: clusterSchema,
    sides: v.strictTuple([sideSchema, sideSchema]),
    grounds: v.unknown(),
  }),
  /** Asks for the state an epoch starts from. */
  v.strictObject({ type: v.literal('stateWanted'), state: digestSchema }),
  /** The state itself: checked against its digest by who asked. */
  v.strictObject({
    type: v.literal('state'),
    state: digestSchema,
    snapshot: serviceSnapshotSchema,
  }),
  historyWantedSchema,
  historySchema,
  deviceSchema,
]);
export type RoomMessage = v.InferOutput<typeof roomMessageSchema>;
export type HistoryMessage = Extract<RoomMessage, { type: 'historyWanted' | 'history' }>;
/** About who keeps to the protocol. */
export type ConductMessage = Extract<
  RoomMessage,
  {
    type:
      | 'declared'
      | 'evidence'
      | 'certificateWanted'
      | 'certificate'
      | 'slotsWanted'
      | 'slots'
      | 'fork';
  }
>;

/** A store of one MiB as JSON, with its client table. */
export const roomMessageBytesMax = 8 * limits.stateBytesMax;

/** How a tab runs, by its own measure and by what its browser tells it. */
const paceSchema = v.strictObject({
  /** How late messages reach its page, and how late its page's own timers ring, in ms. */
  lagMs: integerSchema,
  pageLagMs: integerSchema,
  presence: v.picklist(['visible', 'hidden', 'frozen', 'away']),
  /** How often it stood still for seconds since its page was loaded, and the last time for how many ms. */
  sleeps: integerSchema,
  sleptMs: integerSchema,
});
export type TabPace = v.InferOutput<typeof paceSchema>;

/** What a page says of the machine its replica runs on; it travels with the trace, and is cut like it. */
export const machineReportSchema = v.strictObject({
  type: v.literal('machine'),
  cluster: clusterSchema,
  condition: v.picklist(['running', 'crashed', 'paused', 'frozen', 'starting', 'halted']),
  incarnation: integerSchema,
  faults: faultsSchema,
  /** `null` where several replicas share one page. */
  pace: v.nullable(paceSchema),
});
export type MachineReport = v.InferOutput<typeof machineReportSchema>;

/** Entries of a store that an observer is shown. */
export const storeReportEntriesMax = 48;

/** The store as a voter's replica holds it, for those who hold no copy; it travels with the trace. */
export const storeReportSchema = v.strictObject({
  type: v.literal('store'),
  cluster: clusterSchema,
  entries: v.pipe(
    v.array(
      v.strictTuple([v.pipe(v.string(), v.maxLength(256)), v.pipe(v.string(), v.maxLength(256))]),
    ),
    v.maxLength(storeReportEntriesMax),
  ),
  total: integerSchema,
});
export type StoreReport = v.InferOutput<typeof storeReportSchema>;
