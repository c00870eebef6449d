/** How a protocol calls what every protocol has: the words of its paper, for parts of the screen that all share. */
import type { ReplicaSummary } from '#protocols/core/protocol.ts';
import type { Timing } from '#protocols/core/timing.ts';

/** What a cluster of `n` seats can bear, worked out and said. */
export interface SizeView {
  readonly figures: readonly {
    /** `n`, `f`, `quorum`: as papers write it. */
    readonly symbol: string;
    readonly value: number;
    readonly meaning: string;
  }[];
  /** What follows from the figures, in a sentence or two. */
  readonly text: string;
}

/** A kind of message with letters on its dot, for the legend. */
export interface LetterMeaning {
  readonly letters: string;
  readonly name: string;
  readonly means: string;
}

export interface Lexicon {
  readonly roles: Readonly<Record<ReplicaSummary['role'], string>>;
  /** What numbers those who lead: `term`, `view`. */
  readonly era: string;
  readonly eras: string;
  /** The number of the first era in which somebody may lead. */
  readonly firstEra: number;
  /** `3`, `v3`: for a node of the ring. */
  readonly eraMark: (era: number) => string;
  /** `Ana leads term 3`. */
  readonly leads: (name: string, era: number) => string;
  /** `Ana still believes to lead term 2`; `null` where every decision may have another leader. */
  readonly stillLeads: ((name: string, era: number) => string) | null;
  readonly nobodyLeads: string;
  /** Of somebody who would lead, or would have the next lead: `2 votes, 3 needed`. */
  readonly votes: (votes: number, quorum: number) => string;
  /** Names of the lines on a replica's sheet; `null` for what the protocol does not have. */
  readonly leaderKnown: string;
  readonly votedFor: string | null;
  readonly votesFor: string;
  /** The ordered commands: `Logs`, `log`, `entry`. */
  readonly logs: string;
  readonly log: string;
  readonly entry: string;
  readonly anEntry: string;
  readonly entries: string;
  /** `committed`: of the entries up to which the replica's state has come. */
  readonly done: string;
  readonly noop: string;
  readonly emptyLog: string;
  /** `entry 5`: where a client's command stands. */
  readonly position: (index: number) => string;
  /** `Committed at 5: put x = 1`. */
  readonly executed: (index: number, command: string) => string;
  /** `12 entries are committed, up to 17`. */
  readonly executedMany: (count: number, upTo: number) => string;
  /** What changes of office are called where events are chosen, and before such an event. */
  readonly changes: string;
  readonly change: string;
  /** What a replica brings back from its disk. */
  readonly onDisk: string;
  /** What happens once its leader is gone, within so many ms. */
  readonly withoutLeader: (withinMs: number) => string;
  /** The waiting times of a pace. */
  readonly pace: (timing: Timing) => string;
  readonly size: (n: number) => SizeView;
  /** How many more of `n` voters may be away while `alive` are not, never below 0. */
  readonly spare: (alive: number, n: number) => number;
  /** What may happen to so many: `fail`. */
  readonly may: string;
  /** Of the legend. */
  readonly letters: readonly LetterMeaning[];
  readonly legend: Readonly<Record<'leader' | 'candidate' | 'follower', string>>;
}
