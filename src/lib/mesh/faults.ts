/**
 * Faults of the network that a person chooses for the links of their own tab. They sit above the link, which stays
 * up, and below everything that speaks a protocol, which cannot tell them from the real thing. What each kind of
 * section suffers stands in transport.ts.
 *
 * `cutIn` works on what arrives; all other faults on what this tab sends.
 */
import type { MemberId } from '#protocols/core/ids.ts';
import type { Clock, TimerHandle } from '../tab/clock.ts';
import { Flights } from './flights.ts';
import { meshLimits } from './limits.ts';
import type { LinkStatus, MeshTransport, Section, SendOutcome } from './transport.ts';

export interface LinkFaults {
  /** Nothing but room control leaves. */
  readonly cutOut: boolean;
  /** Nothing but room control is heard. */
  readonly cutIn: boolean;
  /** Added to every flight. */
  readonly delayMs: number;
  /** Up to this much more, drawn for each section. The order is kept. */
  readonly jitterMs: number;
  /** Chances in [0, 1], drawn for each section. */
  readonly loss: number;
  /** The copy flies on its own. */
  readonly duplicate: number;
  /** Held back for up to {@link meshLimits.reorderHoldMs} more while later ones go on. */
  readonly reorder: number;
}

export const noFaults: LinkFaults = {
  cutOut: false,
  cutIn: false,
  delayMs: 0,
  jitterMs: 0,
  loss: 0,
  duplicate: 0,
  reorder: 0,
};

/** Sections that each fault hit, since the tab began. */
export interface FaultCounters {
  readonly dropped: number;
  readonly delayed: number;
  readonly duplicated: number;
  readonly reordered: number;
}

export interface FaultOptions {
  readonly clock: Clock;
  /** In [0, 1); seeded, it makes the same faults of the same sends. */
  readonly random?: () => number;
}

/** One peer's faults and what is in flight to it. */
interface Lane {
  faults: LinkFaults;
  readonly counters: { -readonly [Name in keyof FaultCounters]: number };
  readonly flights: Flights;
  timer: TimerHandle | null;
}

export class FaultyMesh implements MeshTransport {
  readonly kind: MeshTransport['kind'];
  readonly self: MemberId;
  #lanes = new Map<MemberId, Lane>();
  #known = new Map<MemberId, LinkStatus>();
  #flightMs = 0;
  readonly #clock: Clock;
  readonly #random: () => number;

  constructor(
    private readonly inner: MeshTransport,
    { clock, random = Math.random }: FaultOptions,
  ) {
    this.kind = inner.kind;
    this.self = inner.self;
    this.#clock = clock;
    this.#random = random;
    for (const status of inner.links()) this.#known.set(status.peer, status);
    inner.onLink((status) => this.#onLink(status));
  }

  faults(peer: MemberId): LinkFaults {
    return this.#lanes.get(peer)?.faults ?? noFaults;
  }

  counters(peer: MemberId): FaultCounters {
    const { dropped, delayed, duplicated, reordered } = this.#lane(peer).counters;
    return { dropped, delayed, duplicated, reordered };
  }

  /** Changes only what `faults` names; numbers out of their range are brought into it. */
  setFaults(peer: MemberId, faults: Partial<LinkFaults>): void {
    const lane = this.#lane(peer);
    const next = { ...lane.faults, ...faults };
    lane.faults = {
      ...next,
      delayMs: within(next.delayMs, meshLimits.delayMsMax),
      jitterMs: within(next.jitterMs, meshLimits.delayMsMax),
      loss: within(next.loss, 1),
      duplicate: within(next.duplicate, 1),
      reorder: within(next.reorder, 1),
    };
  }

  /** Ends every fault. What is in flight still lands in its time, and the profile's flight stays. */
  heal(): void {
    for (const lane of this.#lanes.values()) lane.faults = noFaults;
  }

  /** How long messages to anybody fly, so that people can follow them: the timing profile's, not a fault. */
  setFlight(flightMs: number): void {
    this.#flightMs = within(flightMs, meshLimits.delayMsMax);
  }

  send(to: MemberId, sections: readonly Section[]): SendOutcome {
    const lane = this.#lanes.get(to);
    if (this.#flightMs === 0 && (lane === undefined || isQuiet(lane))) {
      return this.inner.send(to, sections);
    }
    return this.#sendFaulty(to, sections);
  }

  idle(to: MemberId): boolean {
    return !this.faults(to).cutOut && this.inner.idle(to);
  }

  links(): readonly LinkStatus[] {
    return this.inner.links();
  }

  onSections(receive: (from: MemberId, sections: readonly Section[]) => void): void {
    this.inner.onSections((from, sections) => {
      const lane = this.#lanes.get(from);
      if (lane?.faults.cutIn !== true) return receive(from, sections);
      const passed = sections.filter(({ kind }) => kind === 'room');
      lane.counters.dropped += sections.length - passed.length;
      if (passed.length > 0) receive(from, passed);
    });
  }

  onLink(changed: (status: LinkStatus) => void): void {
    this.inner.onLink(changed);
  }

  leave(reason: string): void {
    for (const lane of this.#lanes.values()) this.#ground(lane);
    this.inner.leave(reason);
  }

  #sendFaulty(to: MemberId, sections: readonly Section[]): SendOutcome {
    const lane = this.#lane(to);
    const now: Section[] = [];
    for (const section of sections) {
      if (section.kind === 'room') now.push(section);
      else if (lane.faults.cutOut) lane.counters.dropped++;
      else if (section.kind === 'trace') now.push(section);
      else if (this.#random() < lane.faults.loss) lane.counters.dropped++;
      else this.#launch(lane, section, now);
    }
    this.#landLater(to, lane);
    if (now.length > 0) return this.inner.send(to, now);
    // To the sender, a section lost or in flight looks like one that left.
    const state = this.#known.get(to)?.state;
    return state === 'up' || state === 'suspect' ? 'queued' : 'no-link';
  }

  /** Puts the section, and perhaps a copy, into flight or, with nothing to wait for, into `now`. */
  #launch(lane: Lane, section: Section, now: Section[]): void {
    this.#fly(lane, section, now);
    if (this.#random() >= lane.faults.duplicate) return;
    lane.counters.duplicated++;
    // A receiver may hand the bytes on for good, so that a copy needs its own.
    this.#fly(lane, { kind: section.kind, bytes: section.bytes.slice() }, now);
  }

  #fly(lane: Lane, section: Section, now: Section[]): void {
    const { delayMs, jitterMs, reorder } = lane.faults;
    const { flights, counters } = lane;
    const at = this.#clock.now();
    const flight = this.#flightMs + delayMs + jitterMs * this.#random();
    const held = this.#random() < reorder ? 1 + meshLimits.reorderHoldMs * this.#random() : 0;
    const landsAt = flights.landsAt(at, flight);
    // Something may be due already and wait for its timer only.
    if (landsAt + held <= at && (flights.nextDueAt ?? Infinity) > at) return void now.push(section);
    const order = held > 0 ? 'late' : 'in-order';
    if (!flights.add(section, landsAt + held, order)) return void counters.dropped++;
    if (flight > 0) counters.delayed++;
    if (held > 0) counters.reordered++;
  }

  #landLater(to: MemberId, lane: Lane): void {
    const { nextDueAt } = lane.flights;
    if (lane.timer !== null) this.#clock.clear(lane.timer);
    lane.timer = null;
    if (nextDueAt === null) return;
    const wait = Math.max(0, nextDueAt - this.#clock.now());
    lane.timer = this.#clock.setTimeout(() => this.#land(to, lane), wait);
  }

  #land(to: MemberId, lane: Lane): void {
    lane.timer = null;
    const landed = lane.flights.land(this.#clock.now());
    // A cut loses what is under way, too.
    if (lane.faults.cutOut) lane.counters.dropped += landed.length;
    else if (landed.length > 0) this.inner.send(to, landed);
    this.#landLater(to, lane);
  }

  /** What flew to a page that is gone does not reach the next one. */
  #onLink(status: LinkStatus): void {
    const before = this.#known.get(status.peer);
    this.#known.set(status.peer, status);
    const lane = this.#lanes.get(status.peer);
    if (lane === undefined) return;
    if (status.state === 'down' || before?.incarnation !== status.incarnation) this.#ground(lane);
  }

  #ground(lane: Lane): void {
    lane.counters.dropped += lane.flights.ground();
    if (lane.timer !== null) this.#clock.clear(lane.timer);
    lane.timer = null;
  }

  #lane(peer: MemberId): Lane {
    const known = this.#lanes.get(peer);
    if (known !== undefined) return known;
    const counters = { dropped: 0, delayed: 0, duplicated: 0, reordered: 0 };
    const lane: Lane = { faults: noFaults, counters, flights: new Flights(), timer: null };
    this.#lanes.set(peer, lane);
    return lane;
  }
}

/** No fault acts on what is sent, and nothing is in flight. */
function isQuiet({ faults, flights }: Lane): boolean {
  const { cutOut, delayMs, jitterMs, loss, duplicate, reorder } = faults;
  return !cutOut && flights.size === 0 && delayMs + jitterMs + loss + duplicate + reorder === 0;
}

const within = (value: number, max: number): number =>
  Number.isFinite(value) ? Math.min(max, Math.max(0, value)) : 0;
