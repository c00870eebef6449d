/** What a page reports of its machine and its store, beside the trace of its replica. */
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { FaultyMesh, LinkFaults } from '../mesh/faults.ts';
import type { MachineState } from '../tab/replica-machine.ts';
import type { FromReplica } from '../tab/worker-messages.ts';
import type { EpochRun } from './epoch-run.ts';
import {
  storeReportEntriesMax,
  type DeclaredFaults,
  type MachineReport,
  type StoreReport,
  type TabPace,
} from './messages.ts';

/** How often a tab says what its machine does, news or not, in ms: silence for three of these makes a seat stale. */
export const reportMs = 1_000;

interface Circumstances {
  readonly frozen: boolean;
  readonly mesh: FaultyMesh;
  readonly pace: TabPace | null;
}

export function machineReport(
  run: EpochRun,
  state: MachineState,
  { frozen, mesh, pace }: Circumstances,
): MachineReport {
  return {
    type: 'machine',
    cluster: run.setting.cluster,
    condition: state.condition === 'running' && frozen ? 'frozen' : state.condition,
    incarnation: run.machine?.incarnation ?? 0,
    faults: declaredFaults(run, mesh),
    pace,
  };
}

/** The faults of this tab's links to the members of the cluster. */
export function declaredFaults({ membership }: EpochRun, mesh: FaultyMesh): DeclaredFaults {
  return membership.members.flatMap((peer) => faultReport(peer, mesh.faults(peer)));
}

/** The first entries, for members who hold no copy. Long texts are cut. */
export function storeReport(
  run: EpochRun,
  { entries, total }: Extract<FromReplica, { type: 'store' }>,
): StoreReport {
  const shown = entries.slice(0, storeReportEntriesMax);
  return {
    type: 'store',
    cluster: run.setting.cluster,
    entries: shown.map(([key, value]) => [key, value.slice(0, 256).toWellFormed()]),
    total,
  };
}

/** Per mille on the wire; nothing for a link without faults. */
function faultReport(peer: ReplicaId, faults: LinkFaults): DeclaredFaults {
  const { cutIn, cutOut, delayMs, jitterMs, loss, duplicate, reorder } = faults;
  const cut = cutIn && cutOut ? 'both' : cutIn ? 'in' : cutOut ? 'out' : null;
  if (!cut && delayMs + jitterMs + loss + duplicate + reorder === 0) return [];
  const perMille = (share: number): number => Math.round(share * 1_000);
  return [
    {
      peer,
      cut,
      delayMs: Math.round(delayMs),
      jitterMs: Math.round(jitterMs),
      loss: perMille(loss),
      duplicate: perMille(duplicate),
      reorder: perMille(reorder),
    },
  ];
}
