/** Commits of PBFT between real tabs. */
import { pbftPattern } from './pbft-floor.ts';
import { signedSection } from './signed.ts';

export const pbft = signedSection(pbftPattern, {
  // Of the client, PRE-PREPARE, PREPARE, COMMIT and REPLY.
  hops: 10,
  roundTrips: 2,
  // Proposal, acceptance, that it prepared.
  writes: 3,
  // Of the request and of each of the three phases.
  signatures: 4,
  // The request at the primary; request and proposal at a backup; two PREPAREs; two COMMITs.
  verifications: 7,
});
