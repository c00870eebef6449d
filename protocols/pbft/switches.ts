/** What an epoch may turn on (Castro and Liskov, TOCS 2002, §5.1): the optimisations that change what a client waits for. */
import type { ReadMode } from '../core/client.ts';
import type { Switch } from '../core/switches.ts';
import { byzantineQuorum, faultsTolerated } from '../core/quorum.ts';
import type { PbftOptions } from './setting.ts';

const tentative: Switch = {
  name: 'tentative-execution',
  title: 'Tentative execution',
  gives: 'Replicas execute once prepared and answer before the commits: one message delay less.',
  costs:
    'A client needs 2f + 1 such answers instead of f + 1, and a view change may take the newest batch back.',
};

const readOnly: Switch = {
  name: 'read-only',
  title: 'Read-only requests',
  gives:
    'A read takes no place in the order: every replica answers at once from what it has committed.',
  costs:
    'A client needs 2f + 1 equal answers, for writes too: a primary that leaves f replicas out can make it wait.',
};

export const switches: readonly Switch[] = [tentative, readOnly];

export function switchedOn(
  names: readonly string[] = [],
): Pick<PbftOptions, 'tentative' | 'readOnly'> {
  return { tentative: names.includes(tentative.name), readOnly: names.includes(readOnly.name) };
}

/**
 * P1: one of f + 1 is honest. Where reads take no place in the order, a write must have reached f + 1 honest replicas
 * before it counts as done, so that every quorum of answers to a later read has one of them.
 */
export function repliesNeeded(n: number, on: readonly string[]): number {
  return switchedOn(on).readOnly ? byzantineQuorum(n) : faultsTolerated(n) + 1;
}

export function reads(on: readonly string[]): readonly ReadMode[] {
  return switchedOn(on).readOnly ? ['quorum'] : [];
}
