/** What a protocol gives to the screen, beside what its summaries say in the nouns of all protocols. */
import type { MessageSummary, ReplicaSummary } from '#protocols/core/protocol.ts';
import type { Component } from 'svelte';
import type { Lexicon } from './lexicon.ts';
import type { Narrate, Tell } from './narration.ts';
import type { MessageMark, SeatView } from './types.ts';

export interface ProtocolScreen {
  readonly words: Lexicon;
  /** Notes were held to the protocol's schema when they were decoded. */
  readonly narrate: Narrate<unknown>;
  /** For a new epoch. */
  readonly createTell: () => Tell;
  /** The timers that an arc round the node shows. */
  readonly arcTimers: readonly string[];
  readonly mark: (message: MessageSummary) => MessageMark;
  /** Up to which command the replica has executed, where its summary says so. */
  readonly commandsExecuted: (summary: ReplicaSummary) => number;
  /** How far the replica is with what it works on: `P 2 of 3`; empty where there is nothing to say. */
  readonly progress: (summary: ReplicaSummary) => Progress | null;
  /** A picture of what its replicas work on, over the table of their logs. */
  readonly closeUp: Component<CloseUpProps> | null;
}

export interface Progress {
  /** Under a node: `P 2 of 3`. */
  readonly brief: string;
  /** `slot 5: prepares 2 of 3, one more`. */
  readonly text: string;
}

export interface CloseUpProps {
  readonly seats: readonly SeatView[];
  /** The names of the epoch's switches that are on. */
  readonly switches: readonly string[];
}
