/**
 * One link to a member that has proved its key, over one channel: sends by urgency, listens for heartbeats, and
 * knows when the other side is silent, gone, or was only waited for by a page that slept itself.
 */
import type { Clock, TimerHandle } from '../tab/clock.ts';
import type { Channel } from './channel.ts';
import { beat, beatId, bye, byeReason } from './control.ts';
import { Assembler, frameType, pack, unpack } from './framing.ts';
import type { MeshMember } from './hello.ts';
import { meshLimits } from './limits.ts';
import { laneOf, lanes, Outbox, type Lane } from './outbox.ts';
import { Pulse } from './pulse.ts';
import { RoundTrip } from './round-trip.ts';
import type { Section, SendOutcome } from './transport.ts';

export interface LinkEvents {
  /** The sections share memory with the frame they came in. */
  sections(sections: readonly Section[]): void;
  /** `up` and `suspect` alternate. */
  changed(): void;
  /** Last event of a link. `said-bye`: it left on purpose. */
  ended(how: 'failed' | 'said-bye', why: string): void;
}

/** A better channel that this link moves to: what comes on it waits for the last frame of the old one. */
interface Move {
  readonly from: Channel;
  held: Uint8Array[];
  heldBytes: number;
  readonly timer: TimerHandle;
}

/** Whether the page itself ran on time since the last look. */
export type OwnPace = 'on-time' | 'late';

export class Link {
  #state: 'up' | 'suspect' | 'ended' = 'up';
  readonly #outbox: Outbox;
  readonly #assembler = new Assembler();
  #heardAt: number;
  #sentAt: number;
  readonly #roundTrip: RoundTrip;
  readonly #pulse: Pulse;
  #oversized = 0;
  receivedFrames = 0;
  badFrames = 0;
  #move: Move | null = null;
  /** The other end has moved before this one. */
  #othersMoved = false;

  constructor(
    readonly member: MeshMember,
    private channel: Channel,
    private readonly clock: Clock,
    private readonly events: LinkEvents,
  ) {
    this.#outbox = new Outbox(channel);
    this.#pulse = new Pulse(clock);
    this.#heardAt = this.#sentAt = clock.now();
    this.#roundTrip = new RoundTrip(clock);
    channel.onClose((why) => this.#end('failed', why));
    channel.onMessage((frame) => this.#receive(frame));
  }

  get path(): Channel['path'] {
    return this.channel.path;
  }

  /**
   * Goes on over `channel`, to the same page of the same member, without losing or reordering a frame: each end says
   * which is its last one on the old channel, and what comes on the other waits for it.
   */
  moveTo(channel: Channel): void {
    const from = this.channel;
    this.#settleMove();
    const timer = this.clock.setTimeout(() => this.#settleMove(), meshLimits.moveTimeoutMs);
    this.#move = { from, held: [], heldBytes: 0, timer };
    this.channel = channel;
    from.onClose(() => this.#settleMove());
    channel.onClose((why) => this.#end('failed', why));
    channel.onMessage((frame) => this.#hold(frame));
    from.send(new Uint8Array([frameType.moved]));
    this.#outbox.moveTo(channel);
    if (this.#othersMoved) this.#settleMove();
    this.events.changed();
  }

  get state(): 'up' | 'suspect' | 'ended' {
    return this.#state;
  }

  /** Milliseconds since anything came. */
  get silentMs(): number {
    return this.clock.now() - this.#heardAt;
  }

  /** Whether the network stack at the other end answers while its page is silent. */
  get deviceAnswers(): boolean {
    return this.#isSilent && this.#pulse.beats;
  }

  /** Silent enough for its pulse to be felt. Of one that is suspect, a late look of ours says nothing else. */
  get #isSilent(): boolean {
    return this.#state === 'suspect' || this.silentMs >= meshLimits.pulseAfterMs;
  }

  /** The last measured; `null` before the first. */
  get roundTripMs(): number | null {
    return this.#roundTrip.ms;
  }

  get bufferedBytes(): number {
    return this.#outbox.bufferedBytes;
  }

  get sentFrames(): number {
    return this.#outbox.sentFrames;
  }

  /** Frames that found no room here, and sends refused because a section was too large. */
  get droppedFrames(): number {
    return this.#outbox.droppedFrames + this.#oversized;
  }

  get idle(): boolean {
    return this.#state !== 'ended' && this.#outbox.idle;
  }

  /** Synchronous to the wire when nothing is queued. */
  send(sections: readonly Section[]): SendOutcome {
    if (this.#state === 'ended') return 'no-link';
    if (sections.some(({ bytes }) => bytes.byteLength > meshLimits.sectionBytesMax)) {
      this.#oversized++;
      return 'no-link';
    }
    this.#sentAt = this.clock.now();
    let outcome: SendOutcome = 'queued';
    for (const lane of lanes) {
      const mine = only(sections, lane);
      if (mine.length === 0) continue;
      const answer = this.#outbox.push(lane, pack(mine));
      // A trace that has to wait is no reason to hold back what it came with.
      if (lane !== 'trace' || mine === sections) outcome = worse(outcome, answer);
    }
    return outcome;
  }

  /** Returns the number of the ping. */
  ping(): number {
    this.#sentAt = this.clock.now();
    const id = this.#roundTrip.ask();
    this.#outbox.pushControl(beat('ping', id));
    return id;
  }

  /** Calls `dead` unless the other side answers within {@link meshLimits.probeMs}; what stood in line does not count. */
  probe(dead: () => void): void {
    const id = this.ping();
    this.clock.setTimeout(() => {
      if (this.#state !== 'ended' && !this.#roundTrip.hasAnswered(id)) dead();
    }, meshLimits.probeMs);
  }

  /** Called every {@link meshLimits.tickMs}. */
  tick(pace: OwnPace): void {
    if (this.#state === 'ended') return;
    const now = this.clock.now();
    // Who slept heard nothing, and what came meanwhile may still stand in line behind this look.
    if (pace === 'late') this.#heardAt = now;
    const silent = now - this.#heardAt;
    if (this.#isSilent) this.#pulse.look(this.channel);
    const patience = this.#pulse.beats ? meshLimits.asleepMsMax : meshLimits.downAfterMs;
    if (silent >= patience) {
      this.channel.close();
      return this.#end('failed', `silent for ${Math.round(silent / 1000)} s`);
    }
    if (silent >= meshLimits.suspectAfterMs && this.#state === 'up') {
      this.#state = 'suspect';
      this.events.changed();
    }
    const quiet = now - this.#sentAt >= meshLimits.heartbeatMs;
    if (quiet || this.#roundTrip.due) this.ping();
    this.#outbox.pump();
  }

  /** Tells the other side why, and closes; no event follows. */
  leave(reason: string): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#settleMove();
    this.channel.send(bye(reason));
    this.channel.close();
  }

  /** Closes without a word: another link took its place. No event follows. */
  abandon(): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#settleMove();
    this.channel.close();
  }

  #hold(frame: Uint8Array): void {
    if (this.#move === null) return this.#receive(frame);
    this.#move.held.push(frame);
    this.#move.heldBytes += frame.byteLength;
    if (this.#move.heldBytes > meshLimits.queueBytesMax) this.#settleMove();
  }

  /** The old channel is over: what waited for its last frame is received. */
  #settleMove(): void {
    const move = this.#move;
    if (move === null) return;
    this.#move = null;
    this.#othersMoved = false;
    this.clock.clear(move.timer);
    move.from.close();
    for (const frame of move.held) this.#receive(frame);
  }

  #receive(frame: Uint8Array): void {
    if (this.#state === 'ended') return;
    this.receivedFrames++;
    this.#heardAt = this.clock.now();
    if (this.#state === 'suspect') {
      this.#state = 'up';
      this.events.changed();
    }
    if (frame.byteLength > meshLimits.frameBytesMax || !this.#understand(frame)) this.badFrames++;
  }

  /** `false` when malformed. */
  #understand(frame: Uint8Array): boolean {
    switch (frame[0]) {
      case frameType.sections: {
        const sections = unpack(frame);
        if (sections !== null) this.events.sections(sections);
        return sections !== null;
      }
      case frameType.chunk: {
        const assembly = this.#assembler.add(frame);
        if (assembly.type === 'section') this.events.sections([assembly.section]);
        return assembly.type !== 'malformed';
      }
      case frameType.ping: {
        const id = beatId(frame);
        if (id === null) return false;
        // Whoever is answered hears us: of two that have nothing to say, one asks.
        this.#sentAt = this.clock.now();
        this.#outbox.pushControl(beat('pong', id));
        return true;
      }
      case frameType.pong: {
        const id = beatId(frame);
        if (id !== null) this.#roundTrip.answer(id);
        return id !== null;
      }
      case frameType.moved:
        this.#othersMoved = this.#move === null;
        this.#settleMove();
        return frame.byteLength === 1;
      case frameType.bye: {
        const reason = byeReason(frame);
        if (reason === null) return false;
        this.channel.close();
        this.#end('said-bye', reason);
        return true;
      }
      default:
        return false;
    }
  }

  #end(how: 'failed' | 'said-bye', why: string): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#settleMove();
    this.events.ended(how, why);
  }
}

/** The sections of one lane; the same array when, as usual, all are. */
function only(sections: readonly Section[], lane: Lane): readonly Section[] {
  const belongs = ({ kind }: Section): boolean => laneOf(kind) === lane;
  return sections.every(belongs) ? sections : sections.filter(belongs);
}

const worse = (one: SendOutcome, other: SendOutcome): SendOutcome =>
  one === 'backpressure' ? one : other;
