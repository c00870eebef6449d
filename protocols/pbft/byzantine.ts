/**
 * What a replica of PBFT can be told to do instead (PB1 to PB22, and what fits every protocol). Not on the menu: PB15 and
 * PB17, which are G3 and G14 of a primary and of a replier; PB19, which is a client's lie.
 */
import { genericBehaviours } from '../byzantine/menu.ts';
import type { BehaviourKind } from '../core/behaviour.ts';
import { clientLies } from './byzantine-clients.ts';
import { orderingLies } from './byzantine-ordering.ts';
import { tongue } from './byzantine-tongue.ts';
import { viewChangeLies } from './byzantine-view-change.ts';
import type { PbftMessage } from './messages.ts';
import type { PbftNote } from './notes.ts';
import type { PbftState } from './state.ts';

export type PbftBehaviour = BehaviourKind<PbftMessage, PbftState, PbftNote>;

/** A fork in one view; one across views, by who hides what it agreed to; votes for anything, by twins too; views that never settle. */
export const pbftPlots: readonly (readonly string[])[] = [
  ['PB1', 'PB5'],
  ['PB2', 'PB8'],
  ['PB1', 'PB5', 'PB8'],
  ['PB2', 'PB5', 'PB8', 'PB21'],
  ['PB5', 'PB8', 'PB21'],
  ['G9'],
  ['PB10', 'PB13'],
];

export const pbftBehaviours: readonly PbftBehaviour[] = [
  ...orderingLies,
  ...viewChangeLies,
  ...clientLies,
  ...genericBehaviours<PbftMessage, PbftState, PbftNote>(tongue),
];
