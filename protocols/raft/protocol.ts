/** Raft as the registry knows it. */
import * as v from 'valibot';
import { clientQuerySchema, clientRequestSchema } from '../core/client.ts';
import { limits } from '../core/limits.ts';
import type { Protocol } from '../core/protocol.ts';
import { majority } from '../core/quorum.ts';
import { raftReads } from './client-messages.ts';
import { codec } from './codec.ts';
import { counts } from './counting.ts';
import { messageSchema, type RaftMessage } from './messages.ts';
import { noteSchema, type RaftNote } from './notes.ts';
import { createReplica } from './replica.ts';
import type { RaftState } from './state.ts';
import { summarize, summarizeMessage } from './summary.ts';

export const raft: Protocol<RaftMessage, RaftState, RaftNote> = {
  name: 'raft',
  title: 'Raft',
  version: 2,
  message: messageSchema,
  codec,
  counts,
  clientMessage: v.union([clientRequestSchema, clientQuerySchema(raftReads)]),
  note: noteSchema,
  // Its links prove who speaks; nobody is held to what they said.
  signed: false,
  accountability: null,
  votersMin: 1,
  votersMax: limits.votersMax,
  quorum: majority,
  // Replicas crash but do not lie: one answer is the answer.
  switches: [],
  repliesNeeded: () => 1,
  reads: () => raftReads,
  operations: ['transferLeadership', 'changeMembership'],
  create: (context) => createReplica(context),
  summarize,
  summarizeMessage,
};
