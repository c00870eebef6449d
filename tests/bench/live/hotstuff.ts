/** Commits of chained HotStuff between real tabs: each takes the proposals and votes of three blocks, and a fourth proposal. */
import { hotStuffPattern } from './hotstuff-floor.ts';
import { signedSection } from './signed.ts';

export const hotstuff = signedSection(hotStuffPattern, {
  // Of the client, the request to all, four proposals, three votes, and the reply.
  hops: 20,
  roundTrips: 4.5,
  // Each proposal, and each block with the vote for it; the last is answered by one that is written.
  writes: 8,
  // Of the request, the proposals and the votes.
  signatures: 8,
  // The request twice; four proposals, each with two votes of others under it; two votes of others for three of them.
  verifications: 20,
});
