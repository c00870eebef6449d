import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { signedRequestSchema } from '#protocols/core/client.ts';
import { clientId, type ReplicaId } from '#protocols/core/ids.ts';
import { limits } from '#protocols/core/limits.ts';
import { raft } from '#protocols/raft/protocol.ts';
import {
  decodeJson,
  decodeReplies,
  decodeRequests,
  encodeEnvelope,
  encodeJson,
  envelopeSchema,
  requestEnvelopeSchema,
} from '#lib/host/wire.ts';

const id = (n: number): ReplicaId => n.toString(16).padStart(32, '0') as ReplicaId;
const cluster = '0123456789abcdef';
const schema = envelopeSchema(raft.message);
const unsigned = requestEnvelopeSchema(raft.clientMessage);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (text: string) => decodeJson(schema, bytes(text), 10_000);

const vote = {
  type: 'RequestVote',
  term: 3,
  lastLogIndex: 0,
  lastLogTerm: 0,
  preVote: false,
  transfer: false,
};
const envelope = (message: object = vote) => ({
  cluster,
  incarnation: 1,
  lamport: 2,
  clock: [1, 0, 0],
  messages: [message],
});

/** An append of `count` entries, each of which writes `value`. */
function append(term: number, value: string, count: number) {
  const client = clientId(id(1), '00000001');
  const entries = Array.from({ length: count }, (_, i) => ({
    kind: 'command',
    term,
    request: { client, seq: i + 1, ackedBelow: 1, command: { op: 'put', key: 'k', value } },
  }));
  const place = { prevLogIndex: 0, prevLogTerm: 0, leaderCommit: 0, round: 1 };
  return { type: 'AppendEntries', term, ...place, entries };
}

describe('an envelope', () => {
  test('comes back as it was sent', () => {
    const sent = envelope();
    expect(decodeJson(schema, encodeJson(sent), 10_000)).toEqual({ ok: true, value: sent });
  });

  test.each([
    ['not JSON', '{"cluster"'],
    ['not an object', '[[[[[[]]]]]]'],
    ['an unknown field', JSON.stringify({ ...envelope(), more: 1 })],
    ['a prototype key', `{"__proto__":{"polluted":1},${JSON.stringify(envelope()).slice(1)}`],
    ['a term of 2**53', JSON.stringify(envelope({ ...vote, term: 2 ** 53 }))],
    ['a negative term', JSON.stringify(envelope({ ...vote, term: -1 }))],
    ['a fraction', JSON.stringify(envelope({ ...vote, term: 1.5 }))],
    ['minus zero', JSON.stringify(envelope(vote)).replace('"term":3', '"term":-0')],
    ['NaN, which JSON makes null', JSON.stringify(envelope({ ...vote, term: NaN }))],
    ['an unknown message', JSON.stringify(envelope({ type: 'Lie' }))],
    ['a clock without end', JSON.stringify({ ...envelope(), clock: Array(1_000).fill(1) })],
  ])('with %s is refused, not thrown', (_, text) => {
    expect(decode(text)).toMatchObject({ ok: false });
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test('of a turn that has too much for one becomes several, in order and within the cap', () => {
    const large = Array.from({ length: 5 }, (_, i) => append(i + 1, '字'.repeat(16_000), 8));
    const sent = { ...envelope(), messages: large };
    const parts = encodeEnvelope(sent as never).map((part) =>
      decodeJson(schema, part, limits.messageBytesMax),
    );
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.filter(({ ok }) => !ok)).toEqual([]);
    expect(parts.flatMap((part) => (part.ok ? part.value.messages : []))).toEqual(large);
    expect(encodeEnvelope(envelope() as never)).toHaveLength(1);
  });

  test('beyond the byte cap is refused before it is parsed', () => {
    expect(decode(`"${'x'.repeat(10_000)}"`)).toEqual({ ok: false, error: 'too large' });
  });

  test('nested a hundred thousand deep is refused', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    expect(decodeJson(schema, bytes(deep), 1_000_000)).toMatchObject({ ok: false });
  });

  test('that is not UTF-8 is refused', () => {
    const broken = Uint8Array.of(0x22, 0xff, 0xfe, 0x22);
    expect(decodeJson(v.string(), broken, 100)).toMatchObject({ ok: false });
  });

  test('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        decodeJson(schema, noise, 10_000);
        decodeRequests(unsigned, noise, id(1));
        decodeReplies(noise);
      }),
    );
    fc.assert(
      fc.property(fc.json(), (text) => {
        decode(text);
      }),
    );
  });
});

describe('requests', () => {
  const request = { client: `${id(1)}/0000abcd`, seq: 1, ackedBelow: 1 };
  const command = { op: 'put', key: 'k', value: 'x' };
  const encoded = encodeJson({ cluster, requests: [{ ...request, command }] });

  test('[K9] a member may speak for its own clients only', () => {
    expect(decodeRequests(unsigned, encoded, id(1)).ok).toBe(true);
    expect(decodeRequests(unsigned, encoded, id(2))).toEqual({
      ok: false,
      error: "a request in another member's name",
    });
  });

  test('of a signed protocol carry a proof, of any other none', () => {
    const signed = requestEnvelopeSchema(signedRequestSchema);
    const proof = { key: 'ab'.repeat(32), signature: 'cd'.repeat(64) };
    const proved = encodeJson({ cluster, requests: [{ ...request, command, proof }] });
    expect(decodeRequests(signed, proved, id(1)).ok).toBe(true);
    expect(decodeRequests(signed, encoded, id(1)).ok).toBe(false);
    expect(decodeRequests(unsigned, proved, id(1)).ok).toBe(false);
  });

  test('a lone surrogate is refused: two commands would have one digest', () => {
    const text = JSON.stringify({ cluster, requests: [{ ...request, command }] });
    const lone = text.replace('"value":"x"', String.raw`"value":"\ud800"`);
    expect(decodeRequests(unsigned, bytes(lone), id(1)).ok).toBe(false);
  });
});
