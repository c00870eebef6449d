/** Lies that keep others from their work: terms without end, elections that nobody asked for (RB8, RB10). */
import { send, victimsOf } from '../byzantine/edits.ts';
import type { Behaviour, BehaviourKind, Lie, LiarContext } from '../core/behaviour.ts';
import { lastPositionOf } from './log.ts';
import type { RaftMessage } from './messages.ts';
import type { RaftNote } from './notes.ts';
import type { RaftState } from './state.ts';

type Kind = BehaviourKind<RaftMessage, RaftState, RaftNote>;
type Liar = LiarContext<RaftMessage, RaftState, RaftNote>;

/** Steps of the liar between two words of its own. */
const stepsBetween = 4;

/** RB8: an answer of the next term, which whoever leads follows. PreVote and stickiness hold off requests, not answers. */
const inflation: Kind = {
  id: 'RB8',
  title: 'Term inflation',
  forecast: () =>
    'Every leader steps down for a newer term: elections without end, and nothing decided.',
  convictedBy: [],
  begin: (behaviour, liar) =>
    pester(behaviour, liar, () => ({
      type: 'AppendEntriesResponse',
      success: true,
      term: liar.state.currentTerm + 1,
      matchIndex: 0,
      round: 0,
    })),
};

/** RB10: as if the leader had told it to stand: who hears a leader votes all the same, or at least takes the term. */
const transferFlag: Kind = {
  id: 'RB10',
  title: "Endless transfer: stands for election with the leader's permission, which it never had",
  forecast: () => 'The flag goes round what keeps a leader in office: elections without end.',
  convictedBy: [],
  begin: (behaviour, liar) =>
    pester(behaviour, liar, () => {
      const { index, term } = lastPositionOf(liar.state.log);
      return {
        type: 'RequestVote',
        term: liar.state.currentTerm + 1,
        lastLogIndex: index,
        lastLogTerm: term,
        preVote: false,
        transfer: true,
      };
    }),
};

export const askingLies: readonly Kind[] = [inflation, transferFlag];

/** What an honest step does, and now and then a word besides. */
function pester(
  behaviour: Behaviour,
  liar: Liar,
  word: () => RaftMessage,
): Lie<RaftMessage, RaftNote> {
  let steps = 0;
  return (event, step) => {
    const effects = step(event);
    if (++steps % stepsBetween !== 0) return effects;
    return [...effects, ...send<RaftMessage, RaftNote>(victimsOf(behaviour, liar), word())];
  };
}
