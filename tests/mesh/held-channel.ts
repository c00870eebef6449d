import { Inlet, type Channel } from '../../src/lib/mesh/channel.ts';
import { newKeys } from './members.ts';

/** A wire with an end in the test's hand: what is sent stays in its buffer until the test lets it go. */
export class HeldChannel implements Channel {
  readonly peer = newKeys().id;
  readonly binding = '';
  readonly path = 'memory';
  readonly sent: Uint8Array[] = [];
  bufferedAmount = 0;
  closed = false;
  threshold = 0;
  inlet = new Inlet();
  drained: () => void = () => undefined;

  send(bytes: Uint8Array<ArrayBuffer>): void {
    this.sent.push(bytes);
    this.bufferedAmount += bytes.byteLength;
  }
  onMessage(receive: (bytes: Uint8Array) => void): void {
    this.inlet.listen(receive);
  }
  onDrain(drained: () => void): void {
    this.drained = drained;
  }
  notifyBelow(bytes: number): void {
    this.threshold = bytes;
  }
  onClose(): void {}
  close(): void {
    this.closed = true;
  }
  /** What the network stack at the other end has answered, if it is to answer. */
  answers: number | null = null;
  pulse(): Promise<number | null> {
    return Promise.resolve(this.answers);
  }
  /** Lets everything in the buffer leave. */
  drain(): void {
    this.bufferedAmount = 0;
    this.drained();
  }
}
