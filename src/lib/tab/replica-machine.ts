/**
 * The machine one replica runs on, seen from the page: a worker that can be crashed for real, paused and frozen.
 * Its disk outlives it.
 */
import type { Behaviour } from '#protocols/core/behaviour.ts';
import type { Decided, Evidence } from '#protocols/core/evidence.ts';
import type { MemberId, ReplicaId } from '#protocols/core/ids.ts';
import type { ExecutedSlot } from '#protocols/core/protocol.ts';
import type { Operation } from '#protocols/core/replica.ts';
import type { ServiceSnapshot } from '#protocols/core/service.ts';
import type { Section } from '../mesh/transport.ts';
import type {
  Dispatch,
  EpochSetting,
  FromReplica,
  Testimony,
  ToReplica,
} from './worker-messages.ts';

export type MachineState =
  | { readonly condition: 'starting' | 'running' | 'paused' | 'crashed' }
  /** `damaged`: its disk can never be used again; otherwise a restart may help. */
  | { readonly condition: 'halted'; readonly why: string; readonly damaged: boolean };

export interface MachineOptions {
  readonly self: ReplicaId;
  /** The 32-byte seed of its Ed25519 key. */
  readonly secretKey: Uint8Array;
  readonly epoch: EpochSetting;
  /** The state the epoch starts from; `null` for an empty one. */
  readonly base: ServiceSnapshot | null;
}

/** What a machine tells its owner. */
export interface MachineEvents {
  send(dispatches: readonly Dispatch[]): void;
  trace(bytes: Uint8Array): void;
  changed(state: MachineState): void;
  store(shown: Extract<FromReplica, { type: 'store' }>): void;
  ended(end: Extract<FromReplica, { type: 'ended' }>): void;
  refused(from: MemberId, error: string): void;
  evidence(evidence: Evidence): void;
  executed(slots: readonly ExecutedSlot[]): void;
  lies(told: Extract<FromReplica, { type: 'lies' }>): void;
}

export class ReplicaMachine {
  readonly #options: MachineOptions;
  readonly #events: MachineEvents;
  #worker: Worker | null = null;
  #state: MachineState = { condition: 'crashed' };
  #frozen = false;
  /** The number of the present or last life; 0 before the first. */
  #incarnation = 0;
  #behaviours: readonly Behaviour[] = [];
  /** Who waits for an answer, in the order of their questions. */
  #asking: ((testimony: Testimony | null) => void)[] = [];

  constructor(options: MachineOptions, events: MachineEvents) {
    this.#options = options;
    this.#events = events;
  }

  get incarnation(): number {
    return this.#incarnation;
  }

  get state(): MachineState {
    return this.#state;
  }

  /** Starts the worker; it recovers from what the disk holds. `incarnation` must be durable and never used before. */
  start(incarnation: number): void {
    if (this.#worker) return;
    this.#incarnation = incarnation;
    const worker = new Worker(new URL('./replica.worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<FromReplica>) => {
      // What a terminated worker had posted before counts as sent; what it was is past.
      if (this.#worker === worker) this.#take(data);
      else if (data.type === 'send') this.#events.send(data.dispatches);
    };
    worker.onerror = (event) => this.#fail(worker, event.message || 'its program failed to load');
    this.#worker = worker;
    this.#post({ type: 'boot', ...this.#options, incarnation, frozen: this.#frozen });
    if (this.#behaviours.length > 0) this.behave(this.#behaviours);
    this.#become({ condition: 'starting' });
  }

  /** Terminates the worker in mid-step. Only what the disk acknowledged is left. */
  crash(): void {
    if (!this.#worker) return;
    this.#worker.terminate();
    this.#worker = null;
    this.#become({ condition: 'crashed' });
  }

  /** Holds the replica's clock and inbox while the room's time goes on. */
  pause(): void {
    if (this.#state.condition !== 'running') return;
    this.#post({ type: 'pause' });
    this.#become({ condition: 'paused' });
  }

  wake(): void {
    if (this.#state.condition !== 'paused') return;
    this.#post({ type: 'wake' });
    this.#become({ condition: 'running' });
  }

  /** Its person asks something of the replica, which says by a note why it cannot. */
  operate(operation: Operation): void {
    this.#post({ type: 'operate', operation });
  }

  /** How it lies from here on, in this life and the next; nothing: not at all. */
  behave(behaviours: readonly Behaviour[]): void {
    this.#behaviours = behaviours;
    this.#post({ type: 'behave', behaviours });
  }

  /** What it has seen signed, about one slot or `null`: all of it. Resolves to `null` if it does not run. */
  testify(slot: Decided | null): Promise<Testimony | null> {
    if (this.#state.condition !== 'running') return Promise.resolve(null);
    return new Promise((resolve) => {
      this.#asking.push(resolve);
      this.#post({ type: 'testify', slot });
    });
  }

  /** The room's time stops or goes on, for a replica that runs or will. */
  setFrozen(frozen: boolean): void {
    if (frozen === this.#frozen) return;
    this.#frozen = frozen;
    this.#post({ type: frozen ? 'freeze' : 'unfreeze' });
  }

  deliver(from: MemberId, sections: readonly Section[]): void {
    this.#worker?.postMessage({ type: 'sections', from, sections } satisfies ToReplica);
  }

  /** The batch of trace was handed on; the worker may send the next. */
  traceTaken(): void {
    this.#post({ type: 'traceTaken' });
  }

  /** One end of a line to the tab's client worker. */
  connectClient(port: MessagePort): void {
    this.#worker?.postMessage({ type: 'client', port } satisfies ToReplica, [port]);
  }

  #take(message: FromReplica): void {
    switch (message.type) {
      case 'booted':
        return this.#become({ condition: 'running' });
      case 'halted':
        this.#worker?.terminate();
        this.#worker = null;
        return this.#become({
          condition: 'halted',
          why: message.why,
          damaged: message.damaged,
        });
      case 'send':
        return this.#events.send(message.dispatches);
      case 'trace':
        return this.#events.trace(message.bytes);
      case 'store':
        return this.#events.store(message);
      case 'ended':
        return this.#events.ended(message);
      case 'refused':
        return this.#events.refused(message.from, message.error);
      case 'executed':
        return this.#events.executed(message.slots);
      case 'evidence':
        return this.#events.evidence(message.evidence);
      case 'lies':
        return this.#events.lies(message);
      case 'testimony':
        return this.#asking.shift()?.(message);
    }
  }

  #fail(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    worker.terminate();
    this.#worker = null;
    this.#become({ condition: 'halted', why: `The replica stopped: ${why}.`, damaged: false });
  }

  #post(message: ToReplica): void {
    this.#worker?.postMessage(message);
  }

  #become(state: MachineState): void {
    this.#state = state;
    if (state.condition === 'crashed' || state.condition === 'halted') {
      for (const unanswered of this.#asking.splice(0)) unanswered(null);
    }
    this.#events.changed(state);
  }
}
