/** The plain-words list of what happened, newest last, bounded. */
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { EventLine } from './types.ts';

/** Lines kept: an afternoon's talk, and little enough to draw. */
const linesMax = 400;

export class EventBook {
  #lines: EventLine[] = [];
  #nextId = 1;

  get lines(): readonly EventLine[] {
    return this.#lines;
  }

  /** The id of the new line. */
  add(text: string, tone: EventLine['tone'], about: readonly ReplicaId[], at = Date.now()): number {
    const line = { id: this.#nextId++, at, about, text, tone };
    this.#lines = [...this.#lines.slice(1 - linesMax), line];
    return line.id;
  }

  /** Says more in the newest line; `false` when `id` is not the newest any more. */
  retell(id: number, text: string): boolean {
    const newest = this.#lines.at(-1);
    if (newest?.id !== id) return false;
    this.#lines = [...this.#lines.slice(0, -1), { ...newest, text }];
    return true;
  }
}
