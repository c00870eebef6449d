/** The bug lab: a planted bug, simulated until a checker sees it. */
import type { Violation } from '#protocols/core/checker.ts';
import type { Bug } from '#protocols/core/laboratory.ts';
import type { AnyLaboratory } from '#protocols/laboratory.ts';
import { runScript, runSeed, type Outcome } from './run.ts';

export interface Hunt {
  readonly bug: string;
  readonly title: string;
  readonly seenIn: string;
  /** What the checkers saw; `null`: it survived. */
  readonly killedBy: Violation | null;
  /** `seed 3, 5 nodes`, or the title of the schedule that led to it. */
  readonly by: string;
  readonly seeds: number;
  readonly events: number;
  readonly seconds: number;
}

export interface HuntOptions {
  readonly laboratory: AnyLaboratory;
  readonly bug: Bug<unknown, unknown, unknown>;
  readonly secondsMax: number;
  readonly seedsMax: number;
  /** Seconds that the hunter has spent since some beginning. */
  readonly clock: () => number;
}

/** Small clusters first and most often: a quorum is quickly met there, and quickly missed. */
const sizes = [3, 5, 3, 4, 5, 7] as const;
const eventsPerSeed = 10_000;
/** Chance gets this part of the time before the schedules that lead straight to the bug. */
const chancePart = 0.25;

export function hunt(options: HuntOptions): Hunt {
  const { laboratory, bug, secondsMax, seedsMax, clock } = options;
  const begun = clock();
  let events = 0;
  let seeds = 0;
  const told = (killedBy: Violation | null, by: string): Hunt => {
    const { name, title, seenIn } = bug;
    const seconds = clock() - begun;
    return { bug: name, title, seenIn, killedBy, by, seeds, events, seconds };
  };
  const timeForChance = bug.scripts.length > 0 ? secondsMax * chancePart : secondsMax;
  while (seeds < seedsMax && clock() - begun < timeForChance) {
    const seed = ++seeds;
    const nodes = sizes[seed % sizes.length] as number;
    // Some mistakes only a liar exploits, others it hides: every other round of sizes has some, where the protocol stands them.
    const liars = Math.floor(seed / sizes.length) % 2 === 0 ? 0 : 'tolerated';
    const outcome = runSeed(
      { laboratory, bug },
      {
        seed,
        nodes,
        mode: bug.breaks,
        eventsMax: eventsPerSeed,
        liars,
        switches: bug.switches ?? [],
      },
    );
    events += outcome.events;
    if (outcome.violation) return told(outcome.violation, `seed ${seed}, ${nodes} nodes`);
  }
  for (const script of bug.scripts) {
    const outcome: Outcome = runScript({ laboratory, bug }, script);
    events += outcome.events;
    if (outcome.violation) return told(outcome.violation, script.title);
  }
  return told(null, '');
}
