/** What a screen says of the two forms of a certificate. */
import { faultsTolerated } from '#protocols/core/quorum.ts';
import type { CertificateCost, CertificateCosts } from '../../host/certificate-costs.ts';

export interface FormRow {
  readonly form: string;
  readonly signatures: string;
  /** `193`. */
  readonly bytes: string;
  /** `0.39 ms`. */
  readonly check: string;
  readonly chosen: boolean;
}

/** `Certificates: lists of 3 signatures`. */
export function certificatesTitle(quorum: number, isAggregate: boolean): string {
  return isAggregate
    ? `Certificates: aggregates of ${quorum} shares`
    : `Certificates: lists of ${quorum} signatures`;
}

/** Both forms, as they were measured. */
export function formRows(costs: CertificateCosts, isAggregate: boolean): readonly FormRow[] {
  const { quorum, list, aggregate } = costs;
  return [
    rowOf('List', `${quorum} by Ed25519`, list, !isAggregate),
    rowOf('Aggregate', `1 by BLS, of ${quorum} shares`, aggregate, isAggregate),
  ];
}

function rowOf(
  form: string,
  signatures: string,
  { bytes, checkMs }: CertificateCost,
  chosen: boolean,
): FormRow {
  return { form, signatures, bytes: countText(bytes), check: `${msText(checkMs)} ms`, chosen };
}

/** What the bytes are of, and what they are on their way. */
export function bytesText({ list, aggregate }: CertificateCosts): string {
  return (
    'Measured on this device just now, a median. Bytes are those of the signatures and of a bitmap of who signed; ' +
    `as JSON, before packing, the votes take ${countText(list.jsonBytes)} and ${countText(aggregate.jsonBytes)}.`
  );
}

/** What the court can do with either form, and with neither. */
export function courtTexts(n: number): readonly string[] {
  const liars = faultsTolerated(n) + 1;
  return [
    'Both name who signed: the list by signatures of their own, the aggregate by its bitmap. With keys whose owners proved to have the secrets, an aggregate convicts each of its signers (E2, E9, E10, E11); but no vote in it stands alone, so that one who is accused is shown with all who signed along, and that takes the longer check.',
    `An anonymous threshold signature would be as small, and say only that a quorum signed. Of two that contradict each other the court would know that at least ${liars} lied, and could name nobody. What convicts then are proposals (E1, E12, E13) and timeouts that contradict each other (E11).`,
  ];
}

function countText(count: number): string {
  return count.toLocaleString('en');
}

/** Two digits that mean something. */
function msText(ms: number): string {
  if (ms < 1) return ms.toFixed(2);
  return ms < 10 ? ms.toFixed(1) : String(Math.round(ms));
}
