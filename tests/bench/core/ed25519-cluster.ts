/**
 * A cluster under Ed25519 in one process: whole hosts with their doors, real signatures of replicas and clients, and
 * an environment of plain calls. A write is done as soon as it is asked for, and no alarm rings.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { SignedRequest } from '#protocols/core/client.ts';
import { clientId, type ReplicaId } from '#protocols/core/ids.ts';
import { memberIdOf } from '#protocols/core/keys.ts';
import { Service } from '#protocols/core/service.ts';
import type { SigningDomain } from '#protocols/core/signed.ts';
import { profiles } from '#protocols/core/timing.ts';
import { createSign, createVerify, type Sign, type Verify } from '#lib/host/ed25519.ts';
import type { Environment, Outgoing } from '#lib/host/environment.ts';
import { Host } from '#lib/host/host.ts';
import { Intake } from '#lib/host/intake.ts';
import { createEpochSigner, EpochVerifier } from '#lib/host/signatures.ts';
import type { Measured } from './protocols.ts';
import { requestOf } from './subject.ts';

const cluster = 'ab'.repeat(32);
const { subtle } = crypto;

/** Batches on their way at once, so that the processor never waits for an answer. */
const inFlight = 8;

interface Seat {
  readonly self: ReplicaId;
  readonly publicKey: Uint8Array;
  readonly sign: Sign;
}

/** Really made and really checked, by all replicas; what is known again is not among them. */
export interface Signatures {
  signed: number;
  verified: number;
}

export class Ed25519Cluster<M, S, N> {
  readonly signatures: Signatures = { signed: 0, verified: 0 };
  readonly #measured: Measured<M, S, N>;
  readonly #domain: SigningDomain;
  readonly #seats: readonly Seat[];
  readonly #keys: ReadonlyMap<ReplicaId, string>;
  readonly #intakes = new Map<ReplicaId, Intake<M>>();
  readonly #state: Readonly<S>;
  #asked = 0;
  /** Hands over what comes next; set while requests are on their way. */
  #onProgress: (answered: number, proposed: number) => void = () => undefined;

  private constructor(measured: Measured<M, S, N>, seats: readonly Seat[]) {
    const { name: protocol, version } = measured.protocol;
    this.#measured = measured;
    this.#domain = { protocol, version, cluster, epoch: 1 };
    this.#seats = seats;
    this.#keys = new Map(seats.map(({ self, publicKey }) => [self, bytesToHex(publicKey)]));
    const states = seats.map((seat) => this.#start(seat));
    this.#state = states[0] as S;
  }

  static async of<M, S, N>(
    measured: Measured<M, S, N>,
    n: number,
  ): Promise<Ed25519Cluster<M, S, N>> {
    const seats = await Promise.all(Array.from({ length: n }, (_, i) => seatOf(i)));
    return new Ed25519Cluster(measured, seats);
  }

  /** Batches or blocks that the first replica has executed. */
  get decisions(): number {
    return this.#measured.decisions(this.#state);
  }

  /** Signed by a client ahead of time: that is its own work, on a machine of its own. */
  async requests(batches: number, batch: number): Promise<SignedRequest[][]> {
    const [seat] = this.#seats as [Seat];
    const signer = createEpochSigner(seat, this.#domain);
    const client = clientId(seat.self, '00000001');
    const all: SignedRequest[][] = [];
    for (let i = 0; i < batches; i++) {
      const requests = Array.from({ length: batch }, () =>
        signer.signRequest({ ...requestOf(++this.#asked, batch * inFlight), client }),
      );
      all.push(await Promise.all(requests));
    }
    return all;
  }

  /** Resolves once the first replica, which takes them, has answered them all. Each batch is handed over when the one before was proposed. */
  decide(batches: readonly SignedRequest[][]): Promise<void> {
    const [{ self }] = this.#seats as [Seat];
    const total = batches.reduce((sum, { length }) => sum + length, 0);
    const size = total / batches.length;
    let [handed, answered, proposed] = [0, 0, 0];
    return new Promise((resolve) => {
      this.#onProgress = (moreAnswered, moreProposed) => {
        answered += moreAnswered;
        proposed += moreProposed;
        if (answered === total) return resolve();
        const isDue = proposed >= handed && handed - answered / size < inFlight;
        const requests = isDue ? batches[handed] : undefined;
        if (!requests) return;
        handed++;
        this.#intakes.get(self)?.receive(self, { type: 'requests', requests });
      };
      this.#onProgress(0, 0);
    });
  }

  #start({ self, publicKey, sign }: Seat): Readonly<S> {
    const voters = this.#seats.map((seat) => seat.self);
    const verify = createVerify(subtle);
    const counted: Seat = {
      self,
      publicKey,
      sign: (message) => {
        this.signatures.signed++;
        return sign(message);
      },
    };
    const countedVerify: Verify = (...question) => {
      this.signatures.verified++;
      return verify(...question);
    };
    const context = { self, voters, timing: profiles.fast, service: new Service() };
    const { create, useOf } = this.#measured.protocol;
    const replica = create(context);
    const verifier = new EpochVerifier(this.#domain, this.#keys, countedVerify);
    const host = new Host(replica, this.#environment(self), {
      self,
      voters,
      cluster: cluster.slice(0, 16),
      incarnation: 1,
      stallTicks: Infinity,
      signer: createEpochSigner(counted, this.#domain, verifier),
      watch: null,
      turned: () => intake.turned(),
    });
    const intake = new Intake<M>({
      verifier,
      deliver: (arrival) => host.receive(arrival),
      refused: (from, why) => fail(`from ${from}: ${why}`),
      useOf: (message) => useOf?.(replica.state, message) ?? 'needed',
      watch: null,
    });
    this.#intakes.set(self, intake);
    host.start(new Map());
    return replica.state;
  }

  #environment(self: ReplicaId): Environment<M, N> {
    return {
      now: () => 0,
      setAlarm: () => undefined,
      random: () => 0,
      wallClock: () => 0,
      send: (outgoing) => this.#deliver(self, outgoing),
      persist: (_writes, done) => done({ ok: true }),
      halted: fail,
    };
  }

  #deliver(from: ReplicaId, { messages, replies }: Outgoing<M>): void {
    let proposed = 0;
    for (const { to, envelope } of messages) {
      proposed += envelope.messages.filter((message) => this.#measured.proposes(message)).length;
      const arrival = { type: 'envelope', from, envelope } as const;
      for (const receiver of to) this.#intakes.get(receiver)?.receive(from, arrival);
    }
    this.#onProgress(from === this.#seats[0]?.self ? replies.length : 0, proposed);
  }
}

async function seatOf(place: number): Promise<Seat> {
  const secretKey = new Uint8Array(32).fill(place + 1);
  const publicKey = ed25519.getPublicKey(secretKey);
  return { self: memberIdOf(publicKey), publicKey, sign: await createSign(secretKey, subtle) };
}

function fail(why: string): never {
  throw new Error(why);
}
