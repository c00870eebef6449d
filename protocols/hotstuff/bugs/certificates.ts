/** Mistakes about what a certificate proves (H2, CI6). */
import * as honest from '../chained/rules.ts';
import { saidIn, signersOf } from '../certificates.ts';
import type { Certificate } from '../messages.ts';
import { quorumOf } from '../setting.ts';
import { believing, bug, type HotStuffBug } from './bug.ts';
import { fakeCertificates } from './schedules.ts';

function isOfItsBlock(qc: Certificate): boolean {
  return saidIn(qc).every(({ view, block }) => view === qc.view && block === qc.block);
}

export const certificates: readonly HotStuffBug[] = [
  bug(
    {
      name: 'quorum-of-two-f',
      title: 'One vote fewer than a quorum makes a certificate.',
      seenIn: 'H2; toy mutant "quorum 2f"',
      breaks: 'safety',
    },
    {
      ...believing({
        isCertificate: (qc, setting) =>
          (qc.view === 0 && saidIn(qc).length === 0) ||
          (signersOf(qc, setting).length >= quorumOf(setting) - 1 && isOfItsBlock(qc)),
      }),
      votesWith: ({ body }, votes, setting) => {
        const same = [...votes.values()].filter((vote) => vote.body.block === body.block);
        return same.length >= quorumOf(setting) - 1 ? same : null;
      },
    },
  ),
  bug(
    {
      name: 'repeated-signers-counted',
      title: 'Votes are counted, and not those who gave them.',
      seenIn: "H2, K10; Diem's twins_vote_dedup_test",
      breaks: 'safety',
    },
    believing({
      isCertificate: (qc, setting) =>
        honest.isCertificate(qc, setting) ||
        (signersOf(qc, setting).length >= quorumOf(setting) && isOfItsBlock(qc)),
    }),
    [fakeCertificates('repeated-signers-counted')],
  ),
  bug(
    {
      name: 'genesis-certificate-anywhere',
      title: 'A certificate without votes is good for every block, as it is for genesis.',
      seenIn: 'H2; "genesis QC accepted at any height"',
      breaks: 'safety',
    },
    believing({
      isCertificate: (qc, setting) => saidIn(qc).length === 0 || honest.isCertificate(qc, setting),
    }),
    [fakeCertificates('genesis-certificate-anywhere')],
  ),
  bug(
    {
      name: 'certificate-of-another-view',
      title: 'The votes of a certificate are not asked which view they are of.',
      seenIn: 'H2; "votes for a block of another view with the same hash"',
      breaks: 'safety',
    },
    believing({
      isCertificate: (qc, setting) =>
        honest.isCertificate({ ...qc, view: saidIn(qc)[0]?.view ?? qc.view }, setting),
    }),
    [fakeCertificates('certificate-of-another-view')],
  ),
  bug(
    {
      name: 'certificate-not-verified',
      title: 'Whatever comes as a certificate is taken for one.',
      seenIn: 'H2; "threshold counted over unverified votes"',
      breaks: 'safety',
    },
    believing({ isCertificate: () => true }),
    [fakeCertificates('certificate-not-verified')],
  ),
];
