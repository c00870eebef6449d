/** What the sections of the benchmark share. */
import type { Tabs } from './tabs.ts';

/** Figures by name. */
export type Row = Readonly<Record<string, number>>;

export interface Rounds {
  /** How long each measurement runs. */
  readonly ms: number;
  readonly repeat: number;
  /** Called after each round, with its number. */
  readonly done: (round: number) => void;
}

/** What is measured of one protocol. */
export interface Section {
  /** Sizes of the room, unless told. */
  readonly n: readonly number[];
  /** Once the tabs are joined by bare channels. */
  prepare(tabs: Tabs): Promise<void>;
  run(tabs: Tabs, rounds: Rounds): Promise<Row>;
}

/** @param measure everything once, one after the other, so that whatever else the machine does hits all of it alike */
export function sectionOf<R>({
  measure,
  summarize,
  ...section
}: Omit<Section, 'run'> & {
  measure(tabs: Tabs, ms: number): Promise<R>;
  summarize(rounds: readonly R[]): Row;
}): Section {
  return {
    ...section,
    run: async (tabs, { ms, repeat, done }) => {
      const rounds: R[] = [];
      for (let round = 1; round <= repeat; round++) {
        rounds.push(await measure(tabs, ms));
        done(round);
      }
      return summarize(rounds);
    },
  };
}

export const median = (all: readonly number[]): number =>
  [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;
