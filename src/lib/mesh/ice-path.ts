/** Which way a data channel goes, and whether the other end answers, from what its RTCPeerConnection reports. */
import type { Path } from './transport.ts';

interface PairStats {
  readonly type: string;
  readonly state: string;
  readonly nominated: boolean;
  /** Checks of ours that the other end's ICE agent answered; it needs no page for that. */
  readonly responsesReceived?: number;
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
  const all = entriesOf(stats);
  const chosen = chosenOf(all);
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

/** Answers of the other end's network stack so far: they go on while its page sleeps. `null` while no pair is chosen. */
export function pulseOf(stats: RTCStatsReport): number | null {
  const all = entriesOf(stats).map(([, report]) => report);
  // A pair is `in-progress` again while a check of it is under way.
  const nominated = all.filter(({ type, nominated }) => type === 'candidate-pair' && nominated);
  return nominated.length === 0
    ? null
    : nominated.reduce((sum, { responsesReceived = 0 }) => sum + responsesReceived, 0);
}

type Entries = readonly (readonly [id: string, report: PairStats & CandidateStats])[];

const entriesOf = (stats: RTCStatsReport): Entries => [
  ...(stats as unknown as ReadonlyMap<string, PairStats & CandidateStats>).entries(),
];

function chosenOf(all: Entries): PairStats | undefined {
  const reports = all.map(([, report]) => report);
  return reports.find(
    ({ type, nominated, state }) => type === 'candidate-pair' && nominated && state === 'succeeded',
  );
}
