/** What a verdict on clients' histories rests on, in sentences. */
import { ownerOf, type MemberId } from '#protocols/core/ids.ts';
import type { Finding } from '../room/inquiry.ts';

const listed = (ids: readonly MemberId[], name: (id: MemberId) => string) =>
  [...new Set(ids.map(name))].join(', ');

/** Why a violation might be none; empty when nothing is missing. */
export function doubtsOf(
  { lost, silent, uneven }: Pick<Finding, 'lost' | 'silent' | 'uneven'>,
  name: (id: MemberId) => string,
): string[] {
  const doubts: string[] = [];
  if (silent.length > 0) doubts.push(`No answer came from ${listed(silent, name)}.`);
  if (lost.length > 0) {
    doubts.push(
      `Commands of ${listed(lost.map(ownerOf), name)} were executed by a tab that is closed or was loaded again, and what it saw went with it.`,
    );
  }
  if (uneven.length > 0) {
    doubts.push(`The clock of ${listed(uneven, name)} was set, or the device slept.`);
  }
  return doubts;
}

/** What was looked at. */
export function scopeOf(
  { clients, operations, keys, full, errorMs }: Omit<Finding, 'verdict'>,
  local: boolean,
): string[] {
  const reads = local
    ? 'Reads by “local” were judged as if they promised the newest value.'
    : 'Reads by “local” promise nothing and were left out.';
  const counted = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`;
  const what = `${counted(operations, 'operation')} on ${counted(keys, 'key')}`;
  const scope = [`Judged: ${what} by ${counted(clients, 'tab')}, of this epoch. ${reads}`];
  if (clients > 1) {
    scope.push(
      `Clocks of different tabs were compared to within ${Math.ceil(errorMs)} ms just now, and count as running evenly before, to 0.02 %. Every operation was given that much more time, which can hide a violation and never make one.`,
    );
  }
  if (full) scope.push('Somebody asked more than is kept: judged up to there.');
  return scope;
}
