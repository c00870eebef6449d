/** PBFT as the registry knows it. */
import { signedRequestSchema } from '../core/client.ts';
import { limits } from '../core/limits.ts';
import type { Protocol } from '../core/protocol.ts';
import { byzantineQuorum, faultsTolerated } from '../core/quorum.ts';
import { pbftAccountability } from './evidence.ts';
import { messageSchema, type PbftMessage } from './messages.ts';
import { noteSchema, type PbftNote } from './notes.ts';
import { createReplica } from './replica.ts';
import type { PbftState } from './state.ts';
import { useOf } from './use-of.ts';
import { summarize, summarizeMessage } from './summary.ts';

export const pbft: Protocol<PbftMessage, PbftState, PbftNote> = {
  name: 'pbft',
  title: 'PBFT',
  version: 2,
  message: messageSchema,
  clientMessage: signedRequestSchema,
  note: noteSchema,
  signed: true,
  accountability: pbftAccountability,
  // Fewer would tolerate no liar at all.
  votersMin: 4,
  votersMax: limits.votersMax,
  quorum: byzantineQuorum,
  // One of f + 1 is honest (P1).
  repliesNeeded: (n) => faultsTolerated(n) + 1,
  reads: [],
  operations: [],
  create: (context) => createReplica(context),
  useOf,
  summarize,
  summarizeMessage,
};
