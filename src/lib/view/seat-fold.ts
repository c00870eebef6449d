/** Folds what a replica's traces and its page's reports say into what is drawn of it. */
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { ReplicaSummary } from '#protocols/core/protocol.ts';
import { sumOf, type Totals } from '../host/tally.ts';
import type { TraceBatch } from '../host/trace-wire.ts';
import type { DeclaredFaults, MachineReport, TabPace } from '../room/messages.ts';
import { reportMs } from '../room/reports.ts';
import type { Condition, LinkFaultView, SeatView } from './types.ts';

/** Without a word for this long, in ms, what is drawn of a seat is its past. */
export const staleMs = 3 * reportMs + 500;

export class SeatFold {
  summary: ReplicaSummary | null = null;
  condition: Condition = 'unknown';
  timer: SeatView['timer'] = null;
  faults: readonly LinkFaultView[] = [];
  /** How its tab said that it runs. */
  pace: TabPace | null = null;
  /** `performance.now()` of the last word; `null` before the first. */
  heardAt: number | null = null;
  /** Sent in lives that are over, as far as this screen heard. */
  #sentBefore: Totals = {};
  #sent: Totals = {};
  #incarnation = 0;
  #lastNumber = 0;
  /** Events that this screen never saw. */
  gaps = 0;

  /** Takes a batch in; `false` when it is of a life that is over. */
  takeSteps(batch: TraceBatch<unknown>, arcTimers: readonly string[], now: number): boolean {
    if (batch.incarnation < this.#incarnation) return false;
    if (batch.incarnation > this.#incarnation) this.#begin(batch.incarnation);
    this.heardAt = now;
    this.summary = batch.summary;
    this.#sent = batch.sent;
    if (this.condition === 'unknown') this.condition = 'running';
    const newest = batch.events.at(-1)?.at ?? 0;
    for (const { number, at, cause, effects } of batch.events) {
      this.gaps += Math.max(0, number - this.#lastNumber - 1);
      this.#lastNumber = number;
      if (cause.type === 'timeout' && arcTimers.includes(cause.timer)) this.timer = null;
      for (const effect of effects) {
        if (effect.type !== 'setTimer' && effect.type !== 'cancelTimer') continue;
        if (!arcTimers.includes(effect.timer)) continue;
        this.timer =
          effect.type === 'cancelTimer'
            ? null
            : { setAt: now - (newest - at), ticks: effect.ticks };
      }
    }
    if (batch.summary.role === 'leader') this.timer = null;
    return true;
  }

  /** What it has sent others in this epoch, by kind. */
  get sent(): Totals {
    return sumOf([this.#sentBefore, this.#sent]);
  }

  /** Takes a report in; nothing of a life that is over. */
  takeReport(report: MachineReport, now: number): void {
    if (report.incarnation < this.#incarnation) return;
    if (report.incarnation > this.#incarnation) this.#begin(report.incarnation);
    this.heardAt = now;
    this.condition = report.condition;
    this.pace = report.pace;
    this.takeFaults(report.faults);
  }

  /** What its person declares of its links; no sign of life of the replica. */
  takeFaults(faults: DeclaredFaults): void {
    this.faults = faults.map((fault) => ({
      ...fault,
      loss: fault.loss / 1_000,
      duplicate: fault.duplicate / 1_000,
      reorder: fault.reorder / 1_000,
    }));
  }

  /** Whether a cut that was declared swallows what `self` sends to `peer`. */
  isCutTowards(peer: ReplicaId): boolean {
    return this.faults.some((fault) => fault.peer === peer && fault.cut && fault.cut !== 'in');
  }

  isDeafTo(peer: ReplicaId): boolean {
    return this.faults.some((fault) => fault.peer === peer && fault.cut && fault.cut !== 'out');
  }

  #begin(incarnation: number): void {
    this.#incarnation = incarnation;
    this.#sentBefore = this.sent;
    this.#sent = {};
    this.#lastNumber = 0;
    this.timer = null;
  }
}

/** The folds of one epoch's seats, made as they are heard of. Screens read them when they publish. */
export class SeatFolds {
  readonly #folds = new Map<ReplicaId, SeatFold>();

  /** What is known of `id`; nothing yet gives an empty one. */
  of(id: ReplicaId): SeatFold {
    const known = this.#folds.get(id);
    if (known) return known;
    const fold = new SeatFold();
    this.#folds.set(id, fold);
    return fold;
  }

  all(): readonly SeatFold[] {
    return [...this.#folds.values()];
  }

  clear(): void {
    this.#folds.clear();
  }
}
