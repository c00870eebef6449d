/** Messages that the schema lets through, honest or not. */
import fc from 'fast-check';
import type { ClientQuery, ClientReply, ClientRequest, Command } from '#protocols/core/client.ts';
import { limits } from '#protocols/core/limits.ts';
import { Service } from '#protocols/core/service.ts';
import { raftReads } from '#protocols/raft/client-messages.ts';
import type { Configuration } from '#protocols/raft/configuration.ts';
import type { LogEntry } from '#protocols/raft/log.ts';
import type { RaftMessage } from '#protocols/raft/messages.ts';
import { c, r } from '../fixtures/ids.ts';

/** Mostly what fits together, now and then what only a liar sends. */
export const hostileInteger: fc.Arbitrary<number> = fc.oneof(
  { weight: 12, arbitrary: fc.nat(4) },
  { weight: 1, arbitrary: fc.constantFrom(limits.integerMax, limits.integerMax - 1, 2 ** 32, 17) },
);
const replica = fc.nat(6).map(r);
const client = fc.nat(2).map(c);
const text = fc.string({ unit: 'grapheme', maxLength: 4 });
const key = fc.constantFrom('x', 'y', '__proto__');

export const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ op: fc.constant('put' as const), key, value: text }),
  fc.record({ op: fc.constant('get' as const), key }),
  fc.record({ op: fc.constant('cas' as const), key, expected: fc.option(text), value: text }),
  fc.record({ op: fc.constant('delete' as const), key }),
  fc.record({ op: fc.constant('stop' as const), successor: key }),
);

export const clientRequest: fc.Arbitrary<ClientRequest> = fc.record({
  client,
  seq: hostileInteger,
  ackedBelow: hostileInteger,
  command,
});

export const clientQuery: fc.Arbitrary<ClientQuery> = fc.record({
  client,
  query: hostileInteger,
  key,
  read: fc.constantFrom(...raftReads),
  minIndex: hostileInteger,
});

const reply: fc.Arbitrary<ClientReply> = fc.oneof(
  fc.record({
    type: fc.constant('done' as const),
    seq: hostileInteger,
    index: hostileInteger,
    result: fc.record({ ok: fc.constant(true as const), value: fc.option(text) }),
    leader: fc.option(replica),
  }),
  fc.record({
    type: fc.constant('refused' as const),
    seq: hostileInteger,
    reason: fc.constantFrom('no-leader', 'not-leader', 'overloaded', 'stopped-voting'),
    leader: fc.option(replica),
  }),
  fc.record({
    type: fc.constant('read' as const),
    query: hostileInteger,
    served: fc.constantFrom(...raftReads),
    index: hostileInteger,
    result: fc.record({ ok: fc.constant(true as const), value: fc.option(text) }),
    leader: fc.option(replica),
  }),
  fc.record({
    type: fc.constant('readRefused' as const),
    query: hostileInteger,
    reason: fc.constantFrom('no-leader', 'transferring'),
    leader: fc.option(replica),
  }),
);
const context = fc.record({ incarnation: fc.nat(2), number: fc.nat(4) });
const leaderRead = fc.constantFrom('index' as const, 'lease' as const);

const some = fc.uniqueArray(replica, { maxLength: 4 });
const configuration: fc.Arbitrary<Configuration> = fc.record({
  voters: fc.uniqueArray(replica, { minLength: 1, maxLength: 4 }),
  votersOld: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: some }),
  learners: some,
});

/** The text of a snapshot, whole, in part, or nonsense. */
const snapshotText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('', '{', 'null', JSON.stringify(new Service().checkpoint())),
  clientRequest.map((request) => {
    const service = new Service();
    service.execute(request, 1);
    return JSON.stringify(service.checkpoint());
  }),
);

const entry: fc.Arbitrary<LogEntry> = fc.oneof(
  fc.record({ kind: fc.constant('config' as const), term: hostileInteger, configuration }),
  fc.record({ kind: fc.constant('noop' as const), term: hostileInteger }),
  fc.record({
    kind: fc.constant('command' as const),
    term: hostileInteger,
    request: clientRequest,
  }),
);

export const raftMessage: fc.Arbitrary<RaftMessage> = fc.oneof(
  fc.record({
    type: fc.constant('RequestVote' as const),
    term: hostileInteger,
    lastLogIndex: hostileInteger,
    lastLogTerm: hostileInteger,
    preVote: fc.boolean(),
    transfer: fc.boolean(),
  }),
  fc.record({
    type: fc.constant('RequestVoteResponse' as const),
    term: hostileInteger,
    voteGranted: fc.boolean(),
    preVote: fc.boolean(),
  }),
  fc.record({ type: fc.constant('TimeoutNow' as const), term: hostileInteger }),
  fc.record({ type: fc.constant('ReadIndex' as const), context, read: leaderRead }),
  fc.record({
    type: fc.constant('ReadIndexResponse' as const),
    success: fc.constant(true as const),
    context,
    served: leaderRead,
    index: hostileInteger,
  }),
  fc.record({
    type: fc.constant('ReadIndexResponse' as const),
    success: fc.constant(false as const),
    context,
  }),
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('AppendEntries' as const),
      term: hostileInteger,
      prevLogIndex: hostileInteger,
      prevLogTerm: hostileInteger,
      entries: fc.array(entry, { maxLength: 3 }),
      leaderCommit: hostileInteger,
      round: hostileInteger,
    }),
  },
  fc.record({
    type: fc.constant('AppendEntriesResponse' as const),
    success: fc.constant(true as const),
    term: hostileInteger,
    matchIndex: hostileInteger,
    round: hostileInteger,
  }),
  fc.record({
    type: fc.constant('AppendEntriesResponse' as const),
    success: fc.constant(false as const),
    term: hostileInteger,
    prevLogIndex: hostileInteger,
    hint: fc.record({ index: hostileInteger, term: hostileInteger }),
    round: hostileInteger,
  }),
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('InstallSnapshot' as const),
      term: hostileInteger,
      lastIncludedIndex: hostileInteger,
      lastIncludedTerm: hostileInteger,
      configuration,
      offset: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, hostileInteger),
      data: snapshotText,
      done: fc.boolean(),
    }),
  },
  fc.record({
    type: fc.constant('InstallSnapshotResponse' as const),
    term: hostileInteger,
    lastIncludedIndex: hostileInteger,
    offset: hostileInteger,
    installed: fc.boolean(),
  }),
  fc.record({
    type: fc.constant('ForwardRequests' as const),
    requests: fc.array(clientRequest, { maxLength: 3 }),
  }),
  fc.record({
    type: fc.constant('ForwardReplies' as const),
    replies: fc.array(fc.record({ client, reply }), { maxLength: 3 }),
  }),
);
