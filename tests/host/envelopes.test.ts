/** Envelopes between replicas, in the bytes of a codec and in JSON: what arrives is what was sent, or refused. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clientId, type ReplicaId } from '#protocols/core/ids.ts';
import { limits } from '#protocols/core/limits.ts';
import type { RaftMessage } from '#protocols/raft/messages.ts';
import { raft } from '#protocols/raft/protocol.ts';
import type { Envelope } from '#lib/host/environment.ts';
import { binaryMark, Envelopes } from '#lib/host/envelopes.ts';
import { unpack } from '#lib/host/packing.ts';
import { hostileInteger, raftMessage } from '../protocols/raft/arbitrary.ts';

const id = (n: number): ReplicaId => n.toString(16).padStart(32, '0') as ReplicaId;
const cluster = '0123456789abcdef';
const binary = new Envelopes(raft);
const json = new Envelopes({ message: raft.message });
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const vote = {
  type: 'RequestVote',
  term: 3,
  lastLogIndex: 0,
  lastLogTerm: 0,
  preVote: false,
  transfer: false,
} as const;
const envelope = (message: object = vote) => ({
  cluster,
  incarnation: 1,
  lamport: 2,
  clock: [1, 0, 0],
  messages: [message as RaftMessage],
});

/** An append of `count` entries, each of which writes `value`. */
function append(term: number, value: string, count: number): RaftMessage {
  const client = clientId(id(1), '00000001');
  const entries = Array.from({ length: count }, (_, i) => {
    const command = { op: 'put', key: 'k', value } as const;
    return {
      kind: 'command',
      term,
      request: { client, seq: i + 1, ackedBelow: 1, command },
    } as const;
  });
  const place = { prevLogIndex: 0, prevLogTerm: 0, leaderCommit: 0, round: 1 };
  return { type: 'AppendEntries', term, ...place, entries };
}

const anyEnvelope = fc.record({
  cluster: fc.stringMatching(/^[0-9a-f]{16}$/),
  incarnation: hostileInteger,
  lamport: hostileInteger,
  clock: fc.array(hostileInteger, { maxLength: 5 }),
  messages: fc.array(raftMessage, { maxLength: 4 }),
});
const wholeOf = (envelopes: Envelopes<RaftMessage>, sent: Envelope<RaftMessage>) => {
  const [only, ...more] = envelopes.encode(sent);
  expect(more).toEqual([]);
  return only as Uint8Array;
};

describe.each([
  ['in the bytes of the codec', binary],
  ['in JSON', json],
])('an envelope %s', (_, envelopes) => {
  test('comes back as it was sent, whatever it brings', () => {
    fc.assert(
      fc.property(anyEnvelope, (sent) => {
        expect(envelopes.decode(wholeOf(envelopes, sent))).toEqual({ ok: true, value: sent });
      }),
      { numRuns: 1_000 },
    );
  });

  test('of a turn that has too much for one becomes several, in order and within the cap', () => {
    const large = Array.from({ length: 5 }, (_, i) => append(i + 1, '字'.repeat(16_000), 8));
    const parts = envelopes.encode({ ...envelope(), messages: large }).map((part) => {
      return envelopes.decode(part);
    });
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.filter(({ ok }) => !ok)).toEqual([]);
    expect(parts.flatMap((part) => (part.ok ? part.value.messages : []))).toEqual(large);
  });

  test('with one bit or byte changed is what the schema accepts, or refused; it never throws', () => {
    const seen = { ok: 0, refused: 0 };
    fc.assert(
      fc.property(
        anyEnvelope,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (sent, place, change) => {
          const damaged = wholeOf(envelopes, sent).slice();
          const at = place % damaged.length;
          damaged[at] = (damaged[at] ?? 0) ^ change;
          const decoded = envelopes.decode(damaged);
          seen[decoded.ok ? 'ok' : 'refused']++;
          if (!decoded.ok) return;
          // What passed the schema passes it again: nothing that a replica hears is outside its bounds.
          expect(json.decode(wholeOf(json, decoded.value))).toEqual(decoded);
        },
      ),
      { numRuns: 3_000, seed: 1 },
    );
    expect(Math.min(seen.ok, seen.refused)).toBeGreaterThan(50);
  });

  test('cut short anywhere is refused', () => {
    const whole = wholeOf(envelopes, envelope(append(1, 'vä', 3)));
    for (let length = 0; length < whole.length; length++) {
      expect(envelopes.decode(whole.subarray(0, length)).ok).toBe(false);
    }
  });

  test.each([
    ['a term of 2**53', { ...vote, term: 2 ** 53 }],
    ['a term above the bound', { ...append(1, '', 0), term: limits.integerMax + 1 }],
    ['a negative term', { ...append(1, '', 0), term: -1 }],
    ['a fraction', { ...append(1, '', 0), term: 1.5 }],
    ['an unknown message', { type: 'Lie' }],
    ['an entry too many', append(1, '', limits.entriesPerAppendMax + 1)],
    ['a value too long', append(1, 'x'.repeat(limits.valueCharactersMax + 1), 1)],
    ['a clock without end', { ...vote }, Array<number>(1_000).fill(1)],
  ])('with %s is refused, not thrown', (_, message, clock = [1]) => {
    const sent = { ...envelope(message), clock };
    expect(envelopes.decode(wholeOf(envelopes, sent))).toMatchObject({ ok: false });
  });

  test('of noise is refused and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        const marked = Uint8Array.of(binaryMark, ...noise);
        expect([envelopes.decode(noise).ok, envelopes.decode(marked).ok]).toEqual([false, false]);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('JSON from outside', () => {
  test.each([
    ['not JSON', '{"cluster"'],
    ['not an object', '[[[[[[]]]]]]'],
    ['an unknown field', JSON.stringify({ ...envelope(), more: 1 })],
    ['a prototype key', `{"__proto__":{"polluted":1},${JSON.stringify(envelope()).slice(1)}`],
    ['minus zero', JSON.stringify(envelope(vote)).replace('"term":3', '"term":-0')],
    ['NaN, which JSON makes null', JSON.stringify(envelope({ ...vote, term: NaN }))],
  ])('with %s is refused, not thrown', (_, text) => {
    expect(binary.decode(bytes(text))).toMatchObject({ ok: false });
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe('bytes of the codec', () => {
  test('with one more at the end are refused', () => {
    const sent = wholeOf(binary, envelope(append(3, 'teal', 1)));
    const error = 'more than an envelope';
    expect(binary.decode(Uint8Array.of(...sent, 0))).toEqual({ ok: false, error });
  });

  test('take a third of the JSON of one command, and are marked', () => {
    const sent = envelope(append(3, 'teal', 1));
    const [short, long] = [wholeOf(binary, sent), wholeOf(json, sent)];
    expect(short[0]).toBe(binaryMark);
    expect(short.length * 3).toBeLessThan(long.length);
  });

  test('that announce more than there is cost nothing', () => {
    const head = [binaryMark, ...Array<number>(8).fill(0), 0, 0, 0];
    const endless = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x07];
    expect(binary.decode(Uint8Array.from([...head, ...endless]))).toMatchObject({ ok: false });
    expect(binary.decode(Uint8Array.from([...head, 1, 1, ...endless]))).toMatchObject({
      ok: false,
    });
  });

  test('and JSON of an envelope are both packed when they are long', () => {
    const sent = envelope(append(3, 'teal', 256));
    for (const envelopes of [binary, json]) {
      const packed = wholeOf(envelopes, sent);
      const unpacked = unpack(packed, limits.messageBytesMax);
      expect(packed[0]).toBe(0);
      expect(unpacked.ok && unpacked.plain.length).toBeGreaterThan(2 * packed.length);
    }
  });
});
