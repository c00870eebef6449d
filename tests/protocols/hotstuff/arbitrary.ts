/** Messages of HotStuff, often about the same few views and blocks, so that they meet. */
import fc from 'fast-check';
import type {
  Certificate,
  HotStuffMessage,
  Phase,
  SyncInfo,
} from '#protocols/hotstuff/messages.ts';
import { digestOf } from '#protocols/hotstuff/block.ts';
import { signedClientRequest } from '../pbft/arbitrary.ts';
import { batch } from '../pbft/statements.ts';
import {
  blockOf,
  certificate,
  chain,
  proposalOf,
  showing,
  timeout,
  timeouts,
  vote,
} from './statements.ts';

const view = fc.oneof({ weight: 8, arbitrary: fc.nat(6) }, fc.constantFrom(40, 2 ** 52));
const later = view.map((n) => Math.max(1, n));
const voters = fc.subarray([0, 1, 2, 3, 9]);
const trunk = chain(1, 2, 3, 4, 5);
const forks = [blockOf(1, null, { batch: batch(1) }), blockOf(4, trunk[0] ?? null)];
const block = fc.constantFrom(...trunk, ...forks, ...chain(2, 3, 5));
const phase = fc.constantFrom<Phase>('generic', 'generic', 'prepare', 'pre-commit', 'commit');

const someCertificate: fc.Arbitrary<Certificate> = fc
  .tuple(block, voters, phase)
  .map(([of, by, named]) => {
    const votes = by.map((i) => vote(i, of, { phase: named }));
    return { ...certificate(of, by), phase: named, votes };
  });
const someTimeouts = fc.option(
  fc.tuple(later, voters).map(([of, by]) => timeouts(of, by)),
  { nil: null },
);
const sync: fc.Arbitrary<SyncInfo> = fc.oneof(
  fc.tuple(block, someTimeouts).map(([of, tc]) => showing(certificate(of), tc)),
  fc.record({
    highQC: someCertificate,
    decided: fc.option(someCertificate, { nil: null }),
    highTC: someTimeouts,
  }),
);

export const hotStuffMessage: fc.Arbitrary<HotStuffMessage> = fc.oneof(
  { weight: 4, arbitrary: block.map((of): HotStuffMessage => proposalOf(of)) },
  fc.tuple(block, someTimeouts, someCertificate).map(([of, tc, decided]): HotStuffMessage => {
    return { ...proposalOf(of, { tc }), decided };
  }),
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom(0, 1, 2, 3, 9), block, phase)
      .map(([by, of, named]): HotStuffMessage => ({
        type: 'VOTE',
        statement: vote(by, of, { phase: named }),
      })),
  },
  fc
    .tuple(fc.constantFrom(1, 2, 3, 9), later, view, sync)
    .map(([by, of, high, shown]): HotStuffMessage => ({
      type: 'TIMEOUT',
      statement: timeout(by, of, high),
      sync: shown,
      vote: null,
    })),
  fc.record({
    type: fc.constantFrom('PRE-COMMIT' as const, 'COMMIT' as const, 'DECIDE' as const),
    certificate: someCertificate,
  }),
  fc.record({ type: fc.constant('NEW-VIEW' as const), view: later, sync }),
  fc.record({ type: fc.constant('SYNC' as const), sync }),
  block.map((of): HotStuffMessage => ({ type: 'HEARD', statement: proposalOf(of).statement })),
  fc.record({
    type: fc.constant('REQUEST' as const),
    requests: fc.array(signedClientRequest, { maxLength: 3 }),
  }),
  fc.record({ type: fc.constant('FETCH' as const), block: block.map(digestOf), above: view }),
  fc.record({ type: fc.constant('BLOCKS' as const), blocks: fc.array(block, { maxLength: 4 }) }),
  fc.record({
    type: fc.constant('STABLE' as const),
    block: block.chain((of) =>
      later.map((height) => ({ ...of, checkpoint: { height, digest: digestOf(of) } })),
    ),
    certificate: someCertificate,
  }),
  fc.record({
    type: fc.constant('FETCH-STATE' as const),
    height: later,
    pieces: fc.array(view, { maxLength: 8 }),
  }),
  fc.record({
    type: fc.constant('STATE' as const),
    height: later,
    pieces: fc.array(block.map(digestOf), { maxLength: 3 }),
  }),
  fc.record({
    type: fc.constant('DATA' as const),
    height: later,
    piece: view,
    data: fc.string({ maxLength: 8, unit: 'grapheme' }),
  }),
);
