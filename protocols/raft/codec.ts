/**
 * The messages of every commit in bytes: a quarter of their JSON or less, and their own schema check. `messages.ts` says what
 * they mean and which values they may have; the tables here accept exactly those. All other kinds travel as JSON, and so
 * does an append with a configuration, which is rare.
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
import { decodeWith, encodeWith, type Codec, type DecodedBytes } from '../core/binary.ts';
import type { ClientRequest, Command } from '../core/client.ts';
import { limits } from '../core/limits.ts';
import type { LogEntry, LogPosition } from './log.ts';
import type { AppendEntries, AppendEntriesResponse, RaftMessage } from './messages.ts';

export type HotMessage = AppendEntries | AppendEntriesResponse;

const key = text(1, limits.keyCharactersMax);
const value = text(0, limits.valueCharactersMax);

const command = variant<Command, 'op'>('op', [
  ['put', record({ op: constant('put'), key, value })],
  ['get', record({ op: constant('get'), key })],
  ['cas', record({ op: constant('cas'), key, expected: nullable(value), value })],
  ['delete', record({ op: constant('delete'), key })],
  ['stop', record({ op: constant('stop'), successor: key })],
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
  entries: list(entry, limits.entriesPerAppendMax),
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

const hot = variant<HotMessage, 'type'>('type', [
  ['AppendEntries', appendEntries],
  ['AppendEntriesResponse', appendEntriesResponse],
]);

/** `null` for what goes as JSON: other kinds, and what no replica would accept. */
export function encode(message: RaftMessage): Uint8Array | null {
  return encodeWith(hot as Codec<RaftMessage>, message, limits.messageBytesMax);
}

/** Exactly what `messageSchema` accepts of these kinds, or what is wrong with the bytes. */
export function decode(bytes: Uint8Array): DecodedBytes<HotMessage> {
  return decodeWith(hot, bytes, limits.messageBytesMax);
}
