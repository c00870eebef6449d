/**
 * The histories of several clients as one, by what is certain of their clocks. A question about a clock is sent at
 * `askedAt` and its answer is there at `heardAt`, both by the own clock: what the other clock showed, it showed in
 * between. Before that moment the two may have run apart by {@link driftShare}. Every operation is widened by what is
 * not known, which can hide a violation and never make one.
 *
 * All are judged up to the moment that the first of them was told, since from then on somebody's calls are missing:
 * what one order explains, it explains up to any moment. What was under way then has no answer yet.
 */
import type { Served } from '#protocols/core/client.ts';
import type { HistoryOperation } from '#protocols/core/linearizability.ts';
import type { RecordedOperation } from '../tab/client-history.ts';

/** Two clocks of ordinary devices part by a ten-thousandth at most; here twice that. */
export const driftShare = 0.0002;

/** Where one clock stood, by the own. */
export interface Sighting {
  /** By the other clock, in ms. */
  readonly now: number;
  readonly askedAt: number;
  readonly heardAt: number;
}

export interface Gathered {
  readonly client: string;
  /** `null` for the own history. */
  readonly sighting: Sighting | null;
  /** By its own clock: every call before is among `operations`. */
  readonly until: number;
  readonly operations: readonly RecordedOperation[];
}

/** The least and the greatest that a time of another clock can be by the own. */
export function bounds(time: number, sighting: Sighting | null): readonly [number, number] {
  if (!sighting) return [time, time];
  const { now, askedAt, heardAt } = sighting;
  const drift = Math.abs(now - time) * driftShare;
  // Clocks are told in whole milliseconds, rounded down.
  return [Math.floor(askedAt + time - now - 1 - drift), Math.ceil(heardAt + time - now + drift)];
}

/** @param judged how the reads were served that are held to be linearizable; others are left out. */
export function jointHistory(
  histories: readonly Gathered[],
  judged: ReadonlySet<Served>,
): HistoryOperation[] {
  const end = Math.min(...histories.map(({ until, sighting }) => bounds(until, sighting)[0]));
  return histories.flatMap(({ client, sighting, operations }) =>
    operations.flatMap(({ command, served, ...operation }): HistoryOperation[] => {
      const calledAt = bounds(operation.calledAt, sighting)[0];
      if (!judged.has(served) || calledAt > end) return [];
      const answered = operation.answeredAt === null ? Infinity : operation.answeredAt;
      const answeredAt = bounds(answered, sighting)[1];
      if (!(answeredAt <= end))
        return [{ client, command, calledAt, answeredAt: null, result: null }];
      return [{ client, command, calledAt, answeredAt, result: operation.result }];
    }),
  );
}
