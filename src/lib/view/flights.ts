/** Messages under way, for the picture: taken from the traces of those who sent them. */
import type { MemberId, ReplicaId } from '#protocols/core/ids.ts';
import type { TraceBatch } from '../host/trace-wire.ts';
import type { ProtocolScreen } from './protocol-screen.ts';
import type { FlightView } from './types.ts';

/** Dots at once: more say less, and cost a phone its frame rate. */
const flightsMax = 40;
/** Without a real flight time to watch, what carries nothing (heartbeats, their answers) is shown for a while in each period, in ms. */
const lightShownMs = 250;
const lightPeriodMs = 1_000;
/** Dots of one batch: of a busy replica some of its messages are shown. */
const flightsPerBatchMax = 12;
/** A dot that real links carry in under a millisecond is still seen for this long, in ms. */
const visibleMs = 320;

export class Flights {
  #flights: FlightView[] = [];
  #nextId = 1;

  /** Those still under way at `now`. */
  at(now: number): readonly FlightView[] {
    this.#flights = this.#flights.filter(
      ({ startedAt, durationMs }) => now < startedAt + durationMs + 50,
    );
    return this.#flights;
  }

  take(
    from: ReplicaId,
    batch: TraceBatch<unknown>,
    options: {
      readonly now: number;
      readonly flightMs: number;
      readonly lost: (to: MemberId) => boolean;
      readonly mark: ProtocolScreen['mark'];
    },
  ): void {
    const { now, flightMs, lost, mark } = options;
    let room = flightsPerBatchMax;
    const newest = batch.events.at(-1)?.at ?? 0;
    const durationMs = Math.max(flightMs, visibleMs);
    const showLight = flightMs > 0 || now % lightPeriodMs < lightShownMs;
    for (const { at, effects } of batch.events) {
      for (const effect of effects) {
        if (effect.type !== 'send' || !(showLight || effect.message.heavy)) continue;
        for (const to of effect.to) {
          if (to === from || this.#flights.length >= flightsMax || room-- <= 0) continue;
          const startedAt = now - Math.min(newest - at, visibleMs);
          this.#flights.push({
            id: this.#nextId++,
            from,
            to,
            message: effect.message,
            mark: mark(effect.message),
            startedAt,
            durationMs,
            lost: lost(to),
          });
        }
      }
    }
  }
}
