/**
 * Cuts a failing script down: delta debugging (Zeller and Hildebrandt 2002) on its steps, then a plainer world, then
 * less time. Whatever still fails in the same way is kept.
 */
import type { Script, Step, World } from '#protocols/core/schedule.ts';
import { runScript, type Outcome, type RunOptions } from './run.ts';

export interface Shrunk {
  readonly script: Script;
  readonly outcome: Outcome;
  /** Scripts that were tried. */
  readonly runs: number;
}

export interface ShrinkOptions {
  readonly runsMax: number;
  /** Asked before each try: it may be time to stop. */
  readonly mayGoOn?: () => boolean;
}

/** Plainer worlds, one change each, the boldest first. */
const plainer: readonly ((world: World) => World)[] = [
  (world) => ({ ...world, clientRepeatPerMille: 0 }),
  (world) => ({ ...world, snapshots: { every: 0, kept: 0 } }),
  (world) => ({ ...world, network: { ...world.network, repeatPerMille: 0 } }),
  (world) => ({ ...world, network: { ...world.network, lossPerMille: 0 } }),
  (world) => ({ ...world, network: { ...world.network, pathCapacity: 0 } }),
  (world) => ({ ...world, network: { ...world.network, delayMin: 1, delayMean: 0 } }),
  (world) => ({ ...world, network: { ...world.network, delayMean: 0 } }),
  (world) => ({ ...world, disk: { ...world.disk, delayMin: 1, delayMean: 0 } }),
  (world) => ({ ...world, clients: 1 }),
];

/** @param script one whose run violates something */
export function shrink(options: RunOptions, script: Script, limits: ShrinkOptions): Shrunk {
  const search = new Search(options, script, limits);
  search.dropSteps();
  for (const change of plainer) search.tryWorld(change);
  search.dropSteps();
  return search.result();
}

class Search {
  readonly #options: RunOptions;
  readonly #limits: ShrinkOptions;
  readonly #id: string;
  #script: Script;
  #outcome: Outcome;
  #runs = 1;

  constructor(options: RunOptions, script: Script, limits: ShrinkOptions) {
    this.#options = options;
    this.#limits = limits;
    this.#outcome = runScript(options, script);
    if (!this.#outcome.violation) throw new Error('only a script that fails can be cut down');
    this.#id = this.#outcome.violation.id;
    this.#script = untilViolation(script, this.#outcome);
  }

  result(): Shrunk {
    return { script: this.#script, outcome: this.#outcome, runs: this.#runs };
  }

  /** Without ever smaller parts of the steps, from halves down to single ones. */
  dropSteps(): void {
    let size = Math.ceil(this.#script.steps.length / 2);
    while (size > 0) {
      let dropped = false;
      for (let from = 0; from < this.#script.steps.length;) {
        const { steps } = this.#script;
        const healAt = steps.find(({ type }) => type === 'heal')?.at ?? Infinity;
        // Without who is shut out, who is healed and what is asked then, coming to rest is more than anyone promised.
        const mustStay = ({ at }: Step): boolean => at >= healAt;
        const dropping = steps.slice(from, from + size);
        const kept = [
          ...steps.slice(0, from),
          ...dropping.filter(mustStay),
          ...steps.slice(from + size),
        ];
        if (kept.length < steps.length && this.#try({ ...this.#script, steps: kept })) {
          dropped = true;
        } else from += size;
        if (!this.#hasTime()) return;
      }
      if (size === 1 && !dropped) return;
      size = size > 1 ? Math.ceil(size / 2) : 1;
    }
  }

  tryWorld(change: (world: World) => World): void {
    const world = change(this.#script.world);
    if (JSON.stringify(world) === JSON.stringify(this.#script.world)) return;
    this.#try({ ...this.#script, world });
  }

  #try(script: Script): boolean {
    if (!this.#hasTime()) return false;
    this.#runs++;
    const outcome = runScript(this.#options, script);
    if (outcome.violation?.id !== this.#id) return false;
    this.#script = untilViolation(script, outcome);
    this.#outcome = outcome;
    return true;
  }

  #hasTime(): boolean {
    return this.#runs < this.#limits.runsMax && (this.#limits.mayGoOn?.() ?? true);
  }
}

/** What comes after the violation does not matter. */
function untilViolation(script: Script, { ticks, steps }: Outcome): Script {
  return { ...script, steps: [...steps], until: ticks };
}
