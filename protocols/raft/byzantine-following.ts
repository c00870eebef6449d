/** Lies of a voter, a candidate and a follower (RB2, RB3, RB4), and of whoever answers a client (RB9). */
import { editSends, send, victimsOf } from '../byzantine/edits.ts';
import { falsified } from '../byzantine/clients.ts';
import type { BehaviourKind } from '../core/behaviour.ts';
import { isQuery, type ClientMessage, type ClientReply } from '../core/client.ts';
import type { RaftMessage } from './messages.ts';
import type { RaftNote } from './notes.ts';
import type { RaftEffect, RaftState } from './state.ts';

type Kind = BehaviourKind<RaftMessage, RaftState, RaftNote>;

/** RB2: whoever asks gets the vote. */
const doubleVote: Kind = {
  id: 'RB2',
  title: 'Vote twice in a term',
  forecast: () =>
    'Two candidates of one term can both win: two leaders, two logs. One liar is enough.',
  convictedBy: ['E16'],
  begin: (behaviour, liar) =>
    editSends(victimsOf(behaviour, liar), (message, to) => {
      if (message.type !== 'RequestVoteResponse') return send(to, message);
      return send(to, { ...message, voteGranted: true });
    }),
};

/** RB3: "stored", and nothing is. */
const storesNothing: Kind = {
  id: 'RB3',
  title: 'Acknowledge without storing',
  forecast: () =>
    'Leaders count it among those who hold an entry: what is committed may be on too few disks.',
  convictedBy: [],
  begin: () => (event, step) => step(event).filter(({ type }) => type !== 'persist'),
};

/** How much longer than its log a candidate says that it is. */
const inventedEntries = 1_000;

/** RB4: a log that nobody can be ahead of. */
const longerLog: Kind = {
  id: 'RB4',
  title: 'Claim a longer log when standing for election',
  forecast: () =>
    'It wins although it lacks what is committed, which is then lost. One liar is enough.',
  convictedBy: [],
  begin: (behaviour, liar) =>
    editSends(victimsOf(behaviour, liar), (message, to) => {
      if (message.type !== 'RequestVote') return send(to, message);
      const lastLogIndex = message.lastLogIndex + inventedEntries;
      return send(to, { ...message, lastLogIndex, lastLogTerm: message.term });
    }),
};

/** RB9: the client waits for one answer, and gets it at once. */
const answersClients: Kind = {
  id: 'RB9',
  title: 'Answer clients at once, and wrongly',
  forecast: () => 'A client of Raft believes the first answer: it reads what nobody wrote.',
  convictedBy: [],
  begin: () => (event, step) => {
    if (event.type === 'request') return event.requests.map(lieTo);
    return step(event).map((effect) =>
      effect.type === 'reply' ? { ...effect, reply: falsified(effect.reply) } : effect,
    );
  },
};

function lieTo(request: ClientMessage): RaftEffect {
  const result = { ok: true, value: 'a lie' } as const;
  const reply: ClientReply = isQuery(request)
    ? { type: 'read', query: request.query, served: request.read, index: 1, result, leader: null }
    : { type: 'done', seq: request.seq, index: 1, result, leader: null };
  return { type: 'reply', to: request.client, reply };
}

export const followingLies: readonly Kind[] = [
  doubleVote,
  storesNothing,
  longerLog,
  answersClients,
];
