/** What only the screen knows of each protocol: one line each. */
import type { HotStuffNote } from '#protocols/hotstuff/notes.ts';
import type { PbftNote } from '#protocols/pbft/notes.ts';
import type { RaftNote } from '#protocols/raft/notes.ts';
import type { ProtocolName } from '#protocols/registry.ts';
import BasicTree from './hotstuff/BasicTree.svelte';
import ChainedTree from './hotstuff/ChainedTree.svelte';
import JolteonTree from './hotstuff/JolteonTree.svelte';
import { chainLexicon, phaseLexicon } from './hotstuff/lexicon.ts';
import { markMessage as markHotStuffMessage } from './hotstuff/letters.ts';
import { votesCollected } from './hotstuff/progress.ts';
import { createTell as createHotStuffTell } from './hotstuff/tell.ts';
import { narrateHotStuff } from './hotstuff/words.ts';
import type { Lexicon } from './lexicon.ts';
import { pbftLexicon } from './pbft/lexicon.ts';
import { markMessage } from './pbft/letters.ts';
import SlotMatrix from './pbft/SlotMatrix.svelte';
import { progressOf } from './pbft/slots.ts';
import { createTell } from './pbft/tell.ts';
import { narratePbft } from './pbft/words.ts';
import type { ProtocolScreen } from './protocol-screen.ts';
import { raftLexicon } from './raft/lexicon.ts';
import { narrateRaft } from './raft/words.ts';

function hotStuffScreen(words: Lexicon, closeUp: ProtocolScreen['closeUp']): ProtocolScreen {
  return {
    words,
    narrate: (note, scene) => narrateHotStuff(note as HotStuffNote, scene),
    createTell: createHotStuffTell,
    arcTimers: ['view'],
    mark: markHotStuffMessage,
    // As in PBFT, heights are not commands.
    commandsExecuted: () => 0,
    progress: votesCollected,
    closeUp,
  };
}

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
  hotstuff: hotStuffScreen(chainLexicon, ChainedTree),
  jolteon: hotStuffScreen(chainLexicon, JolteonTree),
  basichotstuff: hotStuffScreen(phaseLexicon, BasicTree),
};
