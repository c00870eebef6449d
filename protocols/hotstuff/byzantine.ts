/** What a replica of HotStuff can be told to do instead: what fits every protocol. */
import { genericBehaviours } from '../byzantine/menu.ts';
import type { BehaviourKind } from '../core/behaviour.ts';
import { tongue } from './byzantine-tongue.ts';
import type { HotStuffMessage } from './messages.ts';
import type { HotStuffNote } from './notes.ts';
import type { HotStuffState } from './state.ts';

export type HotStuffBehaviour = BehaviourKind<HotStuffMessage, HotStuffState, HotStuffNote>;

/** Votes for anything, by twins too. */
export const hotStuffPlots: readonly (readonly string[])[] = [['G9']];

export const hotStuffBehaviours: readonly HotStuffBehaviour[] = genericBehaviours<
  HotStuffMessage,
  HotStuffState,
  HotStuffNote
>(tongue);
