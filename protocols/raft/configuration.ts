/** Who takes part: configurations, their quorums, and the configurations a log names (dissertation, chapter 4). */
import * as v from 'valibot';
import { replicaIdSchema } from '../core/client.ts';
import type { ReplicaId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import { isMajority, majority } from '../core/quorum.ts';

/**
 * `C_new`, or, while `votersOld` is not empty, the joint configuration `C_old,new` (§4.3): what it decides needs a
 * majority of `votersOld` and another of `voters`.
 */
export interface Configuration {
  /** At least one. */
  readonly voters: readonly ReplicaId[];
  readonly votersOld: readonly ReplicaId[];
  /** Get every entry and count for nothing (§4.2.1); one that is in `votersOld` too is on its way to become one. */
  readonly learners: readonly ReplicaId[];
}

const idsSchema = v.pipe(
  v.custom<unknown[]>((x) => Array.isArray(x) && x.length <= limits.votersMax),
  v.array(replicaIdSchema),
  v.check((ids) => new Set(ids).size === ids.length, 'named twice'),
);
export const configurationSchema = v.pipe(
  v.strictObject({ voters: idsSchema, votersOld: idsSchema, learners: idsSchema }),
  v.check(({ voters }) => voters.length > 0, 'nobody votes'),
);

/** The sets of which each must give a majority: one, or two in a joint configuration (R31). */
export function halvesOf({ voters, votersOld }: Configuration): (readonly ReplicaId[])[] {
  return votersOld.length > 0 ? [votersOld, voters] : [voters];
}

export function isJoint({ votersOld }: Configuration): boolean {
  return votersOld.length > 0;
}

/** Everyone whose vote counts, once. */
export function votersIn({ voters, votersOld }: Configuration): ReplicaId[] {
  return [...new Set([...votersOld, ...voters])];
}

/** Everyone who gets entries, once. */
export function membersOf(configuration: Configuration): ReplicaId[] {
  return [...new Set([...votersIn(configuration), ...configuration.learners])];
}

export function isVoter(id: ReplicaId, { voters, votersOld }: Configuration): boolean {
  return voters.includes(id) || votersOld.includes(id);
}

/** Whether `tally` holds a majority of each half: what wins an election (R8, R31). */
export function isQuorum(tally: ReadonlySet<ReplicaId>, configuration: Configuration): boolean {
  return halvesOf(configuration).every((half) => isMajority(tally, half));
}

/** Whether every quorum of `a` shares a voter with every quorum of `b` because of a pair of their halves. */
export function quorumsIntersect(a: Configuration, b: Configuration): boolean {
  return halvesOf(a).some((x) =>
    halvesOf(b).some((y) => {
      const together = new Set([...x, ...y]).size;
      return majority(x.length) + majority(y.length) > together;
    }),
  );
}

/** A configuration and the index of the entry that names it, or of the snapshot it came with. */
export interface PlacedConfiguration {
  readonly index: number;
  readonly configuration: Configuration;
}

/** The last of `placed`, which are in order, at or below `index`. */
export function placedAt(
  placed: readonly PlacedConfiguration[],
  index: number,
): PlacedConfiguration {
  const found = placed.findLast((one) => one.index <= index) ?? placed[0];
  if (!found) throw new Error('a log without a configuration');
  return found;
}
