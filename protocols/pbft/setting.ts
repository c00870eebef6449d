/** What all replicas of one cluster agree on beforehand, and the arithmetic that follows from it. */
import type { ReplicaId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import { byzantineQuorum, faultsTolerated } from '../core/quorum.ts';
import type { World } from '../core/schedule.ts';

export interface Setting {
  /** In the order of the roster. */
  readonly voters: readonly ReplicaId[];
  /** K: sequence numbers between two checkpoints (P11). */
  readonly checkpointEvery: number;
  /** L: sequence numbers between the last stable checkpoint h and the high water mark H (P11); a multiple of K. */
  readonly window: number;
  /** Whether slots are executed before they are committed (`tentative-rules.ts`). */
  readonly tentative: boolean;
  /** Whether reads are answered that take no place in the order (`read-rules.ts`). */
  readonly readOnly: boolean;
}

export interface PbftOptions {
  /** How often a checkpoint is taken, at most `limits.slotsInWindowMax / 2`. The window is twice as wide. */
  readonly checkpointEvery: number;
  readonly tentative: boolean;
  readonly readOnly: boolean;
}

/** At least the bytes of one signed statement about a slot as JSON text. */
const statementBytesMax = 400;

/** OSDI '99 has K = 100 and L = 200; here a NEW-VIEW with a full window must fit one message. */
export function settingOf(voters: readonly ReplicaId[], options: Partial<PbftOptions>): Setting {
  const quorum = byzantineQuorum(voters.length);
  const slots = Math.floor(limits.messageBytesMax / (quorum * quorum * statementBytesMax));
  const most = Math.floor(Math.min(slots, limits.slotsInWindowMax) / 2);
  const checkpointEvery = Math.max(1, Math.min(options.checkpointEvery ?? most, most));
  const { tentative = false, readOnly = false } = options;
  return { voters, checkpointEvery, window: 2 * checkpointEvery, tentative, readOnly };
}

/** v mod n (§4): the primary of a view. */
export function primaryOf(view: number, { voters }: Pick<Setting, 'voters'>): ReplicaId {
  return voters[view % voters.length] as ReplicaId;
}

/** 2f + 1 of 3f + 1: any two quorums share an honest replica. */
export function quorumOf({ voters }: Pick<Setting, 'voters'>): number {
  return byzantineQuorum(voters.length);
}

/** f + 1: at least one of them is honest. */
export function weakQuorumOf({ voters }: Pick<Setting, 'voters'>): number {
  return faultsTolerated(voters.length) + 1;
}

/** Checkpoints as often as somebody asks for snapshots, so that short runs have many. 0: as usual. */
export function checkpointing({ every }: World['snapshots']): Partial<PbftOptions> {
  return every === 0 ? {} : { checkpointEvery: every };
}
