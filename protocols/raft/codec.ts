/**
 * The messages of every commit in bytes: a quarter of their JSON or less. `messages.ts` says what they mean and which
 * values they may have. All other kinds have no bytes here and travel as JSON, and so does an append with a
 * configuration, which is rare.
 *
 * To add a field or a kind of entry: the same line as in the schema, at the end of its table. Both ends of a link run
 * the version of the protocol that the genesis names, so no older form is read.
 */
import {
  clientId,
  constant,
  integer,
  list,
  nullable,
  record,
  text,
  variant,
} from '../core/binary-blocks.ts';
import type { Codec } from '../core/binary.ts';
import type { ClientRequest, Command } from '../core/client.ts';
import type { LogEntry, LogPosition } from './log.ts';
import type { AppendEntries, AppendEntriesResponse, RaftMessage } from './messages.ts';

type HotMessage = AppendEntries | AppendEntriesResponse;

const command = variant<Command, 'op'>('op', [
  ['put', record({ op: constant('put'), key: text, value: text })],
  ['get', record({ op: constant('get'), key: text })],
  ['cas', record({ op: constant('cas'), key: text, expected: nullable(text), value: text })],
  ['delete', record({ op: constant('delete'), key: text })],
  ['stop', record({ op: constant('stop'), successor: text })],
]);

const request = record<ClientRequest>({
  client: clientId,
  seq: integer,
  ackedBelow: integer,
  command,
});

const entry = variant<LogEntry, 'kind'>('kind', [
  ['command', record({ kind: constant('command'), term: integer, request })],
  ['noop', record({ kind: constant('noop'), term: integer })],
]);

const position = record<LogPosition>({ index: integer, term: integer });

const appendEntries = record<AppendEntries>({
  type: constant('AppendEntries'),
  term: integer,
  prevLogIndex: integer,
  prevLogTerm: integer,
  entries: list(entry),
  leaderCommit: integer,
  round: integer,
});

const responseType = constant('AppendEntriesResponse' as const);
const appendEntriesResponse = variant<AppendEntriesResponse, 'success'>('success', [
  [
    true,
    record({
      type: responseType,
      success: constant(true),
      term: integer,
      matchIndex: integer,
      round: integer,
    }),
  ],
  [
    false,
    record({
      type: responseType,
      success: constant(false),
      term: integer,
      prevLogIndex: integer,
      hint: position,
      round: integer,
    }),
  ],
]);

export const codec: Codec<RaftMessage> = variant<HotMessage, 'type'>('type', [
  ['AppendEntries', appendEntries],
  ['AppendEntriesResponse', appendEntriesResponse],
]) as Codec<RaftMessage>;
