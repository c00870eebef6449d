/**
 * Gathers the trace of one replica into batches for the screens. A batch fits one frame, the next waits until the page
 * took the one before, and so long as the screens need to read it. A replica with more routine between two batches
 * than an eye could follow shows the newest part of it, and screens count what they miss: telling every step of a busy
 * replica took as much work as the replica itself. What a replica notes (an election, a refusal) is routine to nobody
 * and waits for nothing, unless its protocol notes such a thing with every decision.
 */
import type { Protocol, ReplicaSummary } from '#protocols/core/protocol.ts';
import { Tally } from '../host/tally.ts';
import { show } from '../host/trace-wire.ts';
import type { TraceEvent } from '../host/trace.ts';
import { packText } from '../host/packing.ts';

/** One data-channel frame less its headers, should the text not become smaller by packing. */
const batchCharactersMax = 14_000;
/** Text that a screen is given to read, of each replica. To parse and check a full batch takes a slow phone 10 ms. */
const charactersPerMs = 40;
/** A replica without news says this often, in ms, that it lives. */
const aliveMs = 1_000;
/** Events that are no routine, kept for the next batch: about what one batch can hold. */
const notableMax = 128;
/** Events of the routine shown in one batch. A room at rest has fewer: 100 a second for five replicas in `fast`. */
export const routineMax = 16;

export class TracePublisher<M, S, N> {
  readonly #protocol: Protocol<M, S, N>;
  readonly #cluster: string;
  readonly #incarnation: number;
  readonly #tally: Tally<M>;
  #notable: TraceEvent<M, N>[] = [];
  #routine: TraceEvent<M, N>[] = [];
  /** Of the last batch. */
  #characters = 0;

  constructor(protocol: Protocol<M, S, N>, cluster: string, incarnation: number) {
    this.#protocol = protocol;
    this.#cluster = cluster;
    this.#incarnation = incarnation;
    this.#tally = new Tally(protocol.counts);
  }

  /** How long after the batch before, in ms, the next is due. */
  get dueAfterMs(): number {
    if (this.#notable.length > 0) return 0;
    return this.#routine.length > 0 ? this.#characters / charactersPerMs : aliveMs;
  }

  add(event: TraceEvent<M, N>): void {
    this.#tally.add(event);
    const routine = this.#isRoutine(event);
    const events = routine ? this.#routine : this.#notable;
    events.push(event);
    if (events.length > (routine ? routineMax : notableMax)) events.shift();
  }

  /** The bytes of one batch: what is pending, as far as it fits, and the replica's present. */
  take(summary: ReplicaSummary): Uint8Array {
    const head = JSON.stringify({
      type: 'steps',
      cluster: this.#cluster,
      incarnation: this.#incarnation,
      summary,
      sent: this.#tally.totals,
    });
    let room = batchCharactersMax - head.length;
    const shown: { readonly number: number; readonly text: string }[] = [];
    /** Takes of `events`, in the order given, what fits; returns the rest. */
    const fit = (events: readonly TraceEvent<M, N>[]): TraceEvent<M, N>[] => {
      for (const [i, event] of events.entries()) {
        const text = JSON.stringify(show(this.#protocol, event));
        if (text.length > room) return events.slice(i);
        room -= text.length + 1;
        shown.push({ number: event.number, text });
      }
      return [];
    };
    this.#notable = fit(this.#notable);
    // One that fits no batch would hold up all behind it.
    if (this.#notable.length > 0 && shown.length === 0) this.#notable.shift();
    fit(this.#routine.reverse());
    this.#routine = [];
    shown.sort((a, b) => a.number - b.number);
    const events = shown.map(({ text }) => text).join(',');
    const batch = `${head.slice(0, -1)},"events":[${events}]}`;
    this.#characters = batch.length;
    return packText(batch);
  }

  #isRoutine({ cause, effects }: TraceEvent<M, N>): boolean {
    if (cause.type === 'start' || cause.type === 'wake') return false;
    const { isRoutine = () => false } = this.#protocol;
    return effects.every((effect) => effect.type !== 'note' || isRoutine(effect.note));
  }
}
