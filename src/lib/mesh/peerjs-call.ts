/**
 * One data channel by PeerJS, from the dial on. PeerJS negotiates; what it would do with the messages is left out by
 * `serialization: 'raw'`.
 */
import type { DataConnection } from 'peerjs';
import type { MemberId } from '#protocols/core/ids.ts';
import { Inlet } from './channel.ts';
import { bindingOf, pulseThrough, watchPath } from './connection.ts';
import { meshLimits } from './limits.ts';
import type { Path } from './transport.ts';

const unreachable = 'no way through the network between the two devices';

/** `peer` is who the other end is said to be; a call with a member's id there is a {@link Channel}. */
export class PeerCall<P extends MemberId | null = MemberId | null> {
  readonly #connection: DataConnection;
  /** PeerJS forgets both when it closes. */
  readonly #rtc: RTCPeerConnection;
  #wire: RTCDataChannel | null = null;
  #inlet = new Inlet();
  #state: 'opening' | 'open' | 'closed' = 'opening';
  #path: Path | null = null;
  #notifyBelow: number = meshLimits.channelRefillBytes;
  #opened: () => void = () => undefined;
  #failed: (why: string) => void = () => undefined;
  #over: () => void = () => undefined;
  #closed: (why: string) => void = () => undefined;
  #drained: () => void = () => undefined;

  constructor(
    readonly peer: P,
    connection: DataConnection,
  ) {
    this.#connection = connection;
    this.#rtc = connection.peerConnection;
    connection.on('data', (data) => {
      // A text is not ours: an empty frame is malformed, and counted as such.
      this.#inlet.take(data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(0));
    });
    connection.on('open', () => this.#open());
    connection.on('close', () => this.fail('the other side closed the channel'));
    // ICE has given up, or the other end closed the connection without a word.
    connection.on('error', () => this.fail(unreachable));
  }

  get isOpening(): boolean {
    return this.#state === 'opening';
  }

  get path(): Path | null {
    return this.#path;
  }

  get binding(): string {
    return bindingOf(this.#rtc);
  }

  get bufferedAmount(): number {
    return this.#wire?.bufferedAmount ?? 0;
  }

  /** What becomes of it: `opened`, or `failed` with a reason; and after `opened` once `over`, whoever ended it. */
  watch(events: { opened(): void; failed(why: string): void; over(): void }): void {
    this.#opened = () => events.opened();
    this.#failed = (why) => events.failed(why);
    this.#over = () => events.over();
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    // PeerJS closes it where the browser's own queue is full, far above ours.
    if (this.#wire?.readyState === 'open') void this.#connection.send(bytes);
  }

  onMessage(receive: (bytes: Uint8Array) => void): void {
    this.#inlet.listen(receive);
  }

  onDrain(drained: () => void): void {
    this.#drained = drained;
  }

  notifyBelow(bytes: number): void {
    this.#notifyBelow = bytes;
    if (this.#wire !== null) this.#wire.bufferedAmountLowThreshold = bytes;
  }

  onClose(closed: (why: string) => void): void {
    this.#closed = closed;
  }

  pulse(): Promise<number | null> {
    return pulseThrough(this.#rtc);
  }

  /** Lets go of what was sent before, then closes. Calls nobody. */
  close(): void {
    const before = this.#state;
    if (before === 'closed') return;
    this.#state = 'closed';
    if (before === 'opening') return this.#connection.close();
    // Closing the channel flushes it; closing the connection at once would not.
    this.#wire?.close();
    setTimeout(() => this.#connection.close(), meshLimits.lingerMs);
    this.#over();
  }

  /** Ends it for a reason that did not come over it. */
  fail(why: string): void {
    const before = this.#state;
    if (before === 'closed') return;
    this.#state = 'closed';
    this.#connection.close();
    if (before === 'opening') return this.#failed(why);
    this.#over();
    this.#closed(why);
  }

  #open(): void {
    if (this.#state !== 'opening') return;
    this.#state = 'open';
    this.#wire = this.#connection.dataChannel;
    this.#wire.bufferedAmountLowThreshold = this.#notifyBelow;
    this.#wire.addEventListener('bufferedamountlow', () => this.#drained());
    watchPath(this.#rtc, (path) => (this.#path = path));
    this.#opened();
  }
}
