/** What only the screen knows of each protocol: one line each. */
import type { PbftNote } from '#protocols/pbft/notes.ts';
import type { RaftNote } from '#protocols/raft/notes.ts';
import type { ProtocolName } from '#protocols/registry.ts';
import { pbftLexicon } from './pbft/lexicon.ts';
import { markMessage } from './pbft/letters.ts';
import SlotMatrix from './pbft/SlotMatrix.svelte';
import { progressOf } from './pbft/slots.ts';
import { createTell } from './pbft/tell.ts';
import { narratePbft } from './pbft/words.ts';
import type { ProtocolScreen } from './protocol-screen.ts';
import { raftLexicon } from './raft/lexicon.ts';
import { narrateRaft } from './raft/words.ts';

export const screens: Readonly<Record<ProtocolName, ProtocolScreen>> = {
  raft: {
    words: raftLexicon,
    narrate: (note, scene) => narrateRaft(note as RaftNote, scene),
    // Its notes say everything.
    createTell: () => () => [],
    arcTimers: ['election'],
    mark: ({ term }) => ({ letters: '', era: term }),
    commandsExecuted: ({ commitIndex }) => commitIndex,
    progress: () => null,
    closeUp: null,
  },
  pbft: {
    words: pbftLexicon,
    narrate: (note, scene) => narratePbft(note as PbftNote, scene),
    createTell,
    arcTimers: ['request', 'new view'],
    mark: markMessage,
    // A slot holds several commands or none: only what was seen to be executed is counted.
    commandsExecuted: () => 0,
    progress: progressOf,
    closeUp: SlotMatrix,
  },
};
