/** PBFT in its own words. */
import { byzantineSize, byzantineSpare } from '../byzantine-size.ts';
import type { Lexicon } from '../lexicon.ts';
import { seconds } from '../narration.ts';
import { letterMeanings } from './letters.ts';

export const pbftLexicon: Lexicon = {
  roles: {
    leader: 'primary',
    follower: 'backup',
    candidate: 'changing view',
    stopped: 'stopped',
  },
  era: 'view',
  eras: 'views',
  firstEra: 0,
  eraMark: (view) => `v${view}`,
  leads: (name, view) => `${name} is the primary of view ${view}`,
  stillLeads: (name, view) => `${name} still believes to be the primary of view ${view}`,
  nobodyLeads: 'No primary is at work.',
  votes: (votes, quorum) => `${votes} of ${quorum} ask for this view`,
  leaderKnown: 'Primary it follows',
  votedFor: null,
  votesFor: 'Who asks for this view',
  logs: 'Slots',
  log: 'slots',
  entry: 'slot',
  anEntry: 'a slot',
  entries: 'slots',
  done: 'executed',
  noop: 'null request',
  emptyLog: 'No slot is used yet. Write something, and watch it being agreed on.',
  position: (index) => `command ${index}`,
  executed: (index, command) => `Agreed and executed: ${command} (command ${index})`,
  executedMany: (count, upTo) => `${count} commands are agreed and executed, up to ${upTo}`,
  changes: 'Views',
  change: 'view',
  onDisk: 'its view, its votes and its slots',
  withoutLeader: (withinMs) =>
    `Whoever waits for a command asks for the next view after about ${seconds(withinMs)}.`,
  pace: ({ electionTicksMin, electionTicksMax }) =>
    `A backup’s patience: ${seconds(electionTicksMin)} to ${seconds(electionTicksMax)}.`,
  size: byzantineSize,
  spare: byzantineSpare,
  may: 'fail or lie',
  letters: letterMeanings,
  legend: {
    leader: 'Primary: proposes for its view, v3',
    candidate: 'Asks for the next view: 2 of 5 do, the tick is the quorum',
    follower: 'Backup; the arc is its patience with the primary',
  },
};
