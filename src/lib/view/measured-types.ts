/** What a room measures of itself, as the screens are given it. */

/** Messages of one kind between replicas. */
export interface CountedView {
  readonly title: string;
  readonly count: number;
}

/** What a decision took in messages lately, beside what theory says. */
export interface CountsView {
  /** Members of the cluster. */
  readonly n: number;
  /** Entries of the log that this is measured over; what follows are their messages. */
  readonly decisions: number;
  readonly all: number;
  /** Entries that shared a round of messages, on average; 0 before the first. */
  readonly perRound: number;
  /** In the order they travel. */
  readonly kinds: readonly CountedView[];
  /** For one entry, by the same kinds. The most costly first. */
  readonly theory: readonly {
    readonly title: string;
    readonly text: string;
    readonly perKind: readonly number[];
    readonly all: number;
  }[];
  /** What one decision takes in theory by other protocols with as many members. */
  readonly elsewhere: readonly {
    readonly title: string;
    readonly text: string;
    readonly all: number;
  }[];
  /** What belongs to no entry, since the epoch began. */
  readonly apart: readonly CountedView[];
}

/** One operation of those that no order explains. Times in ms from the first of them. */
export interface WitnessView {
  readonly id: number;
  readonly who: string;
  readonly from: number;
  /** `null` while it has no answer. */
  readonly to: number | null;
  readonly command: string;
  readonly answer: string;
  readonly isUnexplained: boolean;
}

/** Whether one order explains what the clients of the room saw, as far as it was asked. */
export type InquiryView =
  | { readonly state: 'idle' }
  /** `share` of the work is done, in [0, 1]. */
  | { readonly state: 'working'; readonly text: string; readonly share: number }
  | {
      readonly state: 'done';
      readonly verdict: 'ok' | 'violation' | 'unknown';
      readonly title: string;
      /** What the verdict is about and what it rests on, sentence by sentence. */
      readonly notes: readonly string[];
      /** The least that shows a violation. */
      readonly witness: readonly WitnessView[];
    };
