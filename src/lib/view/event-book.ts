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

  add(text: string, tone: EventLine['tone'], about: readonly ReplicaId[], at = Date.now()): void {
    const line = { id: this.#nextId++, at, about, text, tone };
    this.#lines = [...this.#lines.slice(1 - linesMax), line];
  }
}
