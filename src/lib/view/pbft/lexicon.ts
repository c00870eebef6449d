/** PBFT in its own words. */
import { byzantineQuorum, faultsTolerated } from '#protocols/core/quorum.ts';
import type { Lexicon, SizeView } from '../lexicon.ts';
import { seconds } from '../narration.ts';
import { letterMeanings } from './letters.ts';

/** The least seats at which it tolerates a fault. */
const seatsMin = 4;

export const pbftLexicon: Lexicon = {
  promise:
    'Some may lie too, up to f of them. Everybody signs what they say, and liars are caught.',
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
  size,
  spare: (alive, n) => Math.max(0, faultsTolerated(n) - (n - alive)),
  may: 'fail or lie',
  letters: letterMeanings,
  legend: {
    leader: 'Primary: proposes for its view, v3',
    candidate: 'Asks for the next view: 2 of 5 do, the tick is the quorum',
    follower: 'Backup; the arc is its patience with the primary',
  },
};

function size(n: number): SizeView {
  const f = faultsTolerated(n);
  const quorum = byzantineQuorum(n);
  return {
    figures: [
      { symbol: 'n', value: n, meaning: n === 1 ? 'seat' : 'seats' },
      { symbol: 'f', value: f, meaning: 'may fail or lie' },
      { symbol: 'quorum', value: quorum, meaning: 'must agree' },
    ],
    text: sizeText(n, f, quorum),
  };
}

const ordinals: Readonly<Record<number, string>> = { 5: 'fifth', 8: 'eighth', 11: 'eleventh' };

function sizeText(n: number, f: number, quorum: number): string {
  if (f === 0) {
    const missing = seatsMin - n;
    const more = missing === 1 ? 'One more seat is' : `${missing} more seats are`;
    return `n = ${n} tolerates no fault. ${more} needed: n = 3f + 1 = ${seatsMin} tolerate f = 1.`;
  }
  const full = 3 * f + 1;
  const who = f === 1 ? 'any one replica' : `any ${f} replicas`;
  if (n > full) return sparePlaces(n, { f, quorum, full });
  const shared = 2 * quorum - n;
  return (
    `n = ${n} tolerates f = ${f}: ${who} may crash, be cut off or lie. ` +
    `${quorum} must agree, because any two groups of ${quorum} share ${shared} replicas, ` +
    `and at least one of them is honest.`
  );
}

/** Seats beyond 3f + 1 that do not reach the next f. */
function sparePlaces(
  n: number,
  { f, quorum, full }: { readonly f: number; readonly quorum: number; readonly full: number },
): string {
  const spare =
    n === full + 1
      ? `the ${ordinals[n] ?? 'last'} seat adds nothing but an observer’s comfort`
      : 'the last two seats add nothing but an observer’s comfort';
  return `n = ${n} tolerates f = ${f}, like n = ${full}: ${spare}. ${quorum} must agree; f = ${f + 1} needs ${full + 3} seats.`;
}
