/** Votes at the door: no more are verified than are wanted, and no false one keeps a true one out. */
import { describe, expect, test } from 'vitest';
import type { MemberId } from '#protocols/core/ids.ts';
import { limits } from '#protocols/core/limits.ts';
import type { Signed, Statement, Standing } from '#protocols/core/signed.ts';
import type { Arrival } from '#lib/host/environment.ts';
import { Intake } from '#lib/host/intake.ts';
import { id } from './world.ts';

interface Ballot extends Statement {
  readonly on: string;
}
interface Message {
  readonly vote: Signed<Ballot>;
}

const vote = (i: number, on = 'a', signature = 'good'): Message => ({
  vote: { body: { kind: 'VOTE', on }, signer: id(i), signature },
});
const envelope = (from: MemberId, ...messages: unknown[]): Arrival<unknown> => ({
  type: 'envelope',
  from,
  envelope: { cluster: 'c', incarnation: 1, lamport: 1, clock: [], messages },
});

/** A replica that takes `quorum` votes on each thing, behind its door. */
class Booth {
  readonly asked: MemberId[] = [];
  readonly heard: [MemberId, Standing][] = [];
  readonly refusals: MemberId[] = [];
  /** By what they are on: who voted, as the replica counts. */
  readonly counted = new Map<string, Set<MemberId>>();
  readonly unverified: MemberId[] = [];
  readonly intake: Intake<unknown>;
  quorum = 2;
  /** The replica does nothing for now, as one whose disk works. */
  isBusy = false;
  #inbox: Arrival<unknown>[] = [];
  #open: (() => void)[] = [];

  constructor(readonly speed: 'slow' | 'at once') {
    this.intake = new Intake<unknown>({
      verifier: {
        verify: ({ signer, signature }) => {
          this.asked.push(signer);
          if (speed === 'at once') return signature === 'good';
          return new Promise((resolve) => this.#open.push(() => resolve(signature === 'good')));
        },
        verifyRequest: () => true,
      },
      deliver: (arrival) => {
        this.#inbox.push(arrival);
        if (!this.isBusy) this.turn();
      },
      refused: (from) => this.refusals.push(from),
      useOf: (message) => {
        const { on } = (message as Message).vote.body;
        if (on === 'anything') return 'needed';
        const wanted = this.quorum - (this.counted.get(on)?.size ?? 0);
        return wanted > 0 ? { countsFor: on, wanted } : 'settled';
      },
      watch: (statement, standing) => this.heard.push([statement.signer, standing]),
    });
  }

  come(...messages: Message[]): void {
    for (const message of messages) {
      const from = message.vote.signer;
      this.intake.receive(from, envelope(from, message));
    }
  }

  turn(): void {
    for (const arrival of this.#inbox.splice(0)) this.#count(arrival);
    this.intake.turned();
  }

  /** All that is being verified is decided, and so on until nothing is. */
  async decide(): Promise<void> {
    do {
      for (const answer of this.#open.splice(0)) answer();
      await new Promise((resolve) => setTimeout(resolve));
    } while (this.#open.length > 0);
  }

  #count(arrival: Arrival<unknown>): void {
    if (!('envelope' in arrival)) return;
    for (const message of arrival.envelope.messages) {
      const { body, signer } = (message as Message).vote;
      if (arrival.type === 'unverified') this.unverified.push(signer);
      else this.counted.set(body.on, (this.counted.get(body.on) ?? new Set()).add(signer));
    }
  }
}

const speeds = ['slow', 'at once'] as const;

describe.each(speeds)('of equal votes (%s)', (speed) => {
  test('as many are verified as are wanted; the rest comes in unverified, and is called so', async () => {
    const booth = new Booth(speed);
    booth.come(...[1, 2, 3, 4].map((i) => vote(i)));
    await booth.decide();
    expect(booth.asked).toEqual([id(1), id(2)]);
    expect([...(booth.counted.get('a') ?? [])]).toEqual([id(1), id(2)]);
    expect(booth.unverified).toEqual([id(3), id(4)]);
    expect(booth.heard).toEqual([
      [id(1), 'verified'],
      [id(2), 'verified'],
      [id(3), 'unverified'],
      [id(4), 'unverified'],
    ]);
    booth.come(vote(5));
    await booth.decide();
    expect(booth.asked).toHaveLength(2);
    expect(booth.unverified).toEqual([id(3), id(4), id(5)]);
  });

  test('on other things each has its own count', async () => {
    const booth = new Booth(speed);
    booth.come(vote(1, 'a'), vote(2, 'b'), vote(3, 'a'), vote(4, 'b'), vote(5, 'a'));
    await booth.decide();
    expect(booth.asked).toEqual([1, 2, 3, 4].map(id));
    expect(booth.unverified).toEqual([id(5)]);
  });

  test('a false one among the chosen brings in the next, until there are enough', async () => {
    const booth = new Booth(speed);
    booth.come(vote(1, 'a', 'bad'), vote(2), vote(3, 'a', 'bad'), vote(4), vote(5), vote(6));
    await booth.decide();
    expect(booth.counted.get('a')).toEqual(new Set([id(2), id(4)]));
    expect(booth.refusals).toEqual([id(1), id(3)]);
    expect(booth.unverified).toEqual([id(5), id(6)]);
  });

  test('[K11] liars who send false ones without end keep no quorum from being counted', async () => {
    const booth = new Booth(speed);
    booth.quorum = 5;
    for (let round = 0; round < 20; round++) {
      for (let k = 0; k < 10; k++) booth.come(vote(6, 'a', 'bad'), vote(7, 'a', 'bad'));
      if (round < 5) booth.come(vote(round + 1));
      await booth.decide();
    }
    expect(booth.counted.get('a')).toEqual(new Set([1, 2, 3, 4, 5].map(id)));
    expect(new Set(booth.refusals)).toEqual(new Set([id(6), id(7)]));
  });

  test('what arrives while the replica is busy is not all verified either', async () => {
    const booth = new Booth(speed);
    booth.isBusy = true;
    booth.come(...[1, 2, 3, 4].map((i) => vote(i)));
    await booth.decide();
    expect(booth.asked).toEqual([id(1), id(2)]);
    booth.turn();
    await booth.decide();
    booth.turn();
    expect(booth.unverified).toEqual([id(3), id(4)]);
  });

  test('those that wait are verified after all if the replica comes to want more', async () => {
    const booth = new Booth(speed);
    booth.isBusy = true;
    booth.come(...[1, 2, 3, 4].map((i) => vote(i)));
    await booth.decide();
    booth.quorum = 3;
    booth.turn();
    await booth.decide();
    expect(booth.asked).toEqual([1, 2, 3].map(id));
  });

  test('one that says it again is counted once', async () => {
    const booth = new Booth(speed);
    booth.isBusy = true;
    booth.come(vote(1), vote(1), vote(1), vote(2));
    await booth.decide();
    booth.turn();
    expect(booth.counted.get('a')).toEqual(new Set([id(1), id(2)]));
  });

  test('[K9] nobody fills in for another: what is passed on is verified, however settled', async () => {
    const booth = new Booth(speed);
    booth.come(vote(1), vote(2));
    await booth.decide();
    booth.intake.receive(id(3), envelope(id(3), vote(4)));
    await booth.decide();
    expect(booth.asked).toEqual([1, 2, 4].map(id));
    expect(booth.unverified).toEqual([]);
  });
});

describe('votes in one envelope', () => {
  test('go past what else it holds, and past what their sender sent before', async () => {
    const booth = new Booth('slow');
    booth.come(vote(1, 'anything'));
    booth.intake.receive(id(1), envelope(id(1), vote(1, 'anything'), vote(1)));
    expect(booth.asked).toHaveLength(2);
    await booth.decide();
    expect(booth.counted.get('a')).toEqual(new Set([id(1)]));
    expect(booth.asked).toHaveLength(3);
  });

  test('[K11] are verified a few at a time; who sends more waits for the rest like everybody', async () => {
    const booth = new Booth('slow');
    const many = Array.from({ length: 100 }, (_, k) => vote(1, `thing ${k}`));
    booth.intake.receive(id(1), envelope(id(1), ...many));
    expect(booth.asked.length).toBeLessThanOrEqual(2 * limits.verifyingAtOnceMax);
    await booth.decide();
    expect(booth.counted.size).toBe(100);
  });
});
