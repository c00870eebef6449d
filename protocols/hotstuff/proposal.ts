/** What a leader signs of what it proposes: enough to convict it of a block that its own timeouts forbid (E12). */
import type { Block, Proposal, TimeoutCertificate } from './messages.ts';

export function proposalFor(
  { view, justify }: Block,
  block: string,
  tc: TimeoutCertificate | null,
): Proposal {
  return {
    kind: 'PROPOSAL',
    view,
    block,
    justifyView: justify.view,
    highView: highestNamed(tc),
  };
}

/** The highest view of a certificate that these timeouts name; 0 if there are none. */
export function highestNamed(tc: TimeoutCertificate | null): number {
  return Math.max(0, ...(tc ?? []).map(({ body }) => body.highView));
}
