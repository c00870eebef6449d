/** D.4: signatures of replicas that a block costs each of them, as whole hosts with their doors check them. */
import { expect, test } from 'vitest';
import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { SignedRequest } from '#protocols/core/client.ts';
import { clientId, type ReplicaId } from '#protocols/core/ids.ts';
import { byzantineQuorum } from '#protocols/core/quorum.ts';
import { memberIdOf } from '#protocols/core/keys.ts';
import { Service } from '#protocols/core/service.ts';
import { profiles } from '#protocols/core/timing.ts';
import type { HotStuffMessage } from '#protocols/hotstuff/messages.ts';
import { hotStuff } from '#protocols/hotstuff/protocol.ts';
import type { HotStuffState } from '#protocols/hotstuff/state.ts';
import type { Environment } from '#lib/host/environment.ts';
import { Host } from '#lib/host/host.ts';
import { Intake } from '#lib/host/intake.ts';
import { createEpochSigner, EpochVerifier } from '#lib/host/signatures.ts';

const cluster = 'ab'.repeat(32);
const domain = { protocol: 'hotstuff', version: hotStuff.version, cluster, epoch: 1 };

interface Seat {
  readonly self: ReplicaId;
  readonly publicKey: Uint8Array;
}
const seatOf = (place: number): Seat => {
  const publicKey = ed25519.getPublicKey(new Uint8Array(32).fill(place + 1));
  return { self: memberIdOf(publicKey), publicKey };
};

/** Every signature is 64 bytes of nothing: here they are counted. Messages arrive in the order they were sent. */
class Cluster {
  readonly seats: readonly Seat[];
  readonly states = new Map<ReplicaId, Readonly<HotStuffState>>();
  /** By replica: texts of statements that were looked at. */
  readonly verified = new Map<ReplicaId, string[]>();
  readonly intakes = new Map<ReplicaId, Intake<HotStuffMessage>>();
  /** Everything that was sent, with its sender. */
  readonly sent: { readonly from: ReplicaId; readonly message: HotStuffMessage }[] = [];
  /** Statements that a replica looked at although it had signed them. */
  ownVerified = 0;
  #way: (() => void)[] = [];
  #seq = 0;

  constructor(n: number) {
    this.seats = Array.from({ length: n }, (_, i) => seatOf(i));
    for (const seat of this.seats) this.#start(seat);
  }

  /** One command more is executed by all. */
  async write(): Promise<void> {
    const [{ self, publicKey }] = this.seats as [Seat];
    const holder = { self, publicKey, sign: () => Promise.resolve(new Uint8Array(64)) };
    const client = clientId(self, '00000001');
    const seq = ++this.#seq;
    const command = { op: 'put', key: 'k', value: String(seq) } as const;
    const request: SignedRequest = await createEpochSigner(holder, domain).signRequest({
      client,
      seq,
      ackedBelow: seq,
      command,
    });
    for (const intake of this.intakes.values()) {
      intake.receive(self, { type: 'requests', requests: [request] });
    }
    await this.settle();
  }

  /** Until nothing is on its way any more. */
  async settle(): Promise<void> {
    for (let idle = 0; idle < 20; idle++) {
      await new Promise((resolve) => setImmediate(resolve));
      const way = this.#way;
      this.#way = [];
      if (way.length > 0) idle = 0;
      for (const arrive of way) arrive();
    }
  }

  #start({ self, publicKey }: Seat): void {
    const voters = this.seats.map((seat) => seat.self);
    const replica = hotStuff.create({
      self,
      voters,
      timing: profiles.fast,
      service: new Service(),
    });
    const seen: string[] = [];
    this.verified.set(self, seen);
    this.states.set(self, replica.state);
    const keys = new Map(this.seats.map((seat) => [seat.self, bytesToHex(seat.publicKey)]));
    const verifier = new EpochVerifier(domain, keys, (key, text) => {
      const read = new TextDecoder().decode(text);
      const isStatement = read.startsWith('synod/statement');
      if (isStatement) seen.push(read);
      if (isStatement && bytesToHex(key) === bytesToHex(publicKey)) this.ownVerified++;
      return Promise.resolve(true);
    });
    const sign = (text: Uint8Array) => {
      const short = utf8ToBytes(`${self} ${new TextDecoder().decode(text).slice(-60)}`);
      return Promise.resolve(Uint8Array.from({ length: 64 }, (_, i) => short[i] ?? 0));
    };
    const host = new Host(replica, this.#environment(self), {
      self,
      voters,
      cluster: cluster.slice(0, 16),
      incarnation: 1,
      stallTicks: Infinity,
      signer: createEpochSigner({ self, publicKey, sign }, domain, verifier),
      watch: null,
      turned: () => intake.turned(),
    });
    const intake = new Intake<HotStuffMessage>({
      verifier,
      deliver: (arrival) => host.receive(arrival),
      refused: (from, why) => {
        throw new Error(`from ${from}: ${why}`);
      },
      useOf: (message) => hotStuff.useOf?.(replica.state, message) ?? 'needed',
      watch: null,
    });
    this.intakes.set(self, intake);
    host.start(new Map());
  }

  #environment(self: ReplicaId): Environment<HotStuffMessage, never> {
    return {
      now: () => 0,
      setAlarm: () => undefined,
      random: () => 0,
      wallClock: () => 0,
      persist: (_writes, done) => done({ ok: true }),
      halted: (why) => {
        throw new Error(why);
      },
      send: ({ messages }) => {
        for (const { to, envelope } of messages) {
          for (const message of envelope.messages) this.sent.push({ from: self, message });
          const arrival = { type: 'envelope', from: self, envelope } as const;
          for (const id of to) {
            this.#way.push(() => this.intakes.get(id)?.receive(self, arrival));
          }
        }
      },
    };
  }
}

/** How often each is there. */
function countBy(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}

test.each([4, 16, 31])(
  '[D.4] of %i replicas: a block costs each a quorum of votes once, and its proposal',
  async (n) => {
    const quorum = byzantineQuorum(n);
    const cluster = new Cluster(n);
    for (let i = 0; i < 6; i++) await cluster.write();
    const heights = [...cluster.states.values()].map(({ committed }) => committed.height);
    expect(Math.min(...heights)).toBeGreaterThanOrEqual(6);
    for (const texts of cluster.verified.values()) {
      const proposals = texts.filter((text) => text.includes('"PROPOSAL"'));
      expect(new Set(proposals).size).toBe(proposals.length);
      const votes = countBy(texts.filter((text) => text.includes('"VOTE"')));
      for (const count of votes.values()) expect(count).toBeLessThanOrEqual(quorum);
      expect(votes.size + 1).toBeGreaterThanOrEqual(6);
    }
    expect(cluster.ownVerified).toBe(0);
    // What is shown again costs nothing: here the newest proposal, its certificate and all.
    const last = cluster.sent.findLast(({ message }) => message.type === 'PROPOSAL');
    if (!last) throw new Error('nothing was proposed');
    const before = [...cluster.verified.values()].map(({ length }) => length);
    const envelope = { cluster: '', incarnation: 1, lamport: 1, clock: [], messages: [] };
    for (const [id, intake] of cluster.intakes) {
      if (id === last.from) continue;
      const messages = [last.message];
      intake.receive(last.from, {
        type: 'envelope',
        from: last.from,
        envelope: { ...envelope, messages },
      });
    }
    await cluster.settle();
    expect([...cluster.verified.values()].map(({ length }) => length)).toEqual(before);
  },
);
