import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { signedRequestSchema } from '#protocols/core/client.ts';
import type { ReplicaId } from '#protocols/core/ids.ts';
import { raft } from '#protocols/raft/protocol.ts';
import {
  decodeJson,
  decodeReplies,
  decodeRequests,
  encodeJson,
  requestEnvelopeSchema,
} from '#lib/host/wire.ts';

const id = (n: number): ReplicaId => n.toString(16).padStart(32, '0') as ReplicaId;
const cluster = '0123456789abcdef';
const unsigned = requestEnvelopeSchema(raft.clientMessage);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const anything = v.unknown();

describe('JSON', () => {
  test('comes back as it was sent', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const plain = JSON.parse(JSON.stringify(value)) as unknown;
        expect(decodeJson(anything, encodeJson(value), 100_000)).toEqual({
          ok: true,
          value: plain,
        });
      }),
    );
  });

  test('beyond the byte cap is refused before it is parsed', () => {
    const long = bytes(`"${'x'.repeat(10_000)}"`);
    expect(decodeJson(anything, long, 10_000)).toEqual({ ok: false, error: 'too large' });
  });

  test('nested a hundred thousand deep is refused', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    expect(decodeJson(v.string(), bytes(deep), 1_000_000)).toMatchObject({ ok: false });
  });

  test('that is not UTF-8 is refused', () => {
    const broken = Uint8Array.of(0x22, 0xff, 0xfe, 0x22);
    expect(decodeJson(v.string(), broken, 100)).toMatchObject({ ok: false });
  });

  test('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        const { ok } = decodeJson(v.never(), noise, 10_000);
        const requests = decodeRequests(unsigned, noise, id(1));
        expect([ok, requests.ok, decodeReplies(noise).ok]).toEqual([false, false, false]);
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
