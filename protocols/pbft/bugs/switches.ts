/** Mistakes about what an epoch may turn on. */
import { quietWorld, type Script, type Step } from '../../core/schedule.ts';
import * as honest from '../rules.ts';
import { bug, type PbftBug } from './bug.ts';

const stopped = (message: string, to: number | null): Step => {
  return { type: 'filter', at: 0, from: null, to, message };
};
const put = (at: number, client: number, value: string): Step => {
  return { type: 'request', at, client, command: { op: 'put', key: 'k', value } };
};

/** PS34: slot 1 prepares at machine 2 alone, which then hears nothing of the view that puts something else there. */
export const executedAlone: Script = {
  title:
    'a slot is executed tentatively by one machine, and the next view orders something else there',
  protocol: 'pbft',
  bug: 'forgets-to-roll-back',
  world: { ...quietWorld, nodes: 4, clients: 4, switches: ['tentative-execution'] },
  steps: [
    stopped('PRE-PREPARE', 1),
    ...[0, 1, 3].map((to) => stopped('PREPARE', to)),
    stopped('COMMIT', null),
    put(10, 0, 'taken back'),
    { type: 'cut', at: 60, from: [2], to: [0, 1, 3], bothWays: true },
    put(70, 1, 'first'),
    { type: 'unfilter', at: 650 },
    { type: 'heal', at: 4_000, core: [0, 1, 2, 3] },
  ],
  until: 4_000,
};

/** PS33: of three honest machines the primary leaves one out, and says nothing to clients, which need three answers. */
export const readOnlyTrap: Script = {
  title:
    'a primary serves f + 1 honest machines and no client, and reads take no place in the order',
  protocol: 'pbft',
  bug: 'left-out-stay-behind',
  world: { ...quietWorld, nodes: 4, clients: 2, switches: ['read-only'] },
  steps: [
    {
      type: 'turn',
      at: 0,
      machine: 0,
      behaviour: { what: 'PB14', to: [3], with: [], when: null },
    },
    put(10, 1, 'waits'),
    { type: 'query', at: 20, client: 1, key: 'k', read: 'quorum' },
    { type: 'heal', at: 4_000, core: [1, 2, 3] },
  ],
  until: 4_000,
};

export const switchedOn: readonly PbftBug[] = [
  bug(
    {
      name: 'forgets-to-roll-back',
      title: 'What was executed before it was committed stays executed when the view changes.',
      seenIn: 'TOCS 2002, §5.1.2; A.2.4',
      breaks: 'safety',
      switches: ['tentative-execution'],
    },
    {
      mustRollBack: (tentative, committed) =>
        committed !== null && honest.mustRollBack(tentative, committed),
    },
    [executedAlone],
  ),
  bug(
    {
      name: 'tentative-as-final',
      title: 'An answer from before the commit is given as if it were final.',
      seenIn: 'TOCS 2002, §5.1.2; A.2.4',
      breaks: 'safety',
      switches: ['tentative-execution'],
    },
    { isTentative: () => false },
  ),
  bug(
    {
      name: 'left-out-stay-behind',
      title: 'Nobody passes on what another signed: who is left out by the primary stays behind.',
      seenIn: 'Berger, Reiser and Bessani, SRDS 2021; PS33',
      breaks: 'liveness',
      switches: ['read-only'],
    },
    { mayPassOn: (signer, { self }) => signer === self },
    [readOnlyTrap],
  ),
];
