/** What a certificate holds, in whichever form (A.4.5): the votes one after the other, or an aggregate of them. */
import { isBitmap, namedBy, sayWithShare, type Aggregate } from '../core/aggregate.ts';
import type { ReplicaId } from '../core/ids.ts';
import { say, type Signed } from '../core/signed.ts';
import type { Certificate, CertifyingVotes, Vote } from './messages.ts';
import type { Setting } from './setting.ts';

type Forming = Pick<Setting, 'voters' | 'certificates'>;

export function isAggregated(votes: CertifyingVotes): votes is Aggregate<Vote> {
  return !Array.isArray(votes);
}

/** What its voters say: equal votes, in an honest certificate. None in that of genesis. */
export function saidIn({ votes }: Pick<Certificate, 'votes'>): readonly Vote[] {
  return isAggregated(votes) ? [votes.body] : votes.map(({ body }) => body);
}

/** Who voted, as often as it names them. */
export function signersOf(
  { votes }: Pick<Certificate, 'votes'>,
  { voters }: Pick<Setting, 'voters'>,
): readonly ReplicaId[] {
  return isAggregated(votes) ? namedBy(votes.signers, voters) : votes.map(({ signer }) => signer);
}

/** Whether it has the form of the epoch: the host has looked at what is signed, and not at which form it was to have. */
export function isInForm(
  { votes }: Pick<Certificate, 'votes'>,
  { voters, certificates }: Forming,
): boolean {
  if (isAggregated(votes)) return certificates === 'aggregate' && isBitmap(votes.signers, voters);
  return certificates === 'list';
}

/** Whether it can become part of a certificate of the epoch. */
export function isCountable({ share }: Signed<Vote>, { certificates }: Forming): boolean {
  return (share !== undefined) === (certificates === 'aggregate');
}

/** `vote`, so that it can. */
export function sayCountable(self: ReplicaId, vote: Vote, { certificates }: Forming): Signed<Vote> {
  return certificates === 'aggregate' ? sayWithShare(self, vote) : say(self, vote);
}
