/** The door: what arrives is verified before the host hears of it, and nobody waits for another's signatures. */
import { describe, expect, test } from 'vitest';
import type { SignedRequest } from '#protocols/core/client.ts';
import { clientId, type MemberId } from '#protocols/core/ids.ts';
import { limits } from '#protocols/core/limits.ts';
import type { Signed, Statement } from '#protocols/core/signed.ts';
import type { Arrival } from '#lib/host/environment.ts';
import { Intake } from '#lib/host/intake.ts';
import type { Verifier } from '#lib/host/signer.ts';
import { id, peer, self, third } from './world.ts';

interface Vote extends Statement {
  readonly of: string;
  readonly inner: readonly Signed[];
}

const signed = (of: string, ...inner: Signed[]): Signed<Vote> => ({
  body: { kind: 'VOTE', of, inner },
  signer: self,
  signature: 'good',
});
const bad = (of: string): Signed<Vote> => ({ ...signed(of), signature: 'bad' });
const request = (seq: number, signature = 'good'): SignedRequest => ({
  client: clientId(peer, '00000001'),
  seq,
  ackedBelow: 1,
  command: { op: 'get', key: 'k' },
  proof: { key: 'k', signature },
});
const envelope = (from: MemberId, ...messages: unknown[]): Arrival<unknown> => ({
  type: 'envelope',
  from,
  envelope: { cluster: 'c', incarnation: 1, lamport: 1, clock: [], messages },
});
const nameOf = (statement: Signed): string => (statement as Signed<Vote>).body.of;

/** An intake whose verifier answers when told to, or at once. */
class Door {
  readonly asked: string[] = [];
  readonly heard: string[] = [];
  readonly delivered: Arrival<unknown>[] = [];
  readonly refusals: [MemberId, string][] = [];
  readonly intake: Intake<unknown>;
  readonly #open: { readonly name: string; readonly answer: () => void }[] = [];

  constructor(speed: 'slow' | 'at once') {
    const verdict = (name: string, signature: string): boolean | Promise<boolean> => {
      this.asked.push(name);
      const good = signature === 'good';
      if (speed === 'at once') return good;
      return new Promise((resolve) => this.#open.push({ name, answer: () => resolve(good) }));
    };
    const verifier: Verifier = {
      verify: (statement) => verdict(nameOf(statement), statement.signature),
      verifyRequest: ({ seq, proof }) => verdict(`request ${seq}`, proof.signature),
    };
    this.intake = new Intake<unknown>({
      verifier,
      deliver: (arrival) => this.delivered.push(arrival),
      refused: (from, why) => this.refusals.push([from, why]),
      useOf: () => 'needed',
      watch: (statement) => this.heard.push(nameOf(statement)),
    });
  }

  /** Names of what is being verified. */
  get open(): string[] {
    return this.#open.map(({ name }) => name);
  }

  /** The verifier decides all that it was asked whose name begins so. */
  async decide(prefix = ''): Promise<void> {
    const due = this.#open.filter(({ name }) => name.startsWith(prefix));
    for (const one of due) {
      this.#open.splice(this.#open.indexOf(one), 1);
      one.answer();
    }
    await new Promise((resolve) => setTimeout(resolve));
  }
}

describe('verifying', () => {
  const nested = () => envelope(peer, { deep: [signed('outer', signed('inner'))] }, signed('next'));

  test('finds every statement and every proof, nested ones too, and hears each once before the host', async () => {
    const door = new Door('slow');
    door.intake.receive(peer, nested());
    expect(door.asked).toEqual(['outer', 'inner', 'next']);
    expect([door.heard, door.delivered]).toEqual([[], []]);
    await door.decide();
    expect(door.heard).toEqual(['outer', 'inner', 'next']);
    expect(door.delivered).toHaveLength(1);

    door.intake.receive(peer, envelope(peer, { batch: [request(1), request(2)] }));
    expect(door.open).toEqual(['request 1', 'request 2']);
  });

  test('that takes no time delivers within the call', () => {
    const door = new Door('at once');
    door.intake.receive(peer, nested());
    expect(door.delivered).toHaveLength(1);
    expect(door.heard).toEqual(['outer', 'inner', 'next']);
  });

  test.each(['slow', 'at once'] as const)(
    'one bad signature, however deep, refuses the whole, counted and with a reason (%s)',
    async (speed) => {
      const door = new Door(speed);
      door.intake.receive(peer, envelope(peer, signed('good'), signed('outer', bad('inner'))));
      await door.decide();
      door.intake.receive(third, { type: 'requests', requests: [request(1), request(2, 'bad')] });
      await door.decide();
      expect(door.delivered).toEqual([]);
      expect(door.heard).toEqual([]);
      expect(door.refusals).toEqual([
        [peer, 'a signature that is not good'],
        [third, 'a signature that is not good'],
      ]);
    },
  );

  test('stops at the first that is bad: a message full of lies costs one look at a time', async () => {
    const door = new Door('slow');
    const many = Array.from({ length: 100 }, (_, i) => bad(`lie ${i}`));
    door.intake.receive(peer, envelope(peer, ...many));
    await door.decide();
    expect(door.asked).toHaveLength(limits.verifyingAtOnceMax);
    expect(door.refusals).toHaveLength(1);
  });

  test('where nobody signs, everything comes in as it is', () => {
    const delivered: Arrival<unknown>[] = [];
    const intake = new Intake<unknown>({
      verifier: null,
      deliver: (arrival) => delivered.push(arrival),
      refused: () => undefined,
      useOf: () => 'needed',
      watch: null,
    });
    intake.receive(peer, envelope(peer, bad('x')));
    expect(delivered).toHaveLength(1);
  });
});

describe('the order of each sender', () => {
  test('is kept when a verification is slow, requests included; others pass by', async () => {
    const door = new Door('slow');
    const [first, second] = [envelope(peer, signed('slow 1')), envelope(peer, signed('quick 2'))];
    const third3: Arrival<unknown> = { type: 'requests', requests: [request(3)] };
    const other = envelope(third, signed('quick other'));
    door.intake.receive(peer, first);
    door.intake.receive(peer, second);
    door.intake.receive(peer, third3);
    door.intake.receive(third, other);
    await door.decide('quick');
    expect(door.delivered).toEqual([other]);
    await door.decide();
    await door.decide();
    await door.decide();
    expect(door.delivered).toEqual([other, first, second, third3]);
  });

  test('what is not signed waits its turn too', async () => {
    const door = new Door('slow');
    door.intake.receive(peer, envelope(peer, signed('slow')));
    door.intake.receive(peer, envelope(peer, { type: 'plain' }));
    expect(door.delivered).toEqual([]);
    await door.decide();
    expect(door.delivered).toHaveLength(2);
    door.intake.receive(peer, envelope(peer, { type: 'plain' }));
    expect(door.delivered).toHaveLength(3);
  });

  test('a refused arrival holds up nothing', async () => {
    const door = new Door('slow');
    door.intake.receive(peer, envelope(peer, bad('lie')));
    door.intake.receive(peer, envelope(peer, signed('truth')));
    await door.decide();
    await door.decide();
    expect(door.delivered).toHaveLength(1);
  });
});

describe('[K11] a flood', () => {
  const flood = (door: Door, arrivals: number, signatures: number): void => {
    for (let i = 0; i < arrivals; i++) {
      const many = Array.from({ length: signatures }, (_, k) => signed(`flood ${i}/${k}`));
      door.intake.receive(peer, envelope(peer, ...many));
    }
  };

  test('is verified a few at a time, and starves nobody', async () => {
    const door = new Door('slow');
    flood(door, 50, 100);
    expect(door.open).toHaveLength(limits.verifyingAtOnceMax);
    const honest = [4, 5, 6].map((n) => envelope(id(n), signed(`honest ${n}`)));
    for (const [i, arrival] of honest.entries()) door.intake.receive(id(4 + i), arrival);
    expect(door.open).toHaveLength(limits.verifyingAtOnceMax + 3);
    await door.decide('honest');
    expect(door.delivered).toEqual(honest);
  });

  test('waits within bounds, of arrivals and of signatures; what is beyond is refused with a reason', async () => {
    for (const signatures of [1, 100]) {
      const door = new Door('slow');
      flood(door, 2_000, signatures);
      const waiting = Math.min(
        limits.arrivalsVerifyingMax,
        Math.floor(limits.signaturesVerifyingMax / signatures),
      );
      expect(door.refusals).toHaveLength(2_000 - waiting - 1);
      expect(door.refusals[0]).toEqual([peer, 'more than can be verified in time']);
    }
    const door = new Door('slow');
    // One that alone has more than the bound is not for ever too large.
    flood(door, 2, limits.signaturesVerifyingMax + 1);
    expect(door.refusals).toEqual([]);
  });

  test('that has been verified makes room for more', async () => {
    const door = new Door('slow');
    const size = limits.signaturesVerifyingMax / 8;
    flood(door, 9, size);
    while (door.delivered.length < 8) await door.decide();
    flood(door, 8, size);
    expect(door.refusals).toEqual([]);
    flood(door, 1, size);
    expect(door.refusals).toHaveLength(1);
  });

  test('leaves nothing behind once it is over', async () => {
    const door = new Door('slow');
    flood(door, 3, 1);
    for (let i = 0; i < 3; i++) await door.decide();
    expect(door.delivered).toHaveLength(3);
    flood(door, limits.arrivalsVerifyingMax, 8);
    expect(door.refusals).toEqual([]);
  });
});
