/** Messages of PBFT, often about the same few views, slots and batches, so that they meet. */
import fc from 'fast-check';
import type { SignedRequest } from '#protocols/core/client.ts';
import { digestOf } from '#protocols/pbft/batch.ts';
import type { Batch, PbftMessage } from '#protocols/pbft/messages.ts';
import { r } from '../fixtures/ids.ts';
import { clientRequest } from '../raft/arbitrary.ts';
import {
  batch,
  certificate,
  checkpoint,
  commit,
  newView,
  prepare,
  prePrepare,
  primary,
  viewChange,
} from './statements.ts';

const number = fc.oneof({ weight: 8, arbitrary: fc.nat(4) }, fc.nat(60), fc.constant(2 ** 52));
const view = fc.oneof({ weight: 6, arbitrary: fc.nat(2) }, number);
const slot = number.map((n) => Math.max(1, n));
const member = fc.constantFrom(0, 1, 1, 2, 2, 3, 3, 9).map(r);
const someBatch: fc.Arbitrary<Batch> = fc.constantFrom([], batch(1), batch(2), [
  ...batch(3),
  ...batch(1),
]);
const hex = fc.constantFrom('e'.repeat(64), digestOf(batch(1)));

export const signedClientRequest: fc.Arbitrary<SignedRequest> = clientRequest.map((request) => ({
  ...request,
  proof: { key: 'a'.repeat(64), signature: 'b'.repeat(128) },
}));

const proof = fc
  .tuple(fc.constantFrom(16, 32, 48), fc.subarray([0, 1, 2, 3, 9]))
  .map(([n, by]) => by.map((i) => checkpoint(r(i), n, 'e'.repeat(64))));
const wish = fc
  .tuple(member, view, fc.subarray([1, 2, 3]), someBatch)
  .map(([by, to, slots, of]) =>
    viewChange(by, Math.max(1, to), { prepared: slots.map((n) => certificate(0, n, of)) }),
  );
const begin = fc
  .tuple(fc.constantFrom(1, 2, 3), fc.subarray([0, 1, 2, 3]), fc.subarray([1, 2]), someBatch)
  .map(([to, by, slots, of]) =>
    newView(
      to,
      by.map((i) => viewChange(r(i), to, { prepared: slots.map((n) => certificate(0, n, of)) })),
    ),
  );

const statement: fc.Arbitrary<PbftMessage> = fc.oneof(
  fc.tuple(view, slot, someBatch).map(([v, n, of]): PbftMessage => {
    const by = primary(v);
    return { type: 'PRE-PREPARE', statement: prePrepare(v, n, of, by), batch: of };
  }),
  fc
    .tuple(member, view, slot, someBatch)
    .map(([by, v, n, of]): PbftMessage => ({ type: 'PREPARE', statement: prepare(by, v, n, of) })),
  fc
    .tuple(member, view, slot, someBatch)
    .map(([by, v, n, of]): PbftMessage => ({ type: 'COMMIT', statement: commit(by, v, n, of) })),
  fc
    .tuple(member, slot, hex)
    .map(([by, n, d]): PbftMessage => ({ type: 'CHECKPOINT', statement: checkpoint(by, n, d) })),
  wish.map((said): PbftMessage => ({ type: 'VIEW-CHANGE', statement: said })),
  begin.map((said): PbftMessage => ({ type: 'NEW-VIEW', statement: said })),
);

const plain: fc.Arbitrary<PbftMessage> = fc.oneof(
  fc.record({
    type: fc.constant('REQUEST' as const),
    requests: fc.array(signedClientRequest, { maxLength: 3 }),
  }),
  fc.tuple(fc.subarray([0, 1, 2, 3]), view, slot, someBatch).map(([by, v, n, of]): PbftMessage => {
    return { type: 'DECIDED', batch: of, commits: by.map((i) => commit(r(i), v, n, of)) };
  }),
  proof.map((checkpoints): PbftMessage => ({ type: 'STABLE', checkpoints })),
  fc.record({ type: fc.constant('BATCH' as const), n: slot, batch: someBatch }),
  fc.record({
    type: fc.constant('STATUS' as const),
    view,
    active: fc.boolean(),
    stable: number,
    executed: number,
    prePrepared: fc.array(slot, { maxLength: 3 }),
    prepared: fc.array(slot, { maxLength: 3 }),
    reply: fc.boolean(),
  }),
  fc.record({ type: fc.constant('FETCH-BATCH' as const), n: slot, digest: hex }),
  fc.record({
    type: fc.constant('FETCH' as const),
    n: slot,
    pieces: fc.array(number, { maxLength: 3 }),
  }),
  fc.record({
    type: fc.constant('STATE' as const),
    n: slot,
    pieces: fc.array(hex, { maxLength: 3 }),
  }),
  fc.record({
    type: fc.constant('DATA' as const),
    n: slot,
    piece: number,
    data: fc.string({ maxLength: 20 }),
  }),
);

export const pbftMessage: fc.Arbitrary<PbftMessage> = fc.oneof(
  { weight: 3, arbitrary: statement },
  { weight: 1, arbitrary: plain },
);
