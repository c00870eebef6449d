/**
 * A simulated cluster whose replicas are sent frames that no honest peer would send: noise, honest frames that were cut,
 * spliced and flipped, honest messages with a field replaced. They take the way of a real one: framing, envelope, door
 * of the host, core. Whoever sends them has proved its key, as a stranger in the room or as a member that lies.
 */
import type { Violation } from '#protocols/core/checker.ts';
import type { MemberId } from '#protocols/core/ids.ts';
import type { Json } from '#protocols/core/replica.ts';
import { quietWorld } from '#protocols/core/schedule.ts';
import { laboratoryNamed } from '#protocols/laboratory.ts';
import { protocolNamed, type ProtocolName } from '#protocols/registry.ts';
import { Envelopes } from '#lib/host/envelopes.ts';
import { decodeReplies, decodeRequests, requestEnvelopeSchema } from '#lib/host/wire.ts';
import { encodeJson } from '#lib/host/wire.ts';
import { Assembler, frameType, pack, unpack } from '#lib/mesh/framing.ts';
import { meshLimits } from '#lib/mesh/limits.ts';
import type { Section } from '#lib/mesh/transport.ts';
import { Random } from '#lib/simulator/random.ts';
import { cluster, replicaNumbered, Simulation } from '#lib/simulator/simulation.ts';
import type { TraceEvent } from '#lib/host/trace.ts';

export interface HostileOptions {
  readonly protocol: ProtocolName;
  readonly frames: number;
  readonly seed: number;
  /** Told now and then how many frames have been sent. */
  readonly progress?: (frames: number) => void;
}

export interface HostileOutcome {
  readonly frames: number;
  /** Refused by the framing, and by the decoder of what was in them. */
  readonly malformed: number;
  readonly undecoded: number;
  /** Decoded, and handed to the door of a host. */
  readonly handed: number;
  /** What no longer held, or what was thrown; `null` for nothing. */
  readonly wrong: string | null;
  /** Of the honest clients. */
  readonly asked: number;
  readonly unanswered: number;
}

const corpusMax = 512;
const strangersMax = 64;
/** `progress` is told each time so many more have been sent. */
export const framesPerProgress = 10_000;
const framesPerEvent = 2;
const framesPerRequest = 100;
/** From then on the last member's name is the liar's. */
const crashAfter = 500;
const settlingEventsMax = 200_000;

const strangers = Array.from(
  { length: strangersMax },
  (_, i) => `eeee${i.toString(16).padStart(28, '0')}` as MemberId,
);
const extremes: readonly Json[] = [
  ...[0, -1, 1, 0.5, 2 ** 31, 2 ** 52, 2 ** 53, 1e308, null, true, '', 'x', '\ud800', '__proto__'],
  ...[[], {}, [[]], [null], { type: 'constructor' }, 'f'.repeat(64), 'a'.repeat(5_000)],
];

class Attack {
  readonly #random: Random;
  readonly #corpus: unknown[] = [];
  readonly #options: HostileOptions;
  readonly #envelopes: Envelopes<unknown>;
  readonly #requests;
  readonly #simulation: Simulation;
  /** In a protocol that believes everybody: where what came in due form goes. There nothing is asked but that nothing throws. */
  readonly #gullible: Simulation | null;
  readonly #assembler = new Assembler();
  readonly #nodes: number;
  readonly #isSigned: boolean;
  readonly #counts = { malformed: 0, undecoded: 0, handed: 0 };

  constructor(options: HostileOptions) {
    this.#options = options;
    const protocol = protocolNamed(options.protocol);
    this.#random = new Random(options.seed, 'hostile');
    this.#envelopes = new Envelopes(protocol);
    this.#requests = requestEnvelopeSchema(protocol.clientMessage);
    this.#isSigned = protocol.signed;
    this.#nodes = protocol.signed ? 4 : 3;
    const world = { ...quietWorld, seed: options.seed, nodes: this.#nodes, clients: 2 };
    const laboratory = laboratoryNamed(options.protocol);
    const trace = (event: TraceEvent<unknown, unknown>): void => this.#learn(event);
    this.#simulation = new Simulation({ laboratory, world, trace });
    this.#gullible = protocol.signed
      ? null
      : new Simulation({ laboratory, world, checkers: 'off' });
  }

  run(): HostileOutcome {
    const { frames, progress } = this.#options;
    const { clients } = this.#simulation;
    this.#gullible?.start();
    let wrong = this.#do(() => this.#simulation.start());
    let sent = 0;
    for (; sent < frames && wrong === null; sent++) {
      if (sent % framesPerProgress === 0) progress?.(sent);
      wrong =
        this.#do(() => this.#attend(sent)) ??
        this.#do(() => this.#send()) ??
        this.#thrownByGullible();
    }
    const isAnswered = (): boolean =>
      clients.history.every(({ answeredAt }) => answeredAt !== null);
    for (let i = 0; i < settlingEventsMax && wrong === null && !isAnswered(); i++) {
      wrong = this.#do(() => this.#simulation.runNext());
    }
    const unanswered = clients.history.filter(({ answeredAt }) => answeredAt === null).length;
    return { ...this.#counts, frames: sent, wrong, asked: clients.history.length, unanswered };
  }

  /** What went wrong. A replica that throws within a step is caught by the simulation itself (K12). */
  #do(act: () => Violation | null | undefined): string | null {
    try {
      const violation = act() ?? this.#simulation.watch.violation;
      return violation ? `${violation.id}: ${violation.text}` : null;
    } catch (error) {
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
  }

  /** Life goes on meanwhile. */
  #attend(sent: number) {
    const { queue, clients } = this.#simulation;
    if (this.#isSigned && sent === crashAfter) {
      const machine = this.#nodes - 1;
      return this.#simulation.inject({ type: 'crash', at: queue.now, machine, write: 'kept' });
    }
    const client = sent % 2;
    if (sent % framesPerRequest === 0 && clients.mayAsk(client)) {
      const command = { op: 'put', key: `k${sent % 7}`, value: String(sent) } as const;
      return this.#simulation.inject({ type: 'request', at: queue.now, client, command });
    }
    if (sent % framesPerEvent > 0) return null;
    if (this.#gullible && this.#gullible.queue.next < Infinity) this.#gullible.runNext();
    return queue.next < Infinity ? this.#simulation.runNext() : null;
  }

  #thrownByGullible(): string | null {
    const violation = this.#gullible?.watch.violation ?? null;
    return violation?.id === 'K12' ? violation.text : null;
  }

  #learn({ effects }: TraceEvent<unknown, unknown>): void {
    for (const effect of effects) {
      if (effect.type !== 'send') continue;
      if (this.#corpus.length < corpusMax) this.#corpus.push(effect.message);
      else this.#corpus[this.#random.next() % corpusMax] = effect.message;
    }
  }

  #send(): undefined {
    const random = this.#random;
    const from = random.chance(500) ? replicaNumbered(this.#nodes - 1) : random.pick(strangers);
    const { machines } = this.#gullible ?? this.#simulation;
    const to = machines[random.between(0, this.#nodes - 2)];
    const frame = random.chance(100) ? this.#noise() : this.#bent();
    for (const section of this.#sectionsOf(frame)) {
      if (section.kind === 'consensus') {
        const decoded = this.#envelopes.decode(section.bytes);
        if (!decoded.ok) this.#counts.undecoded++;
        else {
          this.#counts.handed++;
          to?.receive(from, { type: 'envelope', from, envelope: decoded.value });
        }
      } else if (section.kind === 'request') {
        const decoded = decodeRequests(this.#requests, section.bytes, from);
        if (!decoded.ok) this.#counts.undecoded++;
        else {
          this.#counts.handed++;
          to?.receive(from, { type: 'requests', requests: decoded.value.requests });
        }
      } else if (section.kind === 'reply') {
        if (!decodeReplies(section.bytes).ok) this.#counts.undecoded++;
      }
    }
  }

  #sectionsOf(frame: Uint8Array): readonly Section[] {
    if (frame[0] === frameType.chunk) {
      const assembly = this.#assembler.add(frame);
      if (assembly.type === 'malformed') this.#counts.malformed++;
      return assembly.type === 'section' ? [assembly.section] : [];
    }
    const sections = frame[0] === frameType.sections ? unpack(frame) : null;
    if (sections === null) this.#counts.malformed++;
    return sections ?? [];
  }

  #noise(): Uint8Array {
    const random = this.#random;
    const size = random.chance(10) ? meshLimits.frameBytesMax : random.between(0, 200);
    const frame = Uint8Array.from({ length: size }, () => random.next() & 0xff);
    if (random.chance(700)) frame[0] = random.between(1, 2);
    return frame;
  }

  /** An honest message in an honest frame, bent in one place or in several. */
  #bent(): Uint8Array {
    const random = this.#random;
    const message = this.#corpus.length === 0 ? {} : plain(random.pick(this.#corpus));
    const messages = [random.chance(700) ? this.#replaced(message) : message];
    const [kind, bytes] = random.chance(950)
      ? (['consensus', this.#envelope(messages)] as const)
      : (['request', encodeJson({ cluster, requests: messages })] as const);
    const frames = pack([{ kind, bytes }]);
    const frame = random.pick(frames).slice();
    return random.chance(400) ? this.#damaged(frame) : frame;
  }

  #envelope(messages: readonly unknown[]): Uint8Array {
    const random = this.#random;
    // A later incarnation would make all that follows of the same sender stale.
    const incarnation = random.chance(1) ? 2 ** 52 : 1;
    const lamport = random.chance(20) ? 2 ** 52 : random.between(0, 1_000);
    const clock = Array.from(
      { length: random.chance(50) ? random.between(0, 31) : this.#nodes },
      () => 1,
    );
    const envelope = { cluster, incarnation, lamport, clock, messages };
    const [bytes = new Uint8Array()] = this.#envelopes.encode(envelope);
    return bytes;
  }

  #replaced(value: unknown): unknown {
    const random = this.#random;
    if (typeof value !== 'object' || value === null || random.chance(200)) {
      return random.chance(500) && this.#corpus.length > 0
        ? plain(random.pick(this.#corpus))
        : random.pick(extremes);
    }
    const copy: Record<string, unknown> | unknown[] = Array.isArray(value)
      ? [...value]
      : { ...value };
    const keys = Object.keys(copy);
    if (keys.length === 0) return random.pick(extremes);
    const key = random.pick(keys);
    const entries = copy as Record<string, unknown>;
    if (random.chance(50)) Reflect.deleteProperty(entries, key);
    else entries[key] = this.#replaced(entries[key]);
    return copy;
  }

  #damaged(frame: Uint8Array): Uint8Array {
    const random = this.#random;
    const at = random.between(0, Math.max(0, frame.byteLength - 1));
    switch (random.between(0, 3)) {
      case 0:
        return frame.subarray(0, at);
      case 1:
        return Uint8Array.from([...frame, ...this.#noise().subarray(0, 64)]);
      case 2: {
        frame[at] = random.next() & 0xff;
        return frame;
      }
      default: {
        const from = random.between(0, Math.max(0, frame.byteLength - 1));
        frame.copyWithin(at, from, from + 16);
        return frame;
      }
    }
  }
}

/** Without the classes of the simulation's signatures. */
const plain = (message: unknown): unknown => JSON.parse(JSON.stringify(message));

export function attackHosts(options: HostileOptions): HostileOutcome {
  return new Attack(options).run();
}
