/**
 * The state an epoch starts from, for members who have it and members who must ask: kept with the seat, checked
 * against the digest that the genesis names, so that anybody may supply it.
 */
import * as v from 'valibot';
import type { Json } from '#protocols/core/replica.ts';
import { Service, serviceSnapshotSchema, type ServiceSnapshot } from '#protocols/core/service.ts';
import type { Seat } from './seats.ts';

/** How often a member asks everybody again, in ms. */
const askMs = 1_000;

const recordKey = (digest: string): string => `state/${digest}`;

export class BaseStates {
  readonly #seat: Seat;
  readonly #ask: (digest: string) => void;
  readonly #waiting = new Map<string, (snapshot: ServiceSnapshot) => void>();

  /** `ask` sends a request for the state with this digest to everybody. */
  constructor(seat: Seat, ask: (digest: string) => void) {
    this.#seat = seat;
    this.#ask = ask;
  }

  /** Keeps a state that this tab's own replica ended with. */
  async keep(digest: string, snapshot: ServiceSnapshot): Promise<void> {
    await this.#seat.put(recordKey(digest), snapshot as unknown as Json);
    this.#waiting.get(digest)?.(snapshot);
  }

  /** What this seat has kept, `null` for nothing. */
  async find(digest: string): Promise<ServiceSnapshot | null> {
    const kept = await this.#seat.get(recordKey(digest));
    if (!kept.ok || kept.value === undefined) return null;
    const parsed = v.safeParse(serviceSnapshotSchema, kept.value);
    return parsed.success ? parsed.output : null;
  }

  /** The state with this digest, however long it takes somebody to have it. `stopped` ends the asking. */
  async obtain(digest: string, stopped: AbortSignal): Promise<ServiceSnapshot> {
    const kept = await this.find(digest);
    if (kept) return kept;
    return new Promise((resolve) => {
      const again = setInterval(() => this.#ask(digest), askMs);
      const end = (): void => {
        clearInterval(again);
        this.#waiting.delete(digest);
      };
      stopped.addEventListener('abort', end, { once: true });
      this.#waiting.set(digest, (snapshot) => {
        end();
        resolve(snapshot);
      });
      this.#ask(digest);
    });
  }

  /** A state that somebody sent. Resolves to what is wrong with it, `null` if nothing is. */
  async offer(digest: string, snapshot: ServiceSnapshot): Promise<string | null> {
    if (!this.#waiting.has(digest)) return null;
    const service = new Service();
    service.restore(snapshot);
    if (service.digest() !== digest) return 'a state whose digest is not the one asked for';
    await this.keep(digest, snapshot);
    return null;
  }
}
