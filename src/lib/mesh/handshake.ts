/**
 * One handshake on one channel: hello, proof, ready. It ends once, in a member that proved its key and took our
 * proof, or in a reason.
 */
import type { Signer, Verify } from './hello.ts';
import type { Clock, TimerHandle } from '../tab/clock.ts';
import type { Channel } from './channel.ts';
import { bye, byeReason } from './control.ts';
import { frameType } from './framing.ts';
import {
  decodeHello,
  decodeProof,
  encodeHello,
  encodeProof,
  newHello,
  proofMessage,
  type Admits,
  type Hello,
  type Introduction,
  type MeshMember,
} from './hello.ts';
import { meshLimits } from './limits.ts';

/** What this member brings to every handshake. */
export interface HandshakeOptions {
  readonly room: string;
  readonly signer: Signer;
  readonly verify: Verify;
  readonly name: string;
  readonly incarnation: number;
  readonly admits: Admits;
  readonly clock: Clock;
}

export type HandshakeResult =
  | { readonly type: 'proved'; readonly member: MeshMember }
  /** `final`: another try would end the same way. */
  | { readonly type: 'refused'; readonly why: string; readonly retry: 'later' | 'never' };

export class Handshake {
  readonly #self: Hello;
  #introduction: Introduction | null = null;
  #ended = false;
  #proofSeen = false;
  #proofGood = false;
  #ready = false;
  readonly #timer: TimerHandle;

  constructor(
    private readonly channel: Channel,
    private readonly options: HandshakeOptions,
    private readonly done: (result: HandshakeResult) => void,
  ) {
    this.#self = newHello(options.signer.publicKey, options);
    this.#timer = options.clock.setTimeout(
      () => this.#refuse('it did not introduce itself in time'),
      meshLimits.helloTimeoutMs,
    );
  }

  /** What the other end said already is heard at once: `done` may be called before this returns. */
  begin(): void {
    this.channel.onClose((why) => this.#end({ type: 'refused', why, retry: 'later' }));
    this.channel.send(encodeHello(this.#self));
    this.channel.onMessage((frame) => this.#receive(frame));
  }

  get path(): Channel['path'] {
    return this.channel.path;
  }

  /** Closes the channel without a result: another one takes its place. */
  abandon(): void {
    if (this.#ended) return;
    this.#finish();
    this.channel.close();
  }

  #receive(frame: Uint8Array): void {
    if (this.#ended) return;
    switch (frame[0]) {
      case frameType.hello:
        return this.#onHello(frame);
      case frameType.proof:
        return void this.#onProof(frame);
      case frameType.ready:
        this.#ready = true;
        return this.#settle();
      case frameType.bye:
        // Not proved yet, so it may be anybody's: a reason to show, not one to stay away for.
        return this.#refuse(`it refused: ${byeReason(frame) ?? 'no reason given'}`);
      default:
        return this.#refuse('it spoke before it introduced itself');
    }
  }

  #onHello(frame: Uint8Array): void {
    const peer = decodeHello(frame);
    if (peer === null || this.#introduction !== null) return this.#refuse('malformed hello');
    if (peer.id !== this.channel.peer) {
      return this.#refuse('it is not the member it was introduced as');
    }
    const admitted = this.options.admits(peer);
    if (admitted !== true) return this.#refuse(admitted, 'never');
    this.#introduction = {
      room: this.options.room,
      binding: this.channel.binding,
      self: this.#self,
      peer,
    };
    void this.#prove(this.#introduction);
  }

  async #prove(introduction: Introduction): Promise<void> {
    const signature = await this.options.signer.sign(proofMessage(introduction, this.#self.id));
    if (!this.#ended) this.channel.send(encodeProof(signature));
  }

  async #onProof(frame: Uint8Array): Promise<void> {
    const introduction = this.#introduction;
    const signature = decodeProof(frame);
    if (introduction === null || signature === null || this.#proofSeen) {
      return this.#refuse('malformed proof');
    }
    this.#proofSeen = true;
    const { peer } = introduction;
    const message = proofMessage(introduction, peer.id);
    const good = await this.options.verify(peer.publicKey, message, signature);
    if (this.#ended) return;
    if (!good) return this.#refuse('it could not prove its key');
    this.#proofGood = true;
    this.channel.send(new Uint8Array([frameType.ready]));
    this.#settle();
  }

  #settle(): void {
    if (!this.#ready || !this.#proofGood || this.#introduction === null) return;
    const { id, publicKey, name, incarnation } = this.#introduction.peer;
    this.#end({ type: 'proved', member: { id, publicKey, name, incarnation } });
  }

  #refuse(why: string, retry: 'later' | 'never' = 'later'): void {
    if (this.#ended) return;
    this.channel.send(bye(why));
    this.channel.close();
    this.#end({ type: 'refused', why, retry });
  }

  #end(result: HandshakeResult): void {
    if (this.#ended) return;
    this.#finish();
    this.done(result);
  }

  #finish(): void {
    this.#ended = true;
    this.options.clock.clear(this.#timer);
  }
}
