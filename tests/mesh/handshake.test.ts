import { isAcceptableKey, memberIdOf } from '#protocols/core/keys.ts';
import { bytesToHex } from '@noble/hashes/utils.js';
import { beforeEach, describe, expect, test } from 'vitest';
import type { MemberId } from '#protocols/core/ids.ts';
import type { Channel } from '../../src/lib/mesh/channel.ts';
import { frameType } from '../../src/lib/mesh/framing.ts';
import {
  Handshake,
  type HandshakeOptions,
  type HandshakeResult,
} from '../../src/lib/mesh/handshake.ts';
import {
  decodeHello,
  encodeHello,
  encodeProof,
  newHello,
  proofMessage,
  type Hello,
} from '../../src/lib/mesh/hello.ts';
import { meshLimits } from '../../src/lib/mesh/limits.ts';
import { LoopbackHub } from '../../src/lib/mesh/loopback.ts';
import { PlainClock, type Clock } from '../../src/lib/tab/clock.ts';
import { ManualClock } from './manual-clock.ts';
import { newKeysInOrder, until, verify, type Keys } from './members.ts';

let a: Keys;
let b: Keys;
let mallory: Keys;

beforeEach(() => {
  [a, b, mallory] = newKeysInOrder(3) as [Keys, Keys, Keys];
});

/** Both ends of one channel between `from`, who dials, and `to`. */
async function channelPair(from: MemberId, to: MemberId): Promise<[Channel, Channel]> {
  const hub = new LoopbackHub();
  const sources = [hub.source(from), hub.source(to)] as const;
  const ends: (Channel | undefined)[] = [];
  sources.forEach((source, i) => source.onChannel((channel) => (ends[i] = channel)));
  sources[0].dial(to);
  await until('the channel is open', () => ends[0] !== undefined && ends[1] !== undefined);
  return ends as [Channel, Channel];
}

function options(keys: Keys, overrides: Partial<HandshakeOptions> = {}): HandshakeOptions {
  return {
    room: 'ABCDEF',
    signer: keys,
    verify,
    name: '',
    incarnation: 1,
    admits: () => true,
    clock: new PlainClock(),
    ...overrides,
  };
}

function shake(channel: Channel, of: HandshakeOptions): Promise<HandshakeResult> {
  return new Promise((resolve) => new Handshake(channel, of, resolve).begin());
}

/** What an honest `a` makes of a `b` with these options. */
async function meet(theirs: HandshakeOptions, ours = options(a)): Promise<HandshakeResult> {
  const [mine, other] = await channelPair(a.id, b.id);
  void shake(other, theirs);
  return shake(mine, ours);
}

/** Answers `a` by hand: `answer` gets each of its frames. */
async function meetByHand(
  answer: (frame: Uint8Array, channel: Channel) => void,
  clock: Clock = new PlainClock(),
): Promise<HandshakeResult> {
  const [mine, other] = await channelPair(a.id, b.id);
  other.onMessage((frame) => answer(frame, other));
  return shake(mine, options(a, { clock }));
}

describe('the hello', () => {
  test('two members who hold their keys prove it to each other', async () => {
    const [mine, other] = await channelPair(a.id, b.id);
    const [atA, atB] = await Promise.all([
      shake(mine, options(a, { name: 'Ana', incarnation: 3 })),
      shake(other, options(b, { name: 'Ben', incarnation: 2 ** 40 })),
    ]);
    expect(atA).toMatchObject({
      type: 'proved',
      member: { id: b.id, name: 'Ben', incarnation: 2 ** 40 },
    });
    expect(atB).toMatchObject({
      type: 'proved',
      member: { id: a.id, name: 'Ana', incarnation: 3 },
    });
  });

  test('who signs with another key is refused', async () => {
    const liar = { ...b, sign: mallory.sign };
    expect(await meet(options(liar))).toMatchObject({ why: 'it could not prove its key' });
  });

  test('who was introduced as somebody else is refused', async () => {
    expect(await meet(options(mallory))).toMatchObject({
      why: 'it is not the member it was introduced as',
    });
  });

  test('a proof for another room is refused', async () => {
    expect(await meet(options(b, { room: 'GHJKMN' }))).toMatchObject({ type: 'refused' });
  });

  test('a proof made over another channel is refused, so nobody can sit between two members', async () => {
    const [mine, other] = await channelPair(a.id, b.id);
    // The man in the middle has a channel to each, with fingerprints of its own.
    const between = (channel: Channel, binding: string): Channel =>
      new Proxy(channel, {
        get: (target, name) => {
          if (name === 'binding') return binding;
          const value: unknown = Reflect.get(target, name);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    void shake(between(other, 'sha-256 22:22'), options(b));
    expect(await shake(between(mine, 'sha-256 11:11'), options(a))).toMatchObject({
      type: 'refused',
    });
  });

  test("one's own hello and proof, sent back, prove nothing", async () => {
    expect(await meetByHand((frame, channel) => channel.send(frame.slice()))).toMatchObject({
      why: 'it is not the member it was introduced as',
    });
  });

  test("one's own signature sent back under another's hello proves nothing", async () => {
    const hello = newHello(b.publicKey, { name: '', incarnation: 1 });
    const result = await meetByHand((frame, channel) => {
      if (frame[0] === frameType.hello) channel.send(encodeHello(hello));
      if (frame[0] === frameType.proof) channel.send(frame.slice());
    });
    expect(result).toMatchObject({ why: 'it could not prove its key' });
  });

  test('a proof of an earlier handshake is refused', async () => {
    const hello = newHello(b.publicKey, { name: '', incarnation: 1 });
    const sign = async (peer: Hello): Promise<Uint8Array> =>
      b.sign(proofMessage({ room: 'ABCDEF', binding: '', self: hello, peer }, b.id));
    let recorded: Uint8Array | undefined;
    const answer = (frame: Uint8Array, channel: Channel): void => {
      if (frame[0] !== frameType.hello) return;
      channel.send(encodeHello(hello));
      const peer = decodeHello(frame) as Hello;
      void (async () => {
        recorded ??= await sign(peer);
        channel.send(encodeProof(recorded));
        channel.send(new Uint8Array([frameType.ready]));
      })();
    };
    expect(await meetByHand(answer)).toMatchObject({ type: 'proved' });
    expect(await meetByHand(answer)).toMatchObject({ why: 'it could not prove its key' });
  });

  test('a proof that is right is of no use before the other side has taken ours', async () => {
    const hello = newHello(b.publicKey, { name: '', incarnation: 1 });
    const clock = new ManualClock();
    const [mine, other] = await channelPair(a.id, b.id);
    let taken = false;
    other.onMessage((frame) => {
      if (frame[0] === frameType.ready) taken = true;
      if (frame[0] !== frameType.hello) return;
      other.send(encodeHello(hello));
      const peer = decodeHello(frame) as Hello;
      const introduction = { room: 'ABCDEF', binding: '', self: hello, peer };
      void b.sign(proofMessage(introduction, b.id)).then((proof) => other.send(encodeProof(proof)));
    });
    const result = shake(mine, options(a, { clock }));
    await until('the proof was taken', () => taken);
    clock.advance(meshLimits.helloTimeoutMs);
    expect(await result).toMatchObject({ why: 'it did not introduce itself in time' });
  });

  test('a stranger that stays silent is dropped after a few seconds', async () => {
    const clock = new ManualClock();
    const result = meetByHand(() => undefined, clock);
    await until('the handshake has begun', () => clock.pending === 1);
    clock.advance(meshLimits.helloTimeoutMs);
    expect(await result).toMatchObject({ why: 'it did not introduce itself in time' });
  });

  test.each([
    ['consensus before the hello', () => new Uint8Array([frameType.sections, 1, 0, 0])],
    [
      'a hello that is too long',
      (hello: Uint8Array) => new Uint8Array([...hello, ...new Uint8Array(200)]),
    ],
    ['a hello that is cut', (hello: Uint8Array) => hello.slice(0, 40)],
    ['a hello of another version', (hello: Uint8Array) => hello.with(1, 9)],
    ['a proof before the hello', () => encodeProof(new Uint8Array(64))],
    ['an empty frame', () => new Uint8Array(0)],
  ])('%s ends the handshake', async (_what, make) => {
    const hello = encodeHello(newHello(b.publicKey, { name: '', incarnation: 1 }));
    const result = await meetByHand((frame, channel) => {
      if (frame[0] === frameType.hello) channel.send(make(hello) as Uint8Array<ArrayBuffer>);
    });
    expect(result.type).toBe('refused');
  });
});

describe('keys', () => {
  test('the id of a member is the first half of the digest of its key', () => {
    expect(memberIdOf(a.publicKey)).toMatch(/^[0-9a-f]{32}$/);
    expect(memberIdOf(a.publicKey)).toBe(a.id);
  });

  test.each([
    ['identity', `01${'00'.repeat(31)}`],
    ['order 2', `ec${'ff'.repeat(30)}7f`],
    ['order 4', '00'.repeat(32)],
    ['order 8', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'],
    ['not a point', `02${'00'.repeat(31)}`],
  ])('a key of small order is refused: %s', (_what, hex) => {
    const key = Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
    expect(bytesToHex(key)).toBe(hex);
    expect(isAcceptableKey(key)).toBe(false);
    const hello = newHello(key, { name: '', incarnation: 1 });
    expect(decodeHello(encodeHello(hello))).toBe(null);
  });

  test('an honest key is taken', () => {
    expect(isAcceptableKey(a.publicKey)).toBe(true);
  });
});
