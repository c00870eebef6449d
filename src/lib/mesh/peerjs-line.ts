/**
 * An id that this tab holds at a PeerServer: it is called by it, and calls others from it. The server names who sends,
 * and passes everything on unread; what it passes on is bounded here, before PeerJS makes a connection of it.
 *
 * Losing the server ends the line and none of the channels that were dialled over it.
 */
import type { Peer } from 'peerjs';
import type { MemberId } from '#protocols/core/ids.ts';
import type { Clock, TimerHandle } from '../tab/clock.ts';
import { meshLimits } from './limits.ts';
import { PeerCall } from './peerjs-call.ts';
import { parsePeerServerMessage, type Caller, type PeerServerMessage } from './peerjs-messages.ts';

export interface LineOptions {
  /** `http:` or `https:`, where the PeerServer's own path ends. */
  readonly server: URL;
  readonly id: string;
  /** Kept over reloads: with it the id is taken over from one's own page of before. */
  readonly token: string;
  /** Explicit: PeerJS's own list would have a room in a LAN call the internet. */
  readonly iceServers: readonly RTCIceServer[];
  readonly clock: Clock;
}

export type ClaimOutcome =
  | { readonly ok: true; readonly line: PeerLine }
  /** `taken`: by somebody with another token. `why` is a sentence for the person. */
  | { readonly ok: false; readonly taken: boolean; readonly why: string };

/** Why a call failed that the server had nobody to give to. */
export const absent = 'it is not at the PeerServer';
const noAnswer = 'The PeerServer does not answer.';
const notLoaded = 'A part of this page did not load: reload it.';
const taken: ClaimOutcome = {
  ok: false,
  taken: true,
  why: 'Somebody else holds this place at the PeerServer.',
};

/** Claims the id. What is `taken` stays so until its holder goes, or has been silent for the server's patience. */
export async function claimLine(options: LineOptions): Promise<ClaimOutcome> {
  const library = await import('peerjs').catch(() => null);
  if (!library) return { ok: false, taken: false, why: notLoaded };
  const { server, id, token, iceServers } = options;
  const secure = server.protocol === 'https:';
  const settings = {
    host: server.hostname,
    port: Number(server.port) || (secure ? 443 : 80),
    path: server.pathname,
    secure,
    token,
    config: { iceServers: [...iceServers] },
    debug: 0,
  };
  try {
    const peer = new library.Peer(id, settings);
    return await new Promise((resolve) => void new PeerLine(peer, options, resolve));
  } catch {
    // The browser refuses the address.
    return { ok: false, taken: false, why: noAnswer };
  }
}

/** The part of PeerJS's socket that the library marks as its own: the only place before its connections. */
interface ServerSocket {
  listeners(event: 'message'): ((message: PeerServerMessage) => void)[];
  removeAllListeners(event: 'message'): void;
  on(event: 'message', listener: (message: unknown) => void): void;
  send(message: object): void;
}

export class PeerLine {
  readonly id: string;
  readonly #peer: Peer;
  readonly #clock: Clock;
  #state: 'claiming' | 'held' | 'lost' = 'claiming';
  #claimed: (outcome: ClaimOutcome) => void;
  #timers: TimerHandle[] = [];
  /** Who waits for a message to oneself. */
  readonly #echoed: (() => void)[] = [];
  /** Being dialled by us, until they open: the server tells of an id that nobody holds. */
  readonly #dialling = new Map<PeerCall, string>();
  #takes: (from: string, caller: Caller) => boolean = () => false;
  #called: (call: PeerCall<MemberId>, from: string) => void = () => undefined;
  #lost: (why: string) => void = () => undefined;
  /** Messages that were none, or not to be taken from their sender. */
  badMessages = 0;

  constructor(
    peer: Peer,
    { id, clock }: Pick<LineOptions, 'id' | 'clock'>,
    claimed: (outcome: ClaimOutcome) => void,
  ) {
    [this.id, this.#peer, this.#clock, this.#claimed] = [id, peer, clock, claimed];
    const socket = this.#socket;
    const [toPeerJs] = socket.listeners('message');
    socket.removeAllListeners('message');
    socket.on('message', (message) => {
      const known = parsePeerServerMessage(message);
      if (known !== null && this.#receive(known)) toPeerJs?.(known);
      else if (known === null) this.badMessages++;
    });
    peer.on('open', () => this.#hold());
    peer.on('connection', (connection) => {
      const { member } = connection.metadata as Caller;
      this.#called(new PeerCall(member, connection), connection.peer);
    });
    peer.on('error', ({ type, message }) => this.#onError(type, message));
    peer.on('disconnected', () => this.#end(noAnswer));
    this.#timers.push(clock.setTimeout(() => this.#end(noAnswer), meshLimits.claimTimeoutMs));
    this.#askOneself();
  }

  get held(): boolean {
    return this.#state === 'held';
  }

  /** Whether the server answers now: on another network the connection to it may be dead and not know. */
  answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = this.#clock.setTimeout(() => resolve(false), meshLimits.echoTimeoutMs);
      this.#echoed.push(() => {
        this.#clock.clear(timer);
        resolve(true);
      });
      this.#callOneself();
    });
  }

  /** Dials `to`, as `caller`. `null`: the browser makes no more connections. */
  call<P extends MemberId | null>(to: string, peer: P, caller: Caller): PeerCall<P> | null {
    try {
      const options = { serialization: 'raw', reliable: true, label: 'synod', metadata: caller };
      const call = new PeerCall(peer, this.#peer.connect(to, options));
      this.#dialling.set(call, to);
      return call;
    } catch {
      return null;
    }
  }

  /** `takes` is asked before anything is made of an offer; `called` has the call that comes of it, still opening. */
  onCall(
    takes: (from: string, caller: Caller) => boolean,
    called: (call: PeerCall<MemberId>, from: string) => void,
  ): void {
    this.#takes = takes;
    this.#called = called;
  }

  /** Called once when the server is gone, or has given the id to somebody else. Not for one's own {@link close}. */
  onLost(lost: (why: string) => void): void {
    this.#lost = lost;
  }

  /** Gives the id back. The channels stay. */
  close(): void {
    this.#lost = () => undefined;
    this.#end('');
  }

  get #socket(): ServerSocket {
    return this.#peer.socket as unknown as ServerSocket;
  }

  /** Whether PeerJS shall hear of it. */
  #receive(message: PeerServerMessage): boolean {
    switch (message.type) {
      case 'OPEN':
      case 'ID-TAKEN':
      case 'ERROR':
      case 'INVALID-KEY':
        return true;
      case 'LEAVE':
        // PeerJS would close channels that stand for what somebody or the server says; they know better themselves.
        if (message.src === this.id) this.#onEcho();
        return false;
      case 'EXPIRE':
        for (const [call, to] of this.#dialling) {
          if (to === message.src && call.isOpening) call.fail(absent);
        }
        this.#forgetDialled();
        return false;
      case 'OFFER':
        return this.#takesOffer(message);
      case 'ANSWER':
      case 'CANDIDATE':
        // PeerJS would keep what belongs to no connection, for ever.
        return this.#peer.getConnection(message.src, message.payload.connectionId) !== null;
    }
  }

  #takesOffer({ src, payload }: Extract<PeerServerMessage, { type: 'OFFER' }>): boolean {
    const { connectionId, metadata } = payload;
    const known = this.#peer.getConnection(src, connectionId) !== null;
    const takes = !known && this.held && this.#takes(src, metadata);
    if (!takes) this.badMessages++;
    return takes;
  }

  /**
   * A server that has not noticed yet that one's page of before is gone gives its id over without a word. A message to
   * oneself comes back from then on.
   */
  #askOneself(): void {
    if (this.#state !== 'claiming') return;
    this.#callOneself();
    this.#timers.push(this.#clock.setTimeout(() => this.#askOneself(), meshLimits.echoEveryMs));
  }

  #callOneself(): void {
    this.#socket.send({ type: 'LEAVE', dst: this.id });
  }

  #onEcho(): void {
    this.#hold();
    for (const echoed of this.#echoed.splice(0)) echoed();
  }

  #hold(): void {
    if (this.#state !== 'claiming') return;
    this.#state = 'held';
    this.#stopTimers();
    this.#claimed({ ok: true, line: this });
  }

  #onError(type: string, message: string): void {
    if (this.#state !== 'claiming') return;
    if (type === 'unavailable-id') this.#claimed(taken);
    else if (type === 'server-error' || type === 'invalid-key') {
      this.#claimed({ ok: false, taken: false, why: `The PeerServer refuses: ${message}.` });
    } else return;
    // It has been answered: what follows is the end.
    this.#claimed = () => undefined;
  }

  #end(why: string): void {
    const before = this.#state;
    if (before === 'lost') return;
    this.#state = 'lost';
    this.#stopTimers();
    this.#peer.disconnect();
    if (before === 'claiming') this.#claimed({ ok: false, taken: false, why });
    else this.#lost(why);
  }

  #forgetDialled(): void {
    for (const call of this.#dialling.keys()) if (!call.isOpening) this.#dialling.delete(call);
  }

  #stopTimers(): void {
    for (const timer of this.#timers) this.#clock.clear(timer);
    this.#timers = [];
  }
}
