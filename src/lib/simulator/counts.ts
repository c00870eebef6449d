/** How often each fault really happened: a run that asked for one and never had it proves nothing. */
export const faultTitles = {
  F1: 'packets delayed',
  F2: 'packets lost',
  F3: 'packets repeated',
  F4: 'packets overtaken',
  F5: 'links clogged',
  F6: 'packets beyond the capacity of their path',
  F7: 'partitions',
  F8: 'one-way cuts',
  F9: 'messages filtered by name',
  F10: 'packets held by a clog',
  F11: 'crashes',
  F12: 'pauses',
  F13: 'slow spells',
  F14: 'clock leaps and drifts',
  F15: 'writes lost or torn in a crash',
  F17: 'disks lost for good',
  F19: 'operations by persons',
  F21: 'client repeats and vanished clients',
  turned: 'machines told to lie',
  refused: 'messages refused at the door',
  cut: 'packets stopped by a cut',
  lies: 'acknowledged writes lost by a lying disk',
} as const;

export type FaultId = keyof typeof faultTitles;
export type FaultCounts = Record<FaultId, number>;

export function noFaults(): FaultCounts {
  return Object.fromEntries(Object.keys(faultTitles).map((id) => [id, 0])) as FaultCounts;
}

export function addFaults(sum: FaultCounts, more: FaultCounts): void {
  for (const id of Object.keys(faultTitles) as FaultId[]) sum[id] += more[id];
}
