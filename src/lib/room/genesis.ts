/** The founding statement of an epoch: who votes, under which rules and timing, from which state. */
import * as v from 'valibot';
import { canonical } from '#protocols/core/encoding.ts';
import { integerSchema, replicaIdSchema } from '#protocols/core/client.ts';
import { digestSchema, sha256Hex } from '#protocols/core/digest.ts';
import { limits } from '#protocols/core/limits.ts';
import { switchesProblem } from '#protocols/core/switches.ts';
import { timingOf, tripMsMax } from '#protocols/core/timing.ts';
import { protocolNamed, protocolNames, type ProtocolName } from '#protocols/registry.ts';
import { nameSchema } from '#signaling/messages.ts';
import type { EpochSetting } from '../tab/worker-messages.ts';
import { shareKeySchema } from './share-keys.ts';

export const publicKeySchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
export const codeSchema = v.pipe(v.string(), v.maxLength(16));
export const paceSchema = v.union([
  v.picklist(['lecture', 'wifi', 'fast']),
  v.strictObject({
    tripMs: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(tripMsMax)),
  }),
]);
export const protocolSchema = v.picklist(protocolNames);

const planNameSchema = v.pipe(v.string(), v.regex(/^[a-z][a-z-]{0,63}$/));

/** Names of switches, each once. One that this version does not know turns nothing on. */
export const switchesSchema = v.pipe(
  v.array(planNameSchema),
  v.maxLength(16),
  v.check((names) => new Set(names).size === names.length, 'a switch twice'),
);

/** Whether replicas make aggregates in an epoch with these switches on: then each seat has a key for its shares. */
export function isSharing(protocol: ProtocolName, switches: readonly string[]): boolean {
  return protocolNamed(protocol).sharing?.(switches) ?? false;
}

export const genesisSchema = v.pipe(
  v.strictObject({
    version: v.literal(1),
    room: codeSchema,
    /** From 1. */
    epoch: integerSchema,
    protocol: protocolSchema,
    protocolVersion: integerSchema,
    profile: paceSchema,
    /** The voters: order gives the ring its places and vector clocks their columns. */
    roster: v.pipe(
      v.array(
        v.strictObject({
          id: replicaIdSchema,
          publicKey: publicKeySchema,
          name: nameSchema,
          /** Where the protocol makes aggregates, and only there. */
          shareKey: v.exactOptional(shareKeySchema),
        }),
      ),
      v.minLength(1),
      v.maxLength(limits.votersMax),
      v.check(
        (roster) => new Set(roster.map(({ id }) => id)).size === roster.length,
        'a seat twice',
      ),
    ),
    /** The end of the epoch before, which this one goes on from; `null`: it starts empty. */
    carried: v.nullable(
      v.strictObject({ cluster: digestSchema, index: integerSchema, state: digestSchema }),
    ),
    /** A classic mistake that every replica of this epoch makes, by its name in the laboratory; `null`: honest replicas. */
    bug: v.nullable(planNameSchema),
    /** What is turned on of what the protocol offers, by name. */
    switches: switchesSchema,
    /** Milliseconds since 1970 on the facilitator's machine. */
    createdAt: integerSchema,
  }),
  v.check(
    ({ protocol, switches }) =>
      switchesProblem(switches, protocolNamed(protocol).switches) === null,
    'switches that exclude each other',
  ),
  v.check(
    ({ protocol, switches, roster }) =>
      roster.every(({ shareKey }) => (shareKey !== undefined) === isSharing(protocol, switches)),
    'BLS keys where none are used, or none where they are',
  ),
);
export type Genesis = v.InferOutput<typeof genesisSchema>;
export type RosterSeat = Genesis['roster'][number];

/** What the facilitator signs. */
export const genesisText = (genesis: Genesis): string => `synod/genesis/1 ${canonical(genesis)}`;

/** 64 hex digits that name the cluster, in full. */
export const genesisDigest = (genesis: Genesis): string => sha256Hex(genesisText(genesis));

/** The short name of the cluster that every envelope carries: 16 hex digits. */
export const clusterOf = (genesis: Genesis): string => genesisDigest(genesis).slice(0, 16);

/** What the epoch's replicas and clients are told. */
export function settingOf(genesis: Genesis): EpochSetting {
  return {
    cluster: clusterOf(genesis),
    genesis: genesisDigest(genesis),
    number: genesis.epoch,
    protocol: genesis.protocol,
    voters: genesis.roster.map(({ id }) => id),
    keys: genesis.roster.map(({ publicKey }) => publicKey),
    shareKeys: genesis.roster.flatMap(({ shareKey }) => shareKey?.key ?? []),
    timing: timingOf(genesis.profile),
    bug: genesis.bug,
    switches: genesis.switches,
  };
}

/** Why an epoch with this roster cannot start, in words, or `null`. */
export function rosterProblem(protocol: Genesis['protocol'], seats: number): string | null {
  const { title, votersMin, votersMax } = protocolNamed(protocol);
  if (seats < votersMin) return `${title} needs at least ${votersMin} seats; there are ${seats}.`;
  if (seats > votersMax) return `${title} takes at most ${votersMax} seats; there are ${seats}.`;
  return null;
}
