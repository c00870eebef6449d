/** What an epoch may turn on (Castro and Liskov, TOCS 2002, §5.1): the optimisations that change what a client waits for. */
import type { Switch } from '../core/protocol.ts';
import { faultsTolerated } from '../core/quorum.ts';
import type { PbftOptions } from './setting.ts';

const tentative: Switch = {
  name: 'tentative-execution',
  title: 'Tentative execution',
  gives: 'Replicas execute once prepared and answer before the commits: one message delay less.',
  costs:
    'A client needs 2f + 1 such answers instead of f + 1, and a view change may take one batch back.',
};

export const switches: readonly Switch[] = [tentative];

export function switchedOn(names: readonly string[] = []): Pick<PbftOptions, 'tentative'> {
  return { tentative: names.includes(tentative.name) };
}

/** P1: one of f + 1 is honest. */
export function repliesNeeded(n: number): number {
  return faultsTolerated(n) + 1;
}
