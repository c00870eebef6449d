/**
 * What a replica of HotStuff can be told to do instead (HB1 to HB19, and what fits every protocol). Not on the menu under
 * its name: HB14, which is G10.
 */
import { accomplicesOf } from '../byzantine/edits.ts';
import { genericBehaviours } from '../byzantine/menu.ts';
import { twin } from '../byzantine/twin.ts';
import type { BehaviourKind, Lie, LiarContext } from '../core/behaviour.ts';
import { half, leadingLies } from './byzantine-leading.ts';
import { tongue } from './byzantine-tongue.ts';
import { votingLies, type FirstVote } from './byzantine-voting.ts';
import { saidIn } from './certificates.ts';
import type { HotStuffMessage } from './messages.ts';
import type { HotStuffNote } from './notes.ts';
import type { HotStuffState } from './state.ts';

export type HotStuffBehaviour = BehaviourKind<HotStuffMessage, HotStuffState, HotStuffNote>;

/** A fork in one view; one across views; votes for anything, by twins too; views that never settle. */
export const hotStuffPlots: readonly (readonly string[])[] = [
  ['HB1', 'HB2'],
  ['HB3', 'HB4', 'HB11'],
  ['HB1', 'HB2', 'HB3', 'HB11'],
  ['HB15'],
  ['HB5', 'HB12'],
];

/** HB15: unlike with G9, each of the two follows one chain only, whatever those say who lie along. */
const voteAsTwin: HotStuffBehaviour = {
  id: 'HB15',
  title: 'Twin: each of the two votes for a chain of its own',
  forecast: ({ f, liars }) =>
    liars <= f
      ? 'Counted once in each half, and only one half has a quorum.'
      : 'Two halves that do not hear each other commit differently.',
  convictedBy: ['E1', 'E2', 'E9', 'E10', 'E11'],
  begin(behaviour, liar) {
    const context = liar as unknown as LiarContext<unknown, unknown, unknown>;
    const understands = (state: unknown, message: unknown): boolean =>
      isOfChain(state as HotStuffState, message as HotStuffMessage);
    const [second, accomplices] = [half(behaviour, liar), accomplicesOf(behaviour, liar)];
    const lie = twin(context, second, accomplices, understands);
    return lie as Lie<HotStuffMessage, HotStuffNote>;
  },
};

/** Whether `message` is about a block that is known there, or stands on one. */
function isOfChain({ nodes }: HotStuffState, message: HotStuffMessage): boolean {
  if (message.type === 'PROPOSAL') return nodes.has(message.block.justify.block);
  if (message.type === 'VOTE') return nodes.has(message.statement.body.block);
  if ('certificate' in message) return nodes.has(message.certificate.block);
  return !('sync' in message) || nodes.has(message.sync.highQC.block);
}

export function hotStuffBehaviours(firstVote: FirstVote): readonly HotStuffBehaviour[] {
  const generic = genericBehaviours<HotStuffMessage, HotStuffState, HotStuffNote>(tongue);
  return [...leadingLies, ...votingLies(firstVote), voteAsTwin, ...generic];
}

/** Locked two certificates below: all voters of the block's certificate name that view. */
export const threeChainVote: FirstVote = ({ justify }) => ({
  phase: 'generic',
  lockView: saidIn(justify)[0]?.justifyView ?? 0,
});

/** Locked by the block's own certificate. */
export const twoChainVote: FirstVote = ({ justify }) => ({
  phase: 'generic',
  lockView: justify.view,
});

/** To prepare locks nothing. */
export const prepareVote: FirstVote = () => ({ phase: 'prepare', lockView: 0 });
