/** Raft as those who test it know it. */
import type { Laboratory, Milestone } from '../core/laboratory.ts';
import { crashesTolerated } from '../core/quorum.ts';
import { bugs } from './bugs.ts';
import { raftBehaviours } from './byzantine.ts';
import { compacting } from './compacting.ts';
import { ClusterInvariants } from './invariants.ts';
import type { RaftMessage } from './messages.ts';
import type { RaftNote } from './notes.ts';
import { raft } from './protocol.ts';
import { createReplica } from './replica.ts';
import * as rules from './rules.ts';
import type { RaftState } from './state.ts';

/** By type; a pre-vote goes by a name of its own. */
const types: Record<RaftMessage['type'], true> = {
  RequestVote: true,
  RequestVoteResponse: true,
  AppendEntries: true,
  AppendEntriesResponse: true,
  InstallSnapshot: true,
  InstallSnapshotResponse: true,
  TimeoutNow: true,
  ReadIndex: true,
  ReadIndexResponse: true,
  ForwardRequests: true,
  ForwardReplies: true,
};

export const raftLaboratory: Laboratory<RaftMessage, RaftState, RaftNote> = {
  protocol: raft,
  create: (context, snapshots) => createReplica(context, compacting(rules, snapshots)),
  messageNames: [...Object.keys(types), 'PreVote', 'PreVoteResponse'],
  bugs,
  behaviours: raftBehaviours,
  plots: [],
  liarsTolerated: () => 0,
  operations: raft.operations,
  faultsTolerated: crashesTolerated,
  convergence: 'all',
  createChecker: (diskOf) => new ClusterInvariants(diskOf),
  milestoneOf,
};

function milestoneOf(note: RaftNote): Milestone | null {
  switch (note.note) {
    case 'becameLeader':
      return { type: 'leader' };
    case 'compacted':
      return { type: 'snapshotTaken' };
    case 'snapshotRestored':
      return note.from === null ? null : { type: 'snapshotInstalled' };
    case 'membershipChanged':
      return { type: 'membership', index: note.index };
    default:
      return null;
  }
}
