/** PBFT as the registry knows it. */
import * as v from 'valibot';
import { clientQuerySchema, signedRequestSchema } from '../core/client.ts';
import { limits } from '../core/limits.ts';
import type { Protocol } from '../core/protocol.ts';
import { byzantineQuorum } from '../core/quorum.ts';
import { counts } from './counting.ts';
import { pbftAccountability } from './evidence.ts';
import { executedAbove } from './history.ts';
import { messageSchema, type PbftMessage } from './messages.ts';
import { noteSchema, type PbftNote } from './notes.ts';
import { createReplica } from './replica.ts';
import type { PbftState } from './state.ts';
import { useOf } from './use-of.ts';
import { summarize, summarizeMessage } from './summary.ts';
import { reads, repliesNeeded, switches } from './switches.ts';

export const pbft: Protocol<PbftMessage, PbftState, PbftNote> = {
  name: 'pbft',
  title: 'PBFT',
  version: 3,
  message: messageSchema,
  counts,
  clientMessage: v.union([signedRequestSchema, clientQuerySchema(['quorum'])]),
  note: noteSchema,
  signed: true,
  accountability: pbftAccountability,
  // Fewer would tolerate no liar at all.
  votersMin: 4,
  votersMax: limits.votersMax,
  quorum: byzantineQuorum,
  switches,
  repliesNeeded,
  reads,
  operations: [],
  create: (context) => createReplica(context),
  useOf,
  summarize,
  executedAbove,
  summarizeMessage,
};
