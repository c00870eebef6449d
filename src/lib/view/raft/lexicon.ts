/** Raft in its own words. */
import { crashesTolerated, majority } from '#protocols/core/quorum.ts';
import type { Lexicon, SizeView } from '../lexicon.ts';
import { seconds } from '../narration.ts';

const many = (count: number, one: string, more = `${one}s`): string =>
  `${count} ${count === 1 ? one : more}`;

export const raftLexicon: Lexicon = {
  roles: {
    leader: 'leader',
    follower: 'follower',
    candidate: 'candidate',
    stopped: 'stopped',
  },
  era: 'term',
  eras: 'terms',
  firstEra: 1,
  eraMark: (term) => `${term}`,
  leads: (name, term) => `${name} leads term ${term}`,
  stillLeads: (name, term) => `${name} still believes to lead term ${term}`,
  nobodyLeads: 'No leader.',
  votes: (votes, quorum) => `${many(votes, 'vote')}, ${quorum} needed`,
  leaderKnown: 'Leader it knows',
  votedFor: 'Voted for',
  votesFor: 'Votes for it',
  logs: 'Logs',
  log: 'log',
  entry: 'entry',
  anEntry: 'an entry',
  entries: 'entries',
  done: 'committed',
  noop: 'no-op',
  emptyLog: 'No entry yet. The first leader writes a no-op.',
  position: (index) => `entry ${index}`,
  executed: (index, command) => `Committed at ${index}: ${command}`,
  executedMany: (count, upTo) => `${count} entries are committed, up to ${upTo}`,
  changes: 'Elections',
  change: 'election',
  onDisk: 'its term, vote and log',
  withoutLeader: (withinMs) => `A new leader within about ${seconds(withinMs)}.`,
  pace: ({ heartbeatTicks, electionTicksMin, electionTicksMax }) =>
    `Heartbeat ${heartbeatTicks} ms, election after ${seconds(electionTicksMin)} to ${seconds(electionTicksMax)}.`,
  size,
  spare: (alive, n) => Math.max(0, alive - majority(n)),
  may: 'fail',
  letters: [],
  legend: {
    leader: 'Leader, with its term',
    candidate: 'Candidate: 2 votes of 5, the tick is the majority',
    follower: 'Follower; the arc is its election timer running down',
  },
};

function size(n: number): SizeView {
  const crashes = crashesTolerated(n);
  const needed = majority(n);
  const idle = n > 2 && n % 2 === 0 ? ` The last seat adds none: ${n - 1} seats bear as many.` : '';
  const bears =
    crashes === 0
      ? `${many(n, 'seat')}: no crash is tolerated, all are needed.`
      : `n = ${n} tolerates ${many(crashes, 'crash', 'crashes')}: a majority of ${needed} goes on.`;
  return {
    figures: [
      { symbol: 'n', value: n, meaning: n === 1 ? 'seat' : 'seats' },
      { symbol: 'crashes', value: crashes, meaning: 'may be down or cut off' },
      { symbol: 'majority', value: needed, meaning: 'must have an entry' },
    ],
    text: `${bears}${idle} Lies tolerated: none.`,
  };
}
