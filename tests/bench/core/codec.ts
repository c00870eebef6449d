/** What a message costs to encode and decode: the binary codec beside JSON text and its schema. */
import * as v from 'valibot';
import { decode, encode } from '#protocols/raft/codec.ts';
import { messageSchema, type RaftMessage } from '#protocols/raft/messages.ts';
import { interleaved, median, ratio, seconds, type BenchOptions, type Row } from './measure.ts';
import { requestOf } from './subject.ts';

function append(count: number): RaftMessage {
  const entries = Array.from({ length: count }, (_, i) => {
    return { kind: 'command', term: 3, request: requestOf(100_000 + i, 64) } as const;
  });
  const [term, prevLogIndex, prevLogTerm, leaderCommit, round] = [3, 100_002, 3, 100_002, 77];
  return { type: 'AppendEntries', term, prevLogIndex, prevLogTerm, entries, leaderCommit, round };
}

const messages: Readonly<Record<string, RaftMessage>> = {
  'AppendEntries, 1 entry': append(1),
  'AppendEntries, 64 entries': append(64),
  AppendEntriesResponse: {
    type: 'AppendEntriesResponse',
    success: true,
    term: 3,
    matchIndex: 100_066,
    round: 77,
  },
};

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const throughBinary = (message: RaftMessage) => decode(encode(message) as Uint8Array);
const throughJson = (message: RaftMessage) => {
  const bytes = encoder.encode(JSON.stringify(message));
  return v.safeParse(messageSchema, JSON.parse(decoder.decode(bytes)), { abortEarly: true });
};

/** A message is sent so often that a measurement takes some ten milliseconds. */
export function measureCodec({ repeat }: BenchOptions): Row[] {
  return Object.entries(messages).map(([name, message]) => {
    const times = name.includes('64') ? 500 : 20_000;
    const cost = (through: (message: RaftMessage) => unknown) => () => {
      const run = () => {
        for (let i = 0; i < times; i++) through(message);
      };
      return (seconds(run) / times) * 1e6;
    };
    const [binary, json] = [cost(throughBinary), cost(throughJson)];
    for (const warm of [binary, json]) warm();
    const all = interleaved(repeat, { binary, json });
    return {
      message: name,
      'binary µs': Number(median(all.binary).toFixed(2)),
      'json µs': Number(median(all.json).toFixed(2)),
      'json : binary': Number(ratio(all.json, all.binary).toFixed(1)),
      'binary bytes': encode(message)?.length ?? NaN,
      'json bytes': encoder.encode(JSON.stringify(message)).length,
    };
  });
}
