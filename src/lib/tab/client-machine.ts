/** The tab's client, seen from the page: commands in, results out, and the lines to the replicas. */
import type { Command, ReadMode } from '#protocols/core/client.ts';
import { clientId, type ClientId, type MemberId, type ReplicaId } from '#protocols/core/ids.ts';
import type { HistoryPage } from './client-history.ts';
import type { ReplicaMachine } from './replica-machine.ts';
import type { LoadOptions } from './load.ts';
import type { EpochSetting, FromClient, LoadReport, ToClient } from './worker-messages.ts';

export type Settled = Extract<FromClient, { type: 'settled' }>;

export interface ClientEvents {
  send(to: ReplicaId, bytes: Uint8Array): void;
  settled(settled: Settled): void;
  refused(from: ReplicaId, error: string): void;
}

export interface ClientMachineOptions {
  /** The member whose client it is. */
  readonly self: MemberId;
  /** The 32-byte seed of its Ed25519 key. */
  readonly secretKey: Uint8Array;
  readonly epoch: EpochSetting;
}

export class ClientMachine {
  readonly #worker: Worker;
  #nextId = 1;
  readonly id: ClientId;
  readonly #pages = new Map<number, (page: HistoryPage) => void>();
  #loaded: (report: LoadReport) => void = () => undefined;

  /** A session of its own, in a worker of its own. */
  constructor({ self, secretKey, epoch }: ClientMachineOptions, events: ClientEvents) {
    this.#worker = new Worker(new URL('./client.worker.ts', import.meta.url), { type: 'module' });
    this.#worker.onmessage = ({ data }: MessageEvent<FromClient>) => {
      if (data.type === 'send') events.send(data.to, data.bytes);
      else if (data.type === 'settled') events.settled(data);
      else if (data.type === 'loaded') this.#loaded(data.report);
      else if (data.type === 'history') this.#hand(data.id, data.page);
      else events.refused(data.from, data.error);
    };
    this.id = clientId(self, freshNonce());
    this.#post({ type: 'boot', self: this.id, secretKey, epoch });
  }

  /** Hands a command in; `settled` comes back with the id returned here, or never: then its outcome is unknown. */
  submit(command: Command): number {
    const id = this.#nextId++;
    this.#post({ type: 'submit', id, command });
    return id;
  }

  /** Reads `key` without an entry in the log, in a way that the protocol's `reads` lists; answered like a command. */
  query(key: string, read: ReadMode): number {
    const id = this.#nextId++;
    this.#post({ type: 'query', id, key, read });
    return id;
  }

  /** Keeps the cluster busy and says what that took. One load at a time. */
  load(options: LoadOptions): Promise<LoadReport> {
    this.#post({ type: 'load', ...options });
    return new Promise((resolve) => (this.#loaded = resolve));
  }

  /** What it asked and was answered, from operation `first` on. */
  history(first: number): Promise<HistoryPage> {
    const id = this.#nextId++;
    this.#post({ type: 'history', id, first });
    return new Promise((resolve) => this.#pages.set(id, resolve));
  }

  /** A new direct line to the tab's own replica, which has just started; `null`: it is gone. */
  connect(replica: ReplicaMachine | null): void {
    if (!replica) return this.#post({ type: 'replica', port: null });
    const { port1, port2 } = new MessageChannel();
    replica.connectClient(port1);
    this.#worker.postMessage({ type: 'replica', port: port2 } satisfies ToClient, [port2]);
  }

  deliver(from: ReplicaId, bytes: Uint8Array): void {
    this.#post({ type: 'reply', from, bytes });
  }

  close(): void {
    this.#worker.terminate();
  }

  #hand(id: number, page: HistoryPage): void {
    this.#pages.get(id)?.(page);
    this.#pages.delete(id);
  }

  #post(message: ToClient): void {
    this.#worker.postMessage(message);
  }
}

/** 8 hex digits. */
function freshNonce(): string {
  const [word = 0] = crypto.getRandomValues(new Uint32Array(1));
  return word.toString(16).padStart(8, '0');
}
