/** What all replicas of one cluster agree on beforehand, and the arithmetic that follows from it. */
import type { ReplicaId } from '../core/ids.ts';
import { byzantineQuorum, faultsTolerated } from '../core/quorum.ts';
import type { Rotation } from './rotation.ts';

export interface Setting {
  /** In the order of the roster. */
  readonly voters: readonly ReplicaId[];
  readonly rotation: Rotation;
}

export interface HotStuffOptions {
  readonly rotation: Rotation;
}

export function settingOf(
  voters: readonly ReplicaId[],
  { rotation = { type: 'round-robin', views: 1 } }: Partial<HotStuffOptions>,
): Setting {
  return { voters, rotation };
}

/** n − f: any two quorums share an honest replica. */
export function quorumOf({ voters }: Pick<Setting, 'voters'>): number {
  return byzantineQuorum(voters.length);
}

/** f + 1: at least one of them is honest. */
export function weakQuorumOf({ voters }: Pick<Setting, 'voters'>): number {
  return faultsTolerated(voters.length) + 1;
}
