import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import type { ReplicaId } from '#protocols/core/ids.ts';
import { raft } from '#protocols/raft/protocol.ts';
import {
  decodeJson,
  decodeReplies,
  decodeRequests,
  encodeJson,
  envelopeSchema,
} from '#lib/host/wire.ts';

const id = (n: number): ReplicaId => n.toString(16).padStart(32, '0') as ReplicaId;
const cluster = '0123456789abcdef';
const schema = envelopeSchema(raft.message);
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
        decodeRequests(noise, id(1));
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
    expect(decodeRequests(encoded, id(1)).ok).toBe(true);
    expect(decodeRequests(encoded, id(2))).toEqual({
      ok: false,
      error: "a request in another member's name",
    });
  });

  test('a lone surrogate is refused: two commands would have one digest', () => {
    const text = JSON.stringify({ cluster, requests: [{ ...request, command }] });
    const lone = text.replace('"value":"x"', String.raw`"value":"\ud800"`);
    expect(decodeRequests(bytes(lone), id(1)).ok).toBe(false);
  });
});
