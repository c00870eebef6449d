/**
 * What joins the processes of one door. All that happens in a room goes by its topic, in one order for everybody, so
 * that each process steps the same events; signals and relayed frames go to the one process that has the receiver.
 * A lone process needs no server for that: its bus is in its memory.
 */
import { randomBytes } from 'node:crypto';

export interface RoomBus {
  /** 8 hex digits: names this process on the bus. */
  readonly process: string;
  readonly status: BusStatus;
  /** Called once, before all else. */
  start(events: BusEvents): void;
  /** Hears what is published on `topic` from before `listening` is called on. */
  listen(topic: string, receive: (text: string) => void, listening: () => void): void;
  leave(topic: string): void;
  /**
   * Gives `text` to all who listen on `topic`, in one order for all of them, to this process too. `reached` is told how
   * many they are, as a rule before it hears the text itself, or not at all.
   */
  publish(topic: string, text: string, reached?: (processes: number) => void): void;
  /** Gives `bytes` to one process; `reached` is told whether it was there. */
  tell(process: string, bytes: Buffer, reached: (was: boolean) => void): void;
  /** Says good-bye to the others. */
  close(): Promise<void>;
}

export interface BusStatus {
  readonly kind: 'memory' | 'redis';
  /** Whether other processes would be reached. While not, this one goes on alone. */
  readonly connected: boolean;
  /** Other processes heard of lately. */
  readonly others: number;
}

export interface BusEvents {
  /** Another process gave `bytes` to this one. */
  told(bytes: Buffer): void;
  /** This process is reached no more, nor are the members that it had; `null`: all the others. */
  lost(process: string | null): void;
  /** Processes that were lost are reached again. Each side may have gone on alone. */
  found(): void;
}

export const newProcessName = (): string => randomBytes(4).toString('hex');

/** One after another: what is handed out while something else is comes after it for everybody. */
export function inOrder(): (act: () => void) => void {
  const queue: (() => void)[] = [];
  let busy = false;
  return (act) => {
    queue.push(act);
    if (busy) return;
    busy = true;
    try {
      for (let next = queue.shift(); next; next = queue.shift()) next();
    } finally {
      busy = false;
    }
  };
}

/** Several buses in one process, and by itself the bus of a process that is alone. */
export class MemoryHub {
  readonly #ends = new Map<string, MemoryBus>();
  readonly inOrder = inOrder();

  bus(): RoomBus {
    const bus = new MemoryBus(this, newProcessName());
    this.#ends.set(bus.process, bus);
    return bus;
  }

  get ends(): readonly MemoryBus[] {
    return [...this.#ends.values()];
  }

  end(process: string): MemoryBus | undefined {
    return this.#ends.get(process);
  }

  drop(process: string): void {
    this.#ends.delete(process);
    for (const end of this.ends) end.events?.lost(process);
  }
}

class MemoryBus implements RoomBus {
  readonly topics = new Map<string, (text: string) => void>();
  events: BusEvents | null = null;

  constructor(
    private readonly hub: MemoryHub,
    readonly process: string,
  ) {}

  get status(): BusStatus {
    return { kind: 'memory', connected: true, others: this.hub.ends.length - 1 };
  }

  start(events: BusEvents): void {
    this.events = events;
  }

  listen(topic: string, receive: (text: string) => void, listening: () => void): void {
    this.topics.set(topic, receive);
    listening();
  }

  leave(topic: string): void {
    this.topics.delete(topic);
  }

  publish(topic: string, text: string, reached?: (processes: number) => void): void {
    this.hub.inOrder(() => {
      const listeners = this.hub.ends.flatMap((end) => end.topics.get(topic) ?? []);
      reached?.(listeners.length);
      for (const receive of listeners) receive(text);
    });
  }

  tell(process: string, bytes: Buffer, reached: (was: boolean) => void): void {
    const other = this.hub.end(process);
    reached(other !== undefined);
    other?.events?.told(bytes);
  }

  close(): Promise<void> {
    this.hub.drop(this.process);
    return Promise.resolve();
  }
}
