/** The digest of a batch: what votes are about. */
import { describe, expect, test } from 'vitest';
import type { Command, SignedRequest } from '#protocols/core/client.ts';
import { digestOver } from '#protocols/core/digest.ts';
import { writeBatch } from '#protocols/core/signed-batch.ts';
import { signedRequest } from '../pbft/statements.ts';

const of = (...batch: readonly SignedRequest[]) =>
  digestOver('synod/test/batch/1', writeBatch, batch);
const asking = (command: Command, seq = 1) => signedRequest(seq, command);
const request = asking({ op: 'put', key: 'a', value: 'b' });
const { proof } = request;

describe('the digest of a batch', () => {
  test('is the same whatever the order of the fields', () => {
    const { client, seq, ackedBelow, command } = request;
    expect(of({ proof, command, ackedBelow, seq, client })).toBe(of(request));
  });

  test.each<[string, SignedRequest]>([
    [
      'client',
      { ...request, client: asking({ op: 'get', key: 'a' }).client.replace(/^./, 'f') as never },
    ],
    ['number', { ...request, seq: 2 }],
    ['number acknowledged', { ...request, ackedBelow: 7 }],
    ['signature', { ...request, proof: { ...proof, signature: 'd'.repeat(128) } }],
    ['operation', { ...request, command: { op: 'stop', successor: 'a' } }],
    ['value', { ...request, command: { op: 'put', key: 'a', value: 'c' } }],
  ])('covers the %s', (_field, other) => {
    expect(of(other)).not.toBe(of(request));
  });

  test('tells texts apart wherever one ends', () => {
    const commands: readonly Command[] = [
      { op: 'put', key: 'a', value: 'b c' },
      { op: 'put', key: 'a b', value: 'c' },
      { op: 'put', key: 'a 1 b', value: 'c' },
      { op: 'put', key: 'a', value: '' },
      { op: 'cas', key: 'a', expected: null, value: '' },
      { op: 'cas', key: 'a', expected: '', value: '' },
      { op: 'cas', key: 'a', expected: '-', value: '' },
      { op: 'get', key: 'a' },
      { op: 'delete', key: 'a' },
    ];
    expect(new Set(commands.map((command) => of(asking(command)))).size).toBe(commands.length);
  });

  test('tells batches apart wherever a request ends', () => {
    const [first, second] = [asking({ op: 'get', key: 'a' }), asking({ op: 'get', key: 'b' }, 2)];
    const batches = [[first, second], [second, first], [first], [second], [first, first], []];
    expect(new Set(batches.map((batch) => of(...batch))).size).toBe(batches.length);
  });
});
