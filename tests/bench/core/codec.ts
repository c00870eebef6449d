/** What a message costs on its way into bytes and out of them again: in those of the codec beside JSON. */
import type { RaftMessage } from '#protocols/raft/messages.ts';
import { raft } from '#protocols/raft/protocol.ts';
import { Envelopes } from '#lib/host/envelopes.ts';
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

const binaryEnvelopes = new Envelopes(raft);
const jsonEnvelopes = new Envelopes({ message: raft.message });

function bytesOf(envelopes: Envelopes<RaftMessage>, message: RaftMessage): Uint8Array {
  const head = { cluster: '0123456789abcdef', incarnation: 1, lamport: 12_345 };
  const [bytes] = envelopes.encode({ ...head, clock: [1_234, 2_345, 3_456], messages: [message] });
  return bytes as Uint8Array;
}
const through = (envelopes: Envelopes<RaftMessage>, message: RaftMessage) =>
  envelopes.decode(bytesOf(envelopes, message));

/** A message is sent so often that a measurement takes some ten milliseconds. */
export async function measureCodec({ repeat }: BenchOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, message] of Object.entries(messages)) {
    const times = name.includes('64') ? 500 : 20_000;
    const cost = (envelopes: Envelopes<RaftMessage>) => () => {
      const run = () => {
        for (let i = 0; i < times; i++) through(envelopes, message);
      };
      return (seconds(run) / times) * 1e6;
    };
    const [binary, json] = [cost(binaryEnvelopes), cost(jsonEnvelopes)];
    for (const warm of [binary, json]) warm();
    const all = await interleaved(repeat, { binary, json });
    rows.push({
      message: name,
      'binary µs': Number(median(all.binary).toFixed(2)),
      'json µs': Number(median(all.json).toFixed(2)),
      'json : binary': Number(ratio(all.json, all.binary).toFixed(1)),
      'binary bytes': bytesOf(binaryEnvelopes, message).length,
      'json bytes': bytesOf(jsonEnvelopes, message).length,
    });
  }
  return rows;
}
