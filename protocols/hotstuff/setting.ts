/** What all replicas of one cluster agree on beforehand, and the arithmetic that follows from it. */
import type { ReplicaId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import { byzantineQuorum, faultsTolerated } from '../core/quorum.ts';
import type { World } from '../core/schedule.ts';
import type { Rotation } from './rotation.ts';

export interface Setting {
  /** In the order of the roster. */
  readonly voters: readonly ReplicaId[];
  /** Of each voter the place in that order. */
  readonly places: ReadonlyMap<ReplicaId, number>;
  readonly rotation: Rotation;
  readonly certificates: CertificateForm;
  /** K: blocks between two checkpoints (C14). */
  readonly checkpointEvery: number;
}

/** Of what a certificate is made (A.4.5): the votes themselves, or an aggregate of their shares. */
export type CertificateForm = 'list' | 'aggregate';

export type HotStuffOptions = Omit<Setting, 'voters' | 'places'>;

export function settingOf(
  voters: readonly ReplicaId[],
  {
    rotation = { type: 'round-robin', views: 1 },
    certificates = 'list',
    checkpointEvery = limits.blocksPerCheckpoint,
  }: Partial<HotStuffOptions>,
): Setting {
  const places = new Map(voters.map((id, place) => [id, place]));
  return { voters, places, rotation, certificates, checkpointEvery };
}

/** Checkpoints as often as somebody asks for snapshots, so that short runs have many. 0: as usual. */
export function checkpointing({ every }: World['snapshots']): Partial<HotStuffOptions> {
  return every === 0 ? {} : { checkpointEvery: every };
}

/** n − f: any two quorums share an honest replica. */
export function quorumOf({ voters }: Pick<Setting, 'voters'>): number {
  return byzantineQuorum(voters.length);
}

/** f + 1: at least one of them is honest. */
export function weakQuorumOf({ voters }: Pick<Setting, 'voters'>): number {
  return faultsTolerated(voters.length) + 1;
}
