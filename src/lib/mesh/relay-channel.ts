/**
 * A channel through the signaling server. No more than {@link meshLimits.relayWindowBytes} are under way: the other end
 * says how much it has taken, so that neither the server nor this tab's line to it fills up with one slow pair.
 */
import type { MemberId } from '#protocols/core/ids.ts';
import type { Clock, TimerHandle } from '../tab/clock.ts';
import { Inlet, type Channel } from './channel.ts';
import type { Bytes } from './framing.ts';
import { meshLimits } from './limits.ts';
import type { Seal } from './relay-seal.ts';

/** First byte of what is sealed. */
const kind = { frame: 0, taken: 1, close: 2 } as const;
const takenBytes = 5;
const noBytes = new Uint8Array();

export interface RelayEnds {
  /** Hands sealed bytes to the server. */
  send(sealed: Bytes): void;
  /** It is over, whoever ended it. */
  over(): void;
}

export class RelayChannel implements Channel {
  readonly path = 'relayed';
  readonly #inlet = new Inlet();
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** Of frames, since the channel opened: sent, taken by the other end, taken here, and said to be taken. */
  #sent = 0;
  #taken = 0;
  #read = 0;
  #told = 0;
  #tellTimer: TimerHandle | null = null;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #notifyBelow = 0;
  #drained: () => void = () => undefined;
  #closed: (why: string) => void = () => undefined;

  constructor(
    readonly peer: MemberId,
    private readonly seal: Seal,
    private readonly ends: RelayEnds,
    private readonly clock: Clock,
  ) {}

  get binding(): string {
    return this.seal.binding;
  }

  /** What the other end has not taken. */
  get bufferedAmount(): number {
    return this.#waitingBytes + this.#sent - this.#taken;
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#state !== 'open') return;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.byteLength;
    this.#pump();
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

  close(): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#closeWhenEmpty();
  }

  /** What the server passed on for this channel. */
  receive(sealed: Uint8Array): void {
    if (this.#state === 'closed') return;
    const plain = this.seal.open(sealed);
    if (plain === null) return this.fail('the server changed, lost or repeated a frame');
    switch (plain[0]) {
      case kind.frame:
        return this.#take(plain.subarray(1));
      case kind.taken:
        return this.#onTaken(plain);
      case kind.close:
        return this.fail('the other side closed the channel');
      default:
        this.fail('the other side speaks another version');
    }
  }

  /** Ends it without a word to the other end. */
  fail(why: string): void {
    if (this.#state === 'closed') return;
    const wasOpen = this.#state === 'open';
    this.#end();
    if (wasOpen) this.#closed(why);
  }

  #pump(): void {
    let sent = 0;
    for (const frame of this.#waiting) {
      // One frame is always under way, however large.
      const underWay = this.#sent - this.#taken;
      if (underWay > 0 && underWay + frame.byteLength > meshLimits.relayWindowBytes) break;
      this.#sent += frame.byteLength;
      this.#waitingBytes -= frame.byteLength;
      sent++;
      this.#say(kind.frame, frame);
    }
    this.#waiting.splice(0, sent);
    this.#closeWhenEmpty();
  }

  #closeWhenEmpty(): void {
    if (this.#state !== 'closing' || this.#waitingBytes > 0) return;
    this.#say(kind.close, noBytes);
    this.#end();
  }

  #say(what: number, body: Uint8Array): void {
    const plain = new Uint8Array(1 + body.byteLength);
    plain[0] = what;
    plain.set(body, 1);
    this.ends.send(this.seal.seal(plain));
  }

  #take(frame: Uint8Array): void {
    this.#read += frame.byteLength;
    if (this.#read - this.#told >= meshLimits.relayWindowBytes / 4) this.#tell();
    else this.#tellTimer ??= this.clock.setTimeout(() => this.#tell(), meshLimits.relayTellMs);
    this.#inlet.take(frame);
  }

  #tell(): void {
    if (this.#tellTimer !== null) this.clock.clear(this.#tellTimer);
    this.#tellTimer = null;
    if (this.#state === 'closed') return;
    this.#told = this.#read;
    const body = new Uint8Array(takenBytes - 1);
    new DataView(body.buffer).setUint32(0, this.#read >>> 0, true);
    this.#say(kind.taken, body);
  }

  #onTaken(plain: Uint8Array): void {
    if (plain.byteLength !== takenBytes) return this.fail('the other side speaks another version');
    const told = new DataView(plain.buffer, plain.byteOffset).getUint32(1, true);
    // Counted modulo 2^32; no more than a window is ever open.
    const more = (told - (this.#taken >>> 0)) >>> 0;
    if (more > this.#sent - this.#taken) return this.fail('the other side took more than was sent');
    const before = this.bufferedAmount;
    this.#taken += more;
    this.#pump();
    if (before > this.#notifyBelow && this.bufferedAmount <= this.#notifyBelow) this.#drained();
  }

  #end(): void {
    this.#state = 'closed';
    if (this.#tellTimer !== null) this.clock.clear(this.#tellTimer);
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.ends.over();
  }
}
