/** What only the screen knows of each protocol: one line each. */
import type { PbftNote } from '#protocols/pbft/notes.ts';
import type { RaftNote } from '#protocols/raft/notes.ts';
import type { ProtocolName } from '#protocols/registry.ts';
import type { Narrate } from './narration.ts';
import { narratePbft } from './pbft/words.ts';
import { narrateRaft } from './raft/words.ts';

/** Notes were held to the protocol's schema when they were decoded. */
export const narrators: Readonly<Record<ProtocolName, Narrate<unknown>>> = {
  raft: (note, scene) => narrateRaft(note as RaftNote, scene),
  pbft: (note, scene) => narratePbft(note as PbftNote, scene),
};

/** The timer that an arc round the node shows. */
export const arcTimers: Readonly<Record<ProtocolName, string>> = {
  raft: 'election',
  pbft: 'request',
};
