/** How an envelope crosses the simulated network: as the object it is, and now and then as the bytes it would be. */
import { canonical } from '#protocols/core/encoding.ts';
import type { Json } from '#protocols/core/replica.ts';
import type { AnyLaboratory } from '#protocols/laboratory.ts';
import { Envelopes } from '#lib/host/envelopes.ts';
import type { Envelope } from '#lib/host/environment.ts';
import type { Decoded } from '#lib/host/wire.ts';

/** One envelope in so many crosses as bytes; the others as objects, a hundred times as fast. */
const asBytesEvery = 256;

export class Crossing {
  readonly #wire: Envelopes<unknown>;
  /** What an honest replica's message lost or changed on its way through the bytes. */
  readonly #damaged: (text: string) => void;
  #envelopes = 0;

  constructor(protocol: AnyLaboratory['protocol'], damaged: (text: string) => void) {
    this.#wire = new Envelopes(protocol);
    this.#damaged = damaged;
  }

  /** What a replica sends must come out of the bytes as it went in. */
  fromHonest(envelope: Envelope<unknown>): Envelope<unknown> {
    if (!this.#isSampled()) return envelope;
    const decoded = this.#overTheWire(envelope);
    if (!decoded.ok) {
      this.#damaged(`an envelope is ${decoded.error}`);
      return envelope;
    }
    const { value } = decoded;
    if (textOf(value) !== textOf(envelope)) {
      this.#damaged('an envelope came out of the bytes changed');
    }
    return value;
  }

  /** A liar sends whatever it likes; `null`: it is no message, and refused by whoever hears it. */
  fromLiar(envelope: Envelope<unknown>): Envelope<unknown> | null {
    if (!this.#isSampled()) return this.#wire.held(envelope).ok ? envelope : null;
    const decoded = this.#overTheWire(envelope);
    return decoded.ok ? decoded.value : null;
  }

  #isSampled(): boolean {
    return ++this.#envelopes % asBytesEvery === 0;
  }

  #overTheWire(envelope: Envelope<unknown>): Decoded<Envelope<unknown>> {
    const [bytes = new Uint8Array()] = this.#wire.encode(envelope);
    return this.#wire.decode(bytes);
  }
}

function textOf(envelope: Envelope<unknown>): string {
  return canonical(envelope as unknown as Json);
}
