/**
 * One attempt at an RTCDataChannel, by simple-peer, and the channel that comes of it. simple-peer negotiates; the
 * messages bypass its Node stream, which would copy each into a Buffer and start a timer for it.
 */
import SimplePeer from 'simple-peer';
import type { MemberId } from '#protocols/core/ids.ts';
import { Inlet, type Channel } from './channel.ts';
import { bindingOf, pulseThrough, watchPath } from './connection.ts';
import { meshLimits } from './limits.ts';
import type { IntroductionStep } from './signaling.ts';
import type { Path } from './transport.ts';

export interface AttemptOptions {
  readonly peer: MemberId;
  /** 16 hex digits, chosen by who dials. */
  readonly id: string;
  readonly role: 'dialling' | 'answering';
  readonly iceServers: readonly RTCIceServer[];
}

export interface AttemptEvents {
  /** An RTCPeerConnection was made. */
  made(): void;
  signal(signal: IntroductionStep['signal']): void;
  opened(channel: Channel): void;
  /** Last event of an attempt that did not open. */
  failed(why: string): void;
  /** The connection of an attempt that opened is over, whoever ended it. */
  over(): void;
}

export class Attempt implements Channel {
  readonly peer: MemberId;
  readonly id: string;
  readonly #role: AttemptOptions['role'];
  readonly #negotiator: SimplePeer.Instance;
  #connection: RTCPeerConnection | null = null;
  #wire: RTCDataChannel | null = null;
  #inlet = new Inlet();
  #state: 'opening' | 'open' | 'closed' = 'opening';
  #why = 'the connection failed';
  #path: Path | null = null;
  #closed: (why: string) => void = () => undefined;
  #drained: () => void = () => undefined;

  constructor(
    options: AttemptOptions,
    private readonly events: AttemptEvents,
  ) {
    this.peer = options.peer;
    this.id = options.id;
    this.#role = options.role;
    this.#negotiator = new SimplePeer({
      initiator: options.role === 'dialling',
      channelName: 'synod',
      // Ordered and reliable: loss is injected above, where it can be seen and repeated.
      channelConfig: {},
      trickle: true,
      config: { iceServers: [...options.iceServers] },
      wrtc: observed((connection) => this.#watch(connection)),
    });
    this.#adoptLater();
    this.#negotiator.on('signal', (signal) =>
      this.events.signal(signal as IntroductionStep['signal']),
    );
    this.#negotiator.on('connect', () => this.#open());
    this.#negotiator.on('error', (error) => (this.#why = describe(error)));
    this.#negotiator.on('close', () => this.#fail(this.#why));
  }

  get isOpening(): boolean {
    return this.#state === 'opening';
  }

  /** A later step from the other side. */
  signal(signal: IntroductionStep['signal']): void {
    const expected = this.#role === 'dialling' ? 'answer' : 'offer';
    if (this.#state === 'closed') return;
    if (signal.type !== 'candidate' && signal.type !== expected) return;
    try {
      this.#negotiator.signal(signal as SimplePeer.SignalData);
    } catch {
      // A candidate that the browser cannot read is one way less to connect, no more.
    }
  }

  get path(): Path | null {
    return this.#path;
  }

  get binding(): string {
    return bindingOf(this.#connection);
  }

  get bufferedAmount(): number {
    return this.#wire?.bufferedAmount ?? 0;
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#wire?.readyState !== 'open') return;
    try {
      this.#wire.send(bytes);
    } catch (error) {
      // Chromium's queue is full at 16 MiB, far above ours: the channel is of no use any more.
      this.#why = describe(error);
      this.#negotiator.destroy();
    }
  }

  onMessage(receive: (bytes: Uint8Array) => void): void {
    this.#inlet.listen(receive);
  }

  onDrain(drained: () => void): void {
    this.#drained = drained;
  }

  notifyBelow(bytes: number): void {
    if (this.#wire !== null) this.#wire.bufferedAmountLowThreshold = bytes;
  }

  onClose(closed: (why: string) => void): void {
    this.#closed = closed;
  }

  pulse(): Promise<number | null> {
    return pulseThrough(this.#connection);
  }

  close(): void {
    if (this.#state === 'closed') return;
    const wasOpen = this.#state === 'open';
    this.#state = 'closed';
    if (!wasOpen) return void this.#negotiator.destroy();
    // Closing the channel flushes it; destroying the connection at once would not.
    this.#wire?.close();
    setTimeout(() => this.#negotiator.destroy(), meshLimits.lingerMs);
    this.events.over();
  }

  #watch(connection: RTCPeerConnection): void {
    this.#connection = connection;
    this.events.made();
  }

  /** Takes the data channel over from simple-peer, right after simple-peer has set its own handlers. */
  #adoptLater(): void {
    const connection = this.#connection as
      (RTCPeerConnection & { dialled?: RTCDataChannel }) | null;
    if (connection === null) return;
    if (connection.dialled !== undefined) this.#adopt(connection.dialled);
    else connection.addEventListener('datachannel', ({ channel }) => this.#adopt(channel));
  }

  #adopt(wire: RTCDataChannel): void {
    if (this.#wire !== null) return;
    this.#wire = wire;
    wire.binaryType = 'arraybuffer';
    wire.bufferedAmountLowThreshold = meshLimits.channelRefillBytes;
    wire.onmessage = ({ data }: MessageEvent<unknown>) => {
      // A text is not ours: an empty frame is malformed, and counted as such.
      this.#inlet.take(data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(0));
    };
    wire.onbufferedamountlow = () => this.#drained();
    wire.addEventListener('close', () => this.#fail('the other side closed the channel'));
  }

  #open(): void {
    if (this.#state !== 'opening') return;
    this.#state = 'open';
    watchPath(this.#connection, (path) => (this.#path = path));
    this.events.opened(this);
  }

  #fail(why: string): void {
    const before = this.#state;
    if (before === 'closed') return;
    this.#state = 'closed';
    this.#negotiator.destroy();
    if (before === 'opening') return this.events.failed(why);
    this.events.over();
    this.#closed(why);
  }
}

/** The browser's WebRTC, telling of the connection it makes and keeping the channel that is dialled on it. */
function observed(made: (connection: RTCPeerConnection) => void) {
  class ObservedConnection extends RTCPeerConnection {
    dialled: RTCDataChannel | undefined;
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      made(this);
    }
    override createDataChannel(label: string, init?: RTCDataChannelInit): RTCDataChannel {
      this.dialled = super.createDataChannel(label, init);
      return this.dialled;
    }
  }
  return { RTCPeerConnection: ObservedConnection, RTCSessionDescription, RTCIceCandidate };
}

function describe(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code === 'ERR_PC_CONSTRUCTOR') {
    return 'this browser refuses another connection: reload the page';
  }
  if (code === 'ERR_ICE_CONNECTION_FAILURE' || code === 'ERR_CONNECTION_FAILURE') {
    return 'no way through the network between the two devices';
  }
  return error instanceof Error ? error.message : 'the connection failed';
}
