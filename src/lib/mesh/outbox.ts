/**
 * What waits to leave on one channel. Only so much is given to the channel that a more urgent frame can still
 * overtake the rest; a trace is given to it only when it is empty.
 */
import type { Channel } from './channel.ts';
import type { Bytes } from './framing.ts';
import { meshLimits } from './limits.ts';
import type { SectionKind, SendOutcome } from './transport.ts';

/** Most urgent first. Within a lane the order is kept. */
export const lanes = ['room', 'work', 'trace'] as const;
export type Lane = (typeof lanes)[number];

export function laneOf(kind: SectionKind): Lane {
  return kind === 'room' || kind === 'trace' ? kind : 'work';
}

/** A first-in first-out queue whose head is taken without moving the rest. */
class Queue {
  #frames: Bytes[] = [];
  #head = 0;
  bytes = 0;

  get head(): Bytes | undefined {
    return this.#frames[this.#head];
  }

  push(frame: Bytes): void {
    this.#frames.push(frame);
    this.bytes += frame.byteLength;
  }

  shift(): void {
    this.bytes -= this.head?.byteLength ?? 0;
    this.#head++;
    if (this.#head * 2 < this.#frames.length) return;
    this.#frames = this.#frames.slice(this.#head);
    this.#head = 0;
  }
}

export class Outbox {
  #queues: Readonly<Record<Lane, Queue>> = {
    room: new Queue(),
    work: new Queue(),
    trace: new Queue(),
  };
  /** Sum of the bytes of the queues. */
  #waiting = 0;
  sentFrames = 0;
  /** Frames that found no room. */
  droppedFrames = 0;

  constructor(private channel: Channel) {
    channel.onDrain(() => this.pump());
  }

  /** What is queued here, and all that comes, leaves on `channel`. */
  moveTo(channel: Channel): void {
    this.channel.onDrain(() => undefined);
    this.channel = channel;
    channel.onDrain(() => this.pump());
    this.pump();
  }

  /** Bytes queued here and in the channel. */
  get bufferedBytes(): number {
    return this.#waiting + this.channel.bufferedAmount;
  }

  /** Whether a trace would leave at once. */
  get idle(): boolean {
    return this.#waiting === 0 && this.channel.bufferedAmount === 0;
  }

  /** Sends or queues all of `frames`, or drops them all: half a cut section is worth nothing. */
  push(lane: Lane, frames: readonly Bytes[]): SendOutcome {
    if (this.#waiting === 0 && frames.length === 1 && this.#mayLeave(lane)) {
      // The usual case: one frame, nothing before it, straight to the wire.
      this.#send(frames[0] as Bytes);
      return this.#outcome();
    }
    const queue = this.#queues[lane];
    const size = frames.reduce((sum, frame) => sum + frame.byteLength, 0);
    const max = lane === 'trace' ? meshLimits.traceQueueBytesMax : meshLimits.queueBytesMax;
    if (queue.bytes + size > max) {
      this.droppedFrames += frames.length;
      return 'backpressure';
    }
    for (const frame of frames) queue.push(frame);
    this.#waiting += size;
    this.pump();
    return lane === 'trace' && queue.bytes > 0 ? 'backpressure' : this.#outcome();
  }

  /** A frame of the link's own, past every queue. Dropped when the channel is full: a ping late is a ping lost. */
  pushControl(frame: Bytes): void {
    if (this.channel.bufferedAmount < meshLimits.channelBytesMax) this.#send(frame);
  }

  #mayLeave(lane: Lane): boolean {
    const buffered = this.channel.bufferedAmount;
    return lane === 'trace' ? buffered === 0 : buffered < meshLimits.channelBytesMax;
  }

  /** Gives the channel what it may have now. Called when it drains, and now and then in case that was missed. */
  pump(): void {
    for (const lane of lanes) {
      const queue = this.#queues[lane];
      while (queue.head !== undefined && this.#mayLeave(lane)) {
        const frame = queue.head;
        queue.shift();
        this.#waiting -= frame.byteLength;
        this.#send(frame);
      }
    }
    if (this.#waiting === 0) return;
    const onlyTraces = this.#waiting === this.#queues.trace.bytes;
    this.channel.notifyBelow(onlyTraces ? 0 : meshLimits.channelRefillBytes);
  }

  #send(frame: Bytes): void {
    this.sentFrames++;
    this.channel.send(frame);
  }

  #outcome(): SendOutcome {
    return this.bufferedBytes < meshLimits.highWaterBytes ? 'queued' : 'backpressure';
  }
}
