/** Statements leave with a signature, and come back with one. */
import { describe, expect, test } from 'vitest';
import type { SignedRequest } from '#protocols/core/client.ts';
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { Effect } from '#protocols/core/replica.ts';
import { notYetSigned, say, type Signed, type Statement } from '#protocols/core/signed.ts';
import type { Arrival } from '#lib/host/environment.ts';
import type { Signer } from '#lib/host/signer.ts';
import { peer, self, third, World, type Script } from './world.ts';

interface Vote extends Statement {
  readonly of: string;
  readonly inner?: readonly Signed<Vote>[];
}
interface Message {
  readonly name: string;
  readonly statement?: Signed<Vote>;
  readonly batch?: readonly SignedRequest[];
}

const vote = (of: string, ...inner: Signed<Vote>[]): Vote => ({
  kind: 'VOTE',
  of,
  ...(inner.length > 0 ? { inner } : {}),
});
const signatureOf = (body: Vote) => `signed ${body.of}`;
const message = (name: string, statement = say(self, vote(name))): Message => ({ name, statement });
const send = (sent: Message, ...to: ReplicaId[]): Effect<Message, string> => ({
  type: 'send',
  to,
  message: sent,
});
const persist: Effect<Message, string> = {
  type: 'persist',
  writes: [{ type: 'put', key: 'a', value: 1 }],
};
const arrival = (name: string): Arrival<Message> => ({
  type: 'envelope',
  from: peer,
  envelope: { cluster: 'c', incarnation: 1, lamport: 1, clock: [], messages: [{ name }] },
});

/** A world whose signer signs when told to, or at once. */
class SigningWorld {
  readonly asked: string[] = [];
  readonly heard: string[] = [];
  readonly world: World<Message>;
  readonly #open: (() => void)[] = [];
  #fails = false;

  constructor(effects: readonly Effect<Message, string>[], speed: 'slow' | 'at once' = 'slow') {
    const script: Script<Message> = (event) =>
      event.type === 'receive' && event.message.name === 'go' ? effects : [];
    const signed = <B extends Statement>(body: B): Signed<B> => ({
      body,
      signer: self,
      signature: signatureOf(body as unknown as Vote),
    });
    const signer: Signer = {
      self,
      sign: (body) => {
        this.asked.push((body as unknown as Vote).of);
        if (speed === 'at once') return signed(body);
        return new Promise((resolve, reject) => {
          const finish = () => (this.#fails ? reject(new Error('no key')) : resolve(signed(body)));
          this.#open.push(finish);
        });
      },
      signRequest: () => {
        throw new Error('a replica signs no requests');
      },
    };
    this.world = new World<Message>(script, {
      signer,
      watch: ({ body, signature }) => this.heard.push(`${(body as Vote).of}: ${signature}`),
      say: ({ name, statement }) => `${name} ${statement?.signature ?? ''}`.trim(),
    }).start();
    this.world.host.receive(arrival('go'));
  }

  /** The signer finishes all that it has been asked for. */
  async signed(): Promise<void> {
    for (const finish of this.#open.splice(0)) finish();
    await new Promise((resolve) => setTimeout(resolve));
  }

  fail(): Promise<void> {
    this.#fails = true;
    return this.signed();
  }

  get received(): string[] {
    return this.world.events.flatMap((event) => {
      if (event.type !== 'receive') return [];
      const { name, statement } = event.message;
      return [`${name} ${statement?.signature ?? ''}`.trim()];
    });
  }
}

describe('signing and the disk', () => {
  const effects = [send(message('early'), peer), persist, send(message('late'), peer)];

  test('[K2] work side by side: what is early waits for its signature only, what is late for both', async () => {
    const it = new SigningWorld(effects);
    expect(it.asked).toEqual(['early', 'late']);
    expect(it.world.log).toEqual(['write a']);
    await it.signed();
    expect(it.world.log).toEqual(['write a', '2: early signed early']);
    it.world.written();
    expect(it.world.log.slice(2)).toEqual(['2: late signed late']);
  });

  test('[K2] whichever is done first: nothing overtakes, nothing leaves unsigned', async () => {
    const it = new SigningWorld(effects);
    it.world.written();
    expect(it.world.log).toEqual(['write a']);
    await it.signed();
    expect(it.world.log).toEqual(['write a', '2: early signed early', '2: late signed late']);
  });

  test('with a signer that takes no time nothing else changes', () => {
    const it = new SigningWorld(effects, 'at once');
    expect(it.world.log).toEqual(['2: early signed early', 'write a']);
    it.world.written();
    expect(it.world.log.slice(2)).toEqual(['2: late signed late']);
  });

  test('the next turn begins when disk and signer are done', async () => {
    const it = new SigningWorld(effects);
    it.world.host.receive(arrival('next'));
    it.world.written();
    expect(it.received).toEqual(['go']);
    await it.signed();
    expect(it.received).toEqual(['go', 'next']);
  });

  test('a signer that fails halts the replica visibly, and nothing leaves', async () => {
    const it = new SigningWorld(effects);
    it.world.written();
    await it.fail();
    it.world.host.receive(arrival('next'));
    expect(it.world.why).toContain('no key');
    expect(it.world.log).toEqual(['write a']);
    expect(it.received).toEqual(['go']);
  });
});

describe('what a replica tells itself', () => {
  test('[K4] comes back signed, ahead of the inbox, and once the disk has it', async () => {
    const it = new SigningWorld([persist, send(message('mine'), self, peer)]);
    it.world.host.receive(arrival('next'));
    await it.signed();
    expect(it.received).toEqual(['go']);
    it.world.written();
    expect(it.received).toEqual(['go', 'mine signed mine', 'next']);
  });

  test('comes back signed and in order where there is nothing to write', async () => {
    const plain: Message = { name: 'plain' };
    const it = new SigningWorld([send(message('mine'), self), send(plain, self)]);
    expect(it.received).toEqual(['go']);
    await it.signed();
    expect(it.received).toEqual(['go', 'mine signed mine', 'plain']);
  });

  test('comes back within the turn if signing takes no time', () => {
    const it = new SigningWorld([send(message('mine'), self)], 'at once');
    expect(it.received).toEqual(['go', 'mine signed mine']);
  });
});

test('[B.4] the watch hears what left, and nothing that a crash may keep from leaving', async () => {
  const mine = message('mine', say(self, vote('mine')));
  const it = new SigningWorld([persist, send(mine, peer)], 'at once');
  expect(it.heard).toEqual([]);
  it.world.written();
  expect(it.heard).toEqual(['mine: signed mine']);
});

describe('what is signed', () => {
  test('inner statements first: the outer signature is over the signed inner ones', async () => {
    const [first, second] = [say(self, vote('first')), say(self, vote('second'))];
    const foreign = { body: vote('foreign'), signer: third, signature: 'theirs' };
    const outer = say(self, vote('outer', first, foreign, second));
    const it = new SigningWorld([send(message('all', outer), peer)]);
    expect(it.asked).toEqual(['first', 'second']);
    await it.signed();
    expect(it.asked).toEqual(['first', 'second', 'outer']);
    await it.signed();
    const signatures = it.world.sent[0]?.statement?.body.inner?.map(({ signature }) => signature);
    expect(signatures).toEqual(['signed first', 'theirs', 'signed second']);
    expect(it.heard).toEqual([
      'outer: signed outer',
      'first: signed first',
      'second: signed second',
    ]);
    // The core's own objects are as it made them.
    expect([outer, first, second].map(({ signature }) => signature)).toEqual(
      Array(3).fill(notYetSigned),
    );
    expect(outer.body.inner?.[0]).toBe(first);
  });

  test.each(['slow', 'at once'] as const)(
    'what goes to many, or in many messages, is signed once (%s)',
    async (speed) => {
      const shared = message('shared');
      const again: Message = { ...shared, name: 'again' };
      const effects = [send(shared, peer), send(shared, third), send(again, peer, third)];
      const it = new SigningWorld(effects, speed);
      await it.signed();
      expect(it.asked).toEqual(['shared']);
      expect(it.world.log).toEqual(['2+3: shared signed shared again signed shared']);
    },
  );

  test('what others signed, and what nobody signs, leaves as the very object it was', () => {
    const proof = { key: 'k', signature: 's' };
    const request = { client: 'c', seq: 1, ackedBelow: 1, command: { op: 'get', key: 'k' }, proof };
    const passedOn: Message = {
      name: 'passed on',
      statement: { body: vote('foreign'), signer: third, signature: 'theirs' },
      batch: [request as unknown as SignedRequest],
    };
    const it = new SigningWorld([send(passedOn, peer)]);
    expect(it.world.sent[0]).toBe(passedOn);
    expect(it.asked).toEqual([]);
  });

  test('never in the name of another: a core that tries has a bug', () => {
    const inOthersName = message('forged', say(third, vote('forged')));
    expect(() => new SigningWorld([send(inOthersName, peer)])).toThrow(third);
    const nested = message('outer', say(self, vote('outer', say(third, vote('forged')))));
    expect(() => new SigningWorld([send(nested, peer)])).toThrow(third);
  });
});
