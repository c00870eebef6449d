/** Which way a data channel goes, from what its RTCPeerConnection reports. */
import type { Path } from './transport.ts';

interface PairStats {
  readonly type: string;
  readonly state: string;
  readonly nominated: boolean;
  readonly localCandidateId: string;
  readonly remoteCandidateId: string;
}

interface CandidateStats {
  readonly type: string;
  readonly candidateType: string;
}

/**
 * `null` while no pair is chosen. An address that only a check of the other end has brought to light (`prflx`) counts as
 * told by STUN where we were told an address too: the other end could not have reached us by a name it did not resolve.
 */
export function pathOf(stats: RTCStatsReport): Path | null {
  const all = [...(stats as unknown as ReadonlyMap<string, PairStats & CandidateStats>).entries()];
  const chosen = all
    .map(([, report]) => report)
    .find(
      ({ type, nominated, state }) =>
        type === 'candidate-pair' && nominated && state === 'succeeded',
    );
  if (!chosen) return null;
  const candidateOf = (wanted: string) => all.find(([id]) => id === wanted)?.[1].candidateType;
  const ends = [candidateOf(chosen.localCandidateId), candidateOf(chosen.remoteCandidateId)];
  if (ends.includes('relay')) return 'turn';
  if (ends.includes('srflx')) return 'stun';
  const told = all.some(
    ([, { type, candidateType }]) => type === 'local-candidate' && candidateType === 'srflx',
  );
  return ends.includes('prflx') && told ? 'stun' : 'direct';
}
