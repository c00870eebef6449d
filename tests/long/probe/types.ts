/**
 * What the probe in a page gathers, and what a check may ask of it. The probe only looks: at the session's news, at
 * the disk, and at what the replica's worker hands to the page to be sent. It never stands between any of them.
 */
import type { App } from '#lib/view/app.svelte.ts';
import type { MachineState } from '#lib/tab/replica-machine.ts';

/** One entry of a log as the disk holds it. `client` is `null` for a no-op. */
export interface Row {
  readonly term: number;
  readonly client: string | null;
  readonly seq: number;
  readonly key: string;
  readonly value: string;
}

/** A vote: in a term, for a candidate. */
export type Vote = readonly [term: number, candidate: string];

/** An answered write. */
export interface Ack {
  readonly key: string;
  readonly value: string;
  readonly index: number;
}

/** Everything one tab knows of itself: of all lives of its replica, and of its client. */
export interface Evidence {
  readonly replica: string;
  readonly submitted: number;
  readonly acks: readonly Ack[];
  /** Writes that executed and were refused, by their error. */
  readonly refusals: readonly string[];
  /** What was applied at an index, by the traces of all lives: `null` for a no-op. */
  readonly applied: readonly (readonly [index: number, value: string | null])[];
  /** The term of the entry at the commit index, by the summaries in the traces. It names a whole prefix. */
  readonly positions: readonly (readonly [index: number, term: number])[];
  /** Where two lives, or two moments of one, contradict each other. */
  readonly contradictions: readonly string[];
  /** Terms that this replica led, by its traces and by what it sent as a leader. */
  readonly led: readonly number[];
  /** Votes that left its worker: granted to others, and for itself when it stood for election. */
  readonly votesSent: readonly Vote[];
  /** Votes on its disk, in the order they were written. */
  readonly votesKept: readonly Vote[];
  /** How often the disk was held to what had been acknowledged by then, and what was missing. */
  readonly promises: { readonly looked: number; readonly broken: readonly string[] };
  /** Its log on the disk, from index 1. */
  readonly log: readonly Row[];
  readonly commitIndex: number;
  /** What its screen was shown of the store last, and how many entries there are in all. */
  readonly store: readonly (readonly [key: string, value: string])[];
  readonly storeTotal: number;
  /** Events of its traces, seen and missing. */
  readonly events: { readonly seen: number; readonly missing: number };
  /** Sentences about what must not happen: a halt, a broken assumption, a frame refused at the door. */
  readonly complaints: readonly string[];
}

/** How the tab is now. `role` and what follows are `null` or 0 until the present life has been heard of. */
export interface Status {
  readonly id: string;
  readonly condition: MachineState['condition'];
  readonly role: 'follower' | 'candidate' | 'leader' | 'stopped' | null;
  readonly term: number;
  readonly leader: string | null;
  readonly commitIndex: number;
  readonly lastIndex: number;
  readonly submitted: number;
  readonly answered: number;
}

/** When another replica was first seen to lead a term, by the wall clock. */
export interface Sighting {
  readonly term: number;
  readonly leader: string;
  readonly seenAt: number;
  /** When it began to lead, by its own trace; `null` if that step was not in the batch. */
  readonly ledAt: number | null;
}

export interface WriterOptions {
  /** Starts every key and value of this tab, so that they are unique in the room. */
  readonly tag: string;
  readonly inFlight: number;
  /** Mean pause in ms between an answer and the next write in its place, drawn from [0, 2 mean]. */
  readonly thinkMs: number;
  /** Keys written in turn: the store has a ceiling. */
  readonly keys: number;
}

export interface Probe {
  /** Begins to look at the room that this tab is in. */
  attach(): void;
  status(): Status;
  /** The instant, and what the machine was doing before. */
  crash(): { readonly at: number; readonly before: MachineState['condition'] };
  /** Reads what was added to the disk since the last call. */
  readJournal(): Promise<void>;
  write(options: WriterOptions): void;
  stopWriting(): void;
  /**
   * The first sighting, from now or before, of another's leading a term above `term`; `null` after `ms`, and when
   * it is this tab's replica that leads.
   */
  leaderAbove(term: number, ms: number): Promise<Sighting | null>;
  /** Every first sighting of a leader, by ascending term. */
  sightings(): readonly Sighting[];
  /** Reads the disk last, to its end. */
  evidence(): Promise<Evidence>;
  /** Wall-clock times at which heartbeats or entries came, with the term; kept once this was called. */
  heartbeats(): readonly (readonly [at: number, term: number])[];
}

/** The newest entry that a follower has told a leader to be on its disk: of its last such term, the highest. */
export interface Promised {
  readonly term: number;
  readonly index: number;
}

/** What the parts of the probe share. Each adds what it gathers. */
export interface Gathered {
  self: string;
  readonly contradictions: string[];
  readonly led: Set<number>;
  readonly votesSent: Map<string, Vote>;
  promised: Promised;
  readonly complaints: string[];
}

/** The page's global object, as the probe knows it. */
export interface ProbedPage {
  readonly synod: App;
  Worker: typeof Worker;
  readonly gathered: Gathered;
  readonly journal: {
    read(): Promise<void>;
    readonly log: readonly Row[];
    readonly votesKept: readonly Vote[];
    readonly promises: Evidence['promises'];
  };
  readonly watch: {
    attach(): void;
    readonly fold: Pick<
      Evidence,
      'applied' | 'positions' | 'commitIndex' | 'store' | 'storeTotal' | 'events'
    >;
    status(): Omit<Status, 'submitted' | 'answered'>;
    leaderAbove: Probe['leaderAbove'];
    sightings: Probe['sightings'];
    heartbeats: Probe['heartbeats'];
  };
  readonly writer: {
    attach(): void;
    start(options: WriterOptions): void;
    stop(): void;
    readonly submitted: number;
    readonly acks: readonly Ack[];
    readonly refusals: readonly string[];
  };
  readonly probe: Probe;
}
