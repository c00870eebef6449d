/** D.4: signatures of a decision, as whole hosts with their doors make and check them. */
import { expect, test } from 'vitest';
import { Ed25519Cluster } from '../../bench/core/ed25519-cluster.ts';
import { measuredPbft } from '../../bench/core/protocols.ts';

const decisions = 32;

test.each([
  // Pre-prepare 3, prepares 2 + 3 · 1, commits 4 · 2, requests 4; every 16 slots a quorum of checkpoints at each.
  [4, 8, 20],
  // Pre-prepare 6, prepares 4 + 6 · 3, commits 7 · 4, requests 7.
  [7, 14, 63],
])('[D.4] of %i replicas: %i signed, %i verified, and checkpoints', async (n, signs, verifies) => {
  const cluster = await Ed25519Cluster.of(measuredPbft, n);
  await cluster.decide(await cluster.requests(decisions, 1));
  const { signed, verified } = cluster.signatures;
  const checkpoints = decisions / 16;
  expect(signed).toBeLessThanOrEqual(signs * decisions + n * checkpoints);
  expect(verified).toBeLessThanOrEqual(verifies * decisions + n * (n - 1) * checkpoints);
});
