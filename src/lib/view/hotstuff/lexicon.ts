/** HotStuff in its own words, in each of its forms. */
import { byzantineSize, byzantineSpare } from '../byzantine-size.ts';
import type { Lexicon } from '../lexicon.ts';
import { seconds } from '../narration.ts';
import { chainLetters, phaseLetters } from './letters.ts';

const shared: Omit<Lexicon, 'letters'> = {
  roles: {
    leader: 'leader',
    follower: 'replica',
    candidate: 'gave up',
    stopped: 'stopped',
  },
  era: 'view',
  eras: 'views',
  firstEra: 1,
  eraMark: (view) => `v${view}`,
  leads: (name, view) => `${name} leads view ${view}`,
  stillLeads: null,
  nobodyLeads: 'No leader is at work.',
  votes: (votes, quorum) => `${votes} of ${quorum} gave up this view`,
  leaderKnown: 'Leader of its view',
  votedFor: null,
  votesFor: 'Who gave up this view',
  logs: 'Chains',
  log: 'chain',
  entry: 'block',
  anEntry: 'a block',
  entries: 'blocks',
  done: 'committed',
  noop: 'empty block',
  emptyLog: 'No block yet. Write something, and watch it being agreed on.',
  position: (index) => `command ${index}`,
  executed: (index, command) => `Committed and executed: ${command} (command ${index})`,
  executedMany: (count, upTo) => `${count} commands are committed and executed, up to ${upTo}`,
  changes: 'Views',
  change: 'view',
  onDisk: 'its view, its last vote, its lock and its blocks',
  withoutLeader: (withinMs) =>
    `Its views are given up after about ${seconds(withinMs)} each, and the next leader goes on.`,
  pace: ({ electionTicksMin, electionTicksMax }) =>
    `A view is given up after ${seconds(electionTicksMin)} to ${seconds(electionTicksMax)} without a commit.`,
  size: byzantineSize,
  spare: byzantineSpare,
  may: 'fail or lie',
  legend: {
    leader: 'Leads the view, v3: proposes its block',
    candidate: 'Gave up the view: 2 of 5 have, the tick is the quorum',
    follower: 'Votes; the arc is its patience with the view',
  },
};

/** Where each block has one round of votes: chained, and Jolteon. */
export const chainLexicon: Lexicon = { ...shared, letters: chainLetters };

/** Where each block has three. */
export const phaseLexicon: Lexicon = { ...shared, letters: phaseLetters };
