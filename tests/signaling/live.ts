/** A real door on a real socket, and tabs that knock at it. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as v from 'valibot';
import { WebSocket, type ClientOptions } from 'ws';
import { signalPath, toTabSchema, type ToTab } from '#signaling/messages.ts';
import { createSignaling, type Signaling, type SignalingOptions } from '#signaling/server.ts';
import type { Identity } from './identity.ts';

export interface LiveDoor {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  readonly signaling: Signaling;
  close(): Promise<void>;
}

export async function openDoor(
  options: Omit<SignalingOptions, 'server'> & { port?: number } = {},
): Promise<LiveDoor> {
  const { port: asked = 0, ...rest } = options;
  const server = createServer();
  const signaling = createSignaling({ ...rest, server });
  server.listen(asked);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://localhost:${port}${signalPath}`,
    port,
    server,
    signaling,
    async close() {
      server.close();
      await signaling.close();
      server.closeAllConnections();
    },
  };
}

/** A machine that others use too may be slow; nothing here is about time. */
const patienceMs = 15_000;

/** One connection. Everything it hears is checked against the schema and kept until asked for. */
export class Tab {
  readonly #heard: ToTab[] = [];
  #wake: (() => void) | null = null;
  #relayed = 0;
  closeCode: number | null = null;
  /** What the server said first. */
  welcome: ToTab | null = null;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data, isBinary) => {
      if (isBinary) this.#relayed++;
      else this.#heard.push(v.parse(toTabSchema, JSON.parse(String(data))));
      this.#wake?.();
    });
    socket.on('close', (code) => {
      this.closeCode = code;
      this.#wake?.();
    });
    socket.on('error', () => undefined);
  }

  static async connect(url: string, options: ClientOptions = {}): Promise<Tab> {
    const tab = new Tab(new WebSocket(url, options));
    tab.welcome = await tab.next();
    return tab;
  }

  /** Empty when the server turned the connection away. */
  get nonce(): string {
    return this.welcome?.type === 'welcome' ? this.welcome.nonce : '';
  }

  /** The next message, in order. Throws when the connection ends or nothing comes. */
  async next(): Promise<ToTab> {
    await this.#until(() => this.#heard.length > 0 || this.closeCode !== null);
    const message = this.#heard.shift();
    if (!message) throw new Error(`the connection ended with ${this.closeCode}`);
    return message;
  }

  /** Waits until `count` relayed frames have come. */
  async relayed(count: number): Promise<void> {
    await this.#until(() => this.#relayed >= count);
  }

  /** The close code, once the connection has ended. */
  async ended(): Promise<number> {
    await this.#until(() => this.closeCode !== null);
    return this.closeCode ?? 0;
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  async create({ member, prove }: Identity): Promise<ToTab> {
    this.send({ type: 'create', member, proof: prove(this.nonce, '') });
    return this.next();
  }

  async join(code: string, { member, prove }: Identity): Promise<ToTab> {
    this.send({ type: 'join', code, member, proof: prove(this.nonce, code) });
    return this.next();
  }

  async resume(
    room: { code: string; facilitator: string; locked?: boolean },
    { member, prove }: Identity,
  ): Promise<ToTab> {
    const proof = prove(this.nonce, room.code);
    this.send({ type: 'resume', locked: false, ...room, member, proof });
    return this.next();
  }

  async #until(isSo: () => boolean): Promise<void> {
    const deadline = Date.now() + patienceMs;
    while (!isSo()) {
      const left = deadline - Date.now();
      if (left <= 0) throw new Error('nothing came');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

/** The code of the room that `message` lets its reader into. */
export function codeIn(message: ToTab): string {
  if (message.type !== 'joined') throw new Error(`not let in: ${JSON.stringify(message)}`);
  return message.code;
}
