/** PBFT as those who test it know it. */
import type { Laboratory, Milestone } from '../core/laboratory.ts';
import { faultsTolerated } from '../core/quorum.ts';
import { bugs } from './bugs.ts';
import { pbftBehaviours, pbftPlots } from './byzantine.ts';
import { ClusterInvariants } from './invariants.ts';
import type { PbftMessage } from './messages.ts';
import type { PbftNote } from './notes.ts';
import { pbft } from './protocol.ts';
import { createReplica } from './replica.ts';
import * as rules from './rules.ts';
import { checkpointing } from './setting.ts';
import type { PbftState } from './state.ts';

const types: Record<PbftMessage['type'], true> = {
  'PRE-PREPARE': true,
  PREPARE: true,
  COMMIT: true,
  CHECKPOINT: true,
  'VIEW-CHANGE': true,
  'NEW-VIEW': true,
  REQUEST: true,
  DECIDED: true,
  STABLE: true,
  BATCH: true,
  STATUS: true,
  'FETCH-BATCH': true,
  FETCH: true,
  STATE: true,
  DATA: true,
};

export const pbftLaboratory: Laboratory<PbftMessage, PbftState, PbftNote> = {
  protocol: pbft,
  create: (context, snapshots) => createReplica(context, rules, checkpointing(snapshots)),
  messageNames: Object.keys(types),
  bugs,
  behaviours: pbftBehaviours,
  plots: pbftPlots,
  liarsTolerated: faultsTolerated,
  operations: pbft.operations,
  faultsTolerated,
  convergence: 'quorum',
  createChecker: (diskOf) => new ClusterInvariants(diskOf),
  milestoneOf,
};

function milestoneOf(note: PbftNote): Milestone | null {
  switch (note.note) {
    case 'viewEntered':
      return note.leads ? { type: 'leader' } : null;
    case 'checkpointStable':
      return { type: 'snapshotTaken' };
    case 'stateInstalled':
      return note.from === null ? null : { type: 'snapshotInstalled' };
    default:
      return null;
  }
}
