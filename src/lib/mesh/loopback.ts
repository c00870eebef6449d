/**
 * Channels between members that live in one page: "try alone", and tests. Bytes arrive in order, in a task of their
 * own as they do from a network, and are handed over rather than copied.
 */
import type { MemberId } from '#protocols/core/ids.ts';
import { Inlet, type Channel, type ChannelSource } from './channel.ts';

class LoopbackChannel implements Channel {
  readonly binding = '';
  readonly path = 'memory';
  bufferedAmount = 0;
  #other: LoopbackChannel | null = null;
  #inlet = new Inlet();
  #notifyBelow = 0;
  #drained: () => void = () => undefined;
  #closed: ((why: string) => void) | null = null;

  constructor(
    readonly peer: MemberId,
    private readonly hub: LoopbackHub,
  ) {}

  static pair(a: MemberId, b: MemberId, hub: LoopbackHub): [LoopbackChannel, LoopbackChannel] {
    const atA = new LoopbackChannel(b, hub);
    const atB = new LoopbackChannel(a, hub);
    atA.#other = atB;
    atB.#other = atA;
    return [atA, atB];
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#other === null) return;
    const other = this.#other;
    // A receiver may transfer the bytes to a worker, which leaves them empty here.
    const size = bytes.byteLength;
    this.bufferedAmount += size;
    this.hub.later(() => {
      const before = this.bufferedAmount;
      this.bufferedAmount -= size;
      if (other.#other !== null) other.#inlet.take(bytes);
      if (before > this.#notifyBelow && this.bufferedAmount <= this.#notifyBelow) this.#drained();
    });
  }

  onMessage(receive: (bytes: Uint8Array) => void): void {
    this.#inlet.listen(receive);
  }

  onDrain(drained: () => void): void {
    this.#drained = drained;
  }

  notifyBelow(bytes: number): void {
    this.#notifyBelow = bytes;
  }

  onClose(closed: (why: string) => void): void {
    this.#closed = closed;
  }

  get isOpen(): boolean {
    return this.#other !== null;
  }

  close(): void {
    const other = this.#other;
    this.#other = null;
    if (other !== null) this.hub.later(() => other.#fail('the other side closed the channel'));
  }

  /** Ends both sides as a dead network would: nobody asked for it. */
  sever(): void {
    const other = this.#other;
    this.#fail('the channel failed');
    if (other !== null) this.hub.later(() => other.#fail('the channel failed'));
  }

  #fail(why: string): void {
    if (this.#other === null) return;
    this.#other = null;
    this.#closed?.(why);
  }
}

class LoopbackSource implements ChannelSource {
  readonly kind = 'loopback';
  #opened: (channel: Channel) => void = () => undefined;
  #knocked: (peer: MemberId) => void = () => undefined;
  #channels = new Set<LoopbackChannel>();

  constructor(
    readonly self: MemberId,
    private readonly hub: LoopbackHub,
  ) {}

  dial(peer: MemberId): 'dialing' | 'unreachable' {
    const other = this.hub.member(peer);
    if (other === undefined || other === this) return 'unreachable';
    const [mine, theirs] = LoopbackChannel.pair(this.self, peer, this.hub);
    this.hub.later(() => other.#open(theirs));
    this.hub.later(() => this.#open(mine));
    return 'dialing';
  }

  knock(peer: MemberId): void {
    const other = this.hub.member(peer);
    if (other !== undefined) this.hub.later(() => other.#knocked(this.self));
  }

  onKnock(knocked: (peer: MemberId) => void): void {
    this.#knocked = knocked;
  }

  #open(channel: LoopbackChannel): void {
    for (const old of this.#channels) if (!old.isOpen) this.#channels.delete(old);
    this.#channels.add(channel);
    this.#opened(channel);
  }

  onChannel(opened: (channel: Channel) => void): void {
    this.#opened = opened;
  }

  /** A channel in memory opens or was never started. */
  onFailed(): void {}

  has(peer: MemberId): boolean {
    return [...this.#channels].some((channel) => channel.peer === peer && channel.isOpen);
  }

  connections(): number {
    return 0;
  }

  close(): void {
    this.hub.forget(this);
    for (const channel of this.#channels) channel.close();
    this.#channels.clear();
  }

  /** Breaks every channel of this member without a word, as a dead network would. */
  sever(): void {
    const channels = [...this.#channels];
    this.#channels.clear();
    for (const channel of channels) channel.sever();
  }
}
export type { LoopbackSource };

/** Where the members of one page meet. */
export class LoopbackHub {
  #members = new Map<MemberId, LoopbackSource>();
  #tasks: (() => void)[] = [];
  #wire = new MessageChannel();

  constructor() {
    this.#wire.port1.onmessage = () => this.#run();
    // Node would otherwise wait for this port for ever.
    (this.#wire.port1 as { unref?: () => void }).unref?.();
  }

  /** A way into the hub for `self`. Whoever had that id before, as a page before its reload, is out. */
  source(self: MemberId): LoopbackSource {
    const source = new LoopbackSource(self, this);
    this.#members.set(self, source);
    return source;
  }

  member(id: MemberId): LoopbackSource | undefined {
    return this.#members.get(id);
  }

  forget(source: LoopbackSource): void {
    if (this.#members.get(source.self) === source) this.#members.delete(source.self);
  }

  /** Runs `task` in a later turn of the event loop, in order; timers and painting come in between. */
  later(task: () => void): void {
    this.#tasks.push(task);
    if (this.#tasks.length === 1) this.#wire.port2.postMessage(null);
  }

  #run(): void {
    const tasks = this.#tasks;
    this.#tasks = [];
    let done = 0;
    try {
      for (const task of tasks) {
        done++;
        task();
      }
    } finally {
      // A receiver that throws must not lose what was sent to the others.
      if (done < tasks.length) {
        this.#tasks = [...tasks.slice(done), ...this.#tasks];
        this.#wire.port2.postMessage(null);
      }
    }
  }
}
