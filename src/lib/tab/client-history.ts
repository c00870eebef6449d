/**
 * What one client asked and was answered, for who checks it. Times are of the worker's own clock in ms: those of calls
 * are rounded down and those of answers up, so that an operation lies within what is said of it.
 */
import type { Command, Result, Served } from '#protocols/core/client.ts';

/** Operations kept. What is called after so many is not recorded: what came before can still be judged by itself. */
export const operationsMax = 4_096;
/** Characters of commands and answers kept: a few long values are as much as thousands of short ones. */
const charactersMax = 1_048_576;
/** Operations handed out at a time. */
export const pageMax = 256;
/** Wall clock and worker's clock part by more than this, in ms, when a device slept or its clock was set. */
const unevenMs = 250;

export interface RecordedOperation {
  readonly command: Command;
  /** How it was to be answered; of one that was, how it was. */
  readonly served: Served;
  readonly calledAt: number;
  /** `null`, like `result`, while no answer has come. */
  readonly answeredAt: number | null;
  readonly result: Result | null;
}

/** A part of a history, from operation `first` on. */
export interface HistoryPage {
  /** The worker's clock as this was handed out. */
  readonly now: number;
  /** Whether it ran like the wall clock all the time. */
  readonly even: boolean;
  readonly first: number;
  readonly total: number;
  /** What was called after this is not recorded; `null`: everything is. */
  readonly endedAt: number | null;
  readonly operations: readonly RecordedOperation[];
}

export class ClientHistory {
  readonly #operations: RecordedOperation[] = [];
  readonly #now: () => number;
  readonly #wallClock: () => number;
  readonly #apart: number;
  #characters = 0;
  #endedAt: number | null = null;

  constructor(now: () => number, wallClock: () => number) {
    this.#now = now;
    this.#wallClock = wallClock;
    this.#apart = wallClock() - now();
  }

  /** The place of a new operation, for its answer; `null` once no more are kept. */
  called(command: Command, served: Served): number | null {
    const calledAt = Math.floor(this.#now());
    const isFull = this.#operations.length >= operationsMax || this.#characters >= charactersMax;
    if (isFull) this.#endedAt ??= calledAt;
    if (this.#endedAt !== null) return null;
    this.#characters += JSON.stringify(command).length;
    this.#operations.push({ command, served, calledAt, answeredAt: null, result: null });
    return this.#operations.length - 1;
  }

  answered(place: number, served: Served, result: Result): void {
    const operation = this.#operations[place];
    if (!operation) return;
    this.#characters += result.value?.length ?? 0;
    const answeredAt = Math.ceil(this.#now());
    this.#operations[place] = { ...operation, served, answeredAt, result };
  }

  page(first: number): HistoryPage {
    const now = this.#now();
    return {
      now: Math.floor(now),
      even: Math.abs(this.#wallClock() - now - this.#apart) < unevenMs,
      first,
      total: this.#operations.length,
      endedAt: this.#endedAt,
      operations: this.#operations.slice(first, first + pageMax),
    };
  }
}
