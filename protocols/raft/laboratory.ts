/** Raft as those who test it know it. */
import type { Laboratory } from '../core/laboratory.ts';
import { bugs } from './bugs.ts';
import { ClusterInvariants } from './invariants.ts';
import type { RaftMessage } from './messages.ts';
import type { RaftNote } from './notes.ts';
import { raft } from './protocol.ts';
import type { RaftState } from './state.ts';

const names: Record<RaftMessage['type'], true> = {
  RequestVote: true,
  RequestVoteResponse: true,
  AppendEntries: true,
  AppendEntriesResponse: true,
  ForwardRequests: true,
  ForwardReplies: true,
};

export const raftLaboratory: Laboratory<RaftMessage, RaftState, RaftNote> = {
  protocol: raft,
  messageNames: Object.keys(names),
  bugs,
  createChecker: (diskOf) => new ClusterInvariants(diskOf),
  tellsOfElection: ({ note }) => note === 'becameLeader',
};
