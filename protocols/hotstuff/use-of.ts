/**
 * What a vote is still good for (H2): a quorum of equal ones is a certificate, and whatever agrees with it afterwards
 * changes nothing. What contradicts it is looked at, always. A timeout comes with certificates and is no vote alone.
 */
import type { Use } from '../core/protocol.ts';
import type { Signed } from '../core/signed.ts';
import { countTogether, decidedBy } from './decisions.ts';
import type { HotStuffMessage, Vote } from './messages.ts';
import { replacesVote } from './rules.ts';
import { quorumOf } from './setting.ts';
import type { HotStuffState } from './state.ts';

export function useOf(state: Readonly<HotStuffState>, message: HotStuffMessage): Use {
  if (state.stopped !== null || message.type !== 'VOTE') return 'needed';
  return useOfVote(state, message.statement);
}

function useOfVote(state: Readonly<HotStuffState>, vote: Signed<Vote>): Use {
  const { body, signer } = vote;
  const { setting, view } = state;
  if (!setting.voters.includes(signer)) return 'needed';
  if (state.falseSharers.has(signer)) return 'settled';
  const known = knownCertificate(state, body);
  if (known?.view === body.view) return known.block === body.block ? 'settled' : 'needed';
  const isOver = body.phase === 'generic' ? body.view < (known?.view ?? 0) : body.view < view;
  if (isOver) return 'settled';
  const held = state.votes.get(signer);
  if (!replacesVote(vote, held)) {
    return held && countTogether(held.body, body) ? 'settled' : 'needed';
  }
  let wanted = quorumOf(setting);
  for (const { body: other } of state.votes.values()) if (countTogether(other, body)) wanted--;
  return { countsFor: decidedBy(body), wanted };
}

/** What is known to be certified in the vote's phase, or what shows that something is. */
function knownCertificate(
  { highQC, lock, decided }: Readonly<HotStuffState>,
  { phase }: Vote,
): { readonly view: number; readonly block: string } | null {
  if (phase === 'pre-commit') return lock;
  return phase === 'commit' ? decided : highQC;
}
