/** What the page and its workers say to each other. Bytes are transferred, never copied. */
import type { Behaviour } from '#protocols/core/behaviour.ts';
import type { Certificate, Decided, Evidence } from '#protocols/core/evidence.ts';
import type { Signed } from '#protocols/core/signed.ts';
import type { Command, ReadMode, Result, Served } from '#protocols/core/client.ts';
import type { AddressedReply } from '../host/environment.ts';
import type { ClientMessage } from '#protocols/core/client.ts';
import type { ClientId, MemberId, ReplicaId } from '#protocols/core/ids.ts';
import type { ExecutedSlot } from '#protocols/core/protocol.ts';
import type { Operation } from '#protocols/core/replica.ts';
import type { ServiceSnapshot } from '#protocols/core/service.ts';
import type { Timing } from '#protocols/core/timing.ts';
import type { Section } from '../mesh/transport.ts';
import type { HistoryPage } from './client-history.ts';
import type { LoadOptions } from './load.ts';
import type { ProtocolName } from '#protocols/registry.ts';

/** The epoch a replica or a client lives in. */
export interface EpochSetting {
  /** First 16 hex digits of the genesis digest. */
  readonly cluster: string;
  /** The digest in full: 64 hex digits. Signatures are bound to it, and to the epoch. */
  readonly genesis: string;
  /** From 1. */
  readonly number: number;
  readonly protocol: ProtocolName;
  readonly voters: readonly ReplicaId[];
  /** Public keys of `voters`, in their order: 64 hex digits each. */
  readonly keys: readonly string[];
  /** Their keys for shares of aggregates, 192 hex digits each; none where nobody speaks with shares. */
  readonly shareKeys: readonly string[];
  readonly timing: Timing;
  /** The planted bug that its replicas run with, of the protocol's laboratory; `null`: none. */
  readonly bug: string | null;
  /** The names of the protocol's switches that are on. */
  readonly switches: readonly string[];
}

export type ToReplica =
  | {
      readonly type: 'boot';
      readonly self: ReplicaId;
      /** The 32-byte seed of its Ed25519 key. */
      readonly secretKey: Uint8Array;
      readonly epoch: EpochSetting;
      /** The state the epoch starts from; `null` for an empty one. */
      readonly base: ServiceSnapshot | null;
      /** Starts of this seat's replicas so far, this one counted; durable before it is used. */
      readonly incarnation: number;
      readonly frozen: boolean;
    }
  | { readonly type: 'sections'; readonly from: MemberId; readonly sections: readonly Section[] }
  /** A direct line to the client worker of the same tab. */
  | { readonly type: 'client'; readonly port: MessagePort }
  | { readonly type: 'pause' | 'wake' | 'freeze' | 'unfreeze' }
  /** What its person asks of it. */
  | { readonly type: 'operate'; readonly operation: Operation }
  /** How it lies from here on; nothing: not at all, and what it said stays said. */
  | { readonly type: 'behave'; readonly behaviours: readonly Behaviour[] }
  /** Asks for a {@link Testimony}: about one slot, or `null`: everything. */
  | { readonly type: 'testify'; readonly slot: Decided | null }
  /** The batch before has been handed to the links: another may come. */
  | { readonly type: 'traceTaken' };

/** Sections for members, as the mesh takes them. */
export interface Dispatch {
  readonly to: readonly MemberId[];
  readonly sections: readonly Section[];
}

/** What a replica has seen signed, so that others can judge. */
export interface Testimony {
  /** What it was asked about. */
  readonly slot: Decided | null;
  /** All that it signed or verified, as far as it is kept; nothing where one slot was asked about. */
  readonly statements: readonly Signed[];
  /** Whatever these decide, by the votes it knows. */
  readonly certificates: readonly Certificate[];
}

/** A message as its sender's own screen shows it. */
export interface ToldMessage {
  /** Who it goes to; of what was heard, who it came from. Clients by their members. */
  readonly with: readonly MemberId[];
  readonly name: string;
  /** `view 0, n 3, digest 1f3a…`. */
  readonly text: string;
}

/** One lie, for the screen of who tells it. */
export interface LieShown {
  /** Its number on the menu. */
  readonly what: string;
  /** What the protocol would have sent or answered in this step, and was not. */
  readonly instead: readonly ToldMessage[];
  readonly sent: readonly ToldMessage[];
  /** What came and was not taken in as it came; and as what it was. */
  readonly heard: readonly ToldMessage[];
  readonly taken: readonly ToldMessage[];
}

export type FromReplica =
  /** Somebody is convicted by what this replica has seen. */
  | { readonly type: 'evidence'; readonly evidence: Evidence }
  | ({ readonly type: 'testimony' } & Testimony)
  /** What its person had it say; `total`: lies told in this life. The newest {@link liesShownMax} since the last. */
  | { readonly type: 'lies'; readonly lies: readonly LieShown[]; readonly total: number }
  /** The disk was read and the core started. */
  | { readonly type: 'booted' }
  /** It cannot go on. `damaged`: its disk can never be used again. */
  | { readonly type: 'halted'; readonly why: string; readonly damaged: boolean }
  | { readonly type: 'send'; readonly dispatches: readonly Dispatch[] }
  | { readonly type: 'trace'; readonly bytes: Uint8Array }
  /** What its copy of the store holds, sorted by key: the first {@link storeShownMax} entries. */
  | {
      readonly type: 'store';
      readonly entries: readonly (readonly [key: string, value: string])[];
      readonly total: number;
      /** Whose commands it has executed in this epoch. */
      readonly clients: readonly ClientId[];
    }
  /** The epoch's `stop` was executed at `index`; `snapshot` is what the next epoch may start from. */
  | {
      readonly type: 'ended';
      readonly index: number;
      readonly digest: string;
      readonly snapshot: ServiceSnapshot;
    }
  /** Slots that it has executed since the last of these, oldest first. */
  | { readonly type: 'executed'; readonly slots: readonly ExecutedSlot[] }
  /** Something malformed or out of place came from a member and was dropped. */
  | { readonly type: 'refused'; readonly from: MemberId; readonly error: string };

/** Lies shown of one moment: a flood would fill the screen of who sends it. */
export const liesShownMax = 12;

/** Entries of the store that a screen is sent. */
export const storeShownMax = 200;

export type ToClient =
  | {
      readonly type: 'boot';
      readonly self: ClientId;
      /** Of the member whose client it is. */
      readonly secretKey: Uint8Array;
      readonly epoch: EpochSetting;
    }
  /** The line to the own replica, when it runs; `null` when it crashed or there is none. */
  | { readonly type: 'replica'; readonly port: MessagePort | null }
  | { readonly type: 'submit'; readonly id: number; readonly command: Command }
  /** A `get` that takes no place in the log. */
  | {
      readonly type: 'query';
      readonly id: number;
      readonly key: string;
      readonly read: ReadMode;
    }
  /** Keeps the cluster busy for a while, as in a benchmark. Its commands are not told one by one. */
  | ({ readonly type: 'load' } & LoadOptions)
  | { readonly type: 'reply'; readonly from: ReplicaId; readonly bytes: Uint8Array }
  /** Asks for what it asked and was answered, from operation `first` on. */
  | { readonly type: 'history'; readonly id: number; readonly first: number };

export type FromClient =
  | { readonly type: 'history'; readonly id: number; readonly page: HistoryPage }
  | { readonly type: 'send'; readonly to: ReplicaId; readonly bytes: Uint8Array }
  | {
      readonly type: 'settled';
      readonly id: number;
      /** How a `get` was answered; `log` for every other command. */
      readonly served: Served;
      readonly index: number;
      readonly result: Result;
      /** Whether a quorum answered before it was committed. */
      readonly tentative: boolean;
      /** Milliseconds from the worker's taking the command to its having the result. */
      readonly latencyMs: number;
    }
  | { readonly type: 'loaded'; readonly report: LoadReport }
  | { readonly type: 'refused'; readonly from: ReplicaId; readonly error: string };

/** What a load took. Latencies in ms, from the client worker's handing in to its having the result. */
export interface LoadReport {
  readonly commands: number;
  readonly elapsedMs: number;
  readonly p50: number;
  readonly p99: number;
}

/** On the direct line between the two workers of one tab: typed values, since both ends are this program. */
export type LineToReplica = readonly ClientMessage[];
export type LineToClient = readonly AddressedReply[];
