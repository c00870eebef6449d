/** Two ways between two members: when the second is tried, and that moving from one to the other loses nothing. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Channel, ChannelSource } from '#lib/mesh/channel.ts';
import { LoopbackHub, type LoopbackSource } from '#lib/mesh/loopback.ts';
import { PathSource } from '#lib/mesh/paths.ts';
import type { Path } from '#lib/mesh/transport.ts';
import { PlainClock } from '#lib/tab/clock.ts';
import { meshLimits } from '#lib/mesh/limits.ts';
import { meshContract } from './contract.ts';
import { ManualClock } from './manual-clock.ts';
import { newKeysInOrder, pattern, section, TestMember, until, type Keys } from './members.ts';

type Peer = Parameters<ChannelSource['dial']>[0];

/** A loopback that passes for another path, and may lead nowhere. */
class Way implements ChannelSource {
  readonly kind = 'loopback';
  leads: 'there' | 'nowhere' | 'silent' = 'there';
  dials = 0;
  /** When the introduction last went a step on. */
  step = 0;
  #failed: (peer: Peer, why: string) => void = () => undefined;

  constructor(
    private readonly inner: LoopbackSource,
    private readonly path: Path,
  ) {}
  get self() {
    return this.inner.self;
  }
  dial(peer: Peer): 'dialing' | 'unreachable' {
    this.dials++;
    if (this.leads === 'nowhere') queueMicrotask(() => this.fail(peer));
    return this.leads === 'there' ? this.inner.dial(peer) : 'dialing';
  }
  fail(peer: Peer): void {
    this.#failed(peer, 'no way through');
  }
  knock(peer: Peer): void {
    this.inner.knock(peer);
  }
  onKnock(knocked: (peer: Peer) => void): void {
    this.inner.onKnock(knocked);
  }
  onChannel(opened: (channel: Channel) => void): void {
    this.inner.onChannel((channel) => {
      Object.defineProperty(channel, 'path', { value: this.path });
      opened(channel);
    });
  }
  onFailed(failed: (peer: Peer, why: string) => void): void {
    this.#failed = failed;
  }
  steppedAt(): number {
    return this.step;
  }
  has(peer: Peer): boolean {
    return this.inner.has(peer);
  }
  connections(): number {
    return 0;
  }
  sever(): void {
    this.inner.sever();
  }
  close(): void {
    this.inner.close();
  }
}

interface Ends {
  readonly direct: Way;
  readonly relayed: Way;
}

meshContract('the links over the best of two paths', () => {
  const [near, far] = [new LoopbackHub(), new LoopbackHub()];
  const ways: Way[] = [];
  return {
    source({ id }) {
      const direct = new Way(near.source(id), 'direct');
      const relayed = new Way(far.source(id), 'relayed');
      ways.push(direct, relayed);
      return new PathSource(direct, relayed, new PlainClock());
    },
    sever: () => ways.forEach((way) => way.sever()),
  };
});

describe('of two paths', () => {
  let clock: ManualClock;
  let keys: [Keys, Keys];
  let ends: Map<Keys, Ends>;
  let a: TestMember;
  let b: TestMember;

  function member(own: Keys): TestMember {
    const { direct, relayed } = ends.get(own) as Ends;
    return new TestMember(own, new PathSource(direct, relayed, clock), { clock });
  }

  beforeEach(() => {
    clock = new ManualClock();
    keys = newKeysInOrder(2) as [Keys, Keys];
    const [near, far] = [new LoopbackHub(), new LoopbackHub()];
    ends = new Map(
      keys.map((own) => [
        own,
        {
          direct: new Way(near.source(own.id), 'direct'),
          relayed: new Way(far.source(own.id), 'relayed'),
        },
      ]),
    );
  });

  const dialler = (): Ends => ends.get(keys[0]) as Ends;

  function meet(): void {
    a = member(keys[0]);
    b = member(keys[1]);
    a.mesh.announce(b.id);
    b.mesh.announce(a.id);
  }

  const untilBy = (path: Path) =>
    until(`both say ${path}`, () => a.link(b)?.path === path && b.link(a)?.path === path);

  test('the direct one is taken, and the server is not asked', async () => {
    meet();
    await untilBy('direct');
    clock.advance(meshLimits.relayAfterMs * 2);
    expect(dialler().relayed.dials).toBe(0);
  });

  test('while the introduction goes on, however slowly, the server is not asked', () => {
    dialler().direct.leads = 'silent';
    meet();
    for (let steps = 0; steps < 3; steps++) {
      clock.advance(meshLimits.relayAfterMs - 1);
      dialler().direct.step = clock.now();
    }
    expect(dialler().relayed.dials).toBe(0);
    clock.advance(meshLimits.relayAfterMs);
    expect(dialler().relayed.dials).toBe(1);
  });

  test('while the direct one is silent the server relays, after so long and no sooner', async () => {
    dialler().direct.leads = 'silent';
    meet();
    clock.advance(meshLimits.relayAfterMs - 1);
    expect(dialler().relayed.dials).toBe(0);
    clock.advance(1);
    await untilBy('relayed');
  });

  test('when the direct one fails the server relays at once', async () => {
    dialler().direct.leads = 'nowhere';
    meet();
    await untilBy('relayed');
    expect(clock.now()).toBe(1_000);
  });

  test('when both fail the link is down, says why, and is tried again', async () => {
    dialler().direct.leads = 'nowhere';
    dialler().relayed.leads = 'nowhere';
    meet();
    await until('it is down', () => a.link(b)?.state === 'down');
    expect(a.link(b)).toMatchObject({ why: 'no way through', path: null });
    dialler().relayed.leads = 'there';
    clock.advance(meshLimits.redialMaxMs);
    await untilBy('relayed');
  });

  test('the direct one is tried again with growing pauses, each an RTCPeerConnection', async () => {
    dialler().direct.leads = 'nowhere';
    meet();
    await untilBy('relayed');
    const tried: number[] = [];
    for (const pause of meshLimits.upgradePausesMs) {
      const before = dialler().direct.dials;
      // Links that hear nothing for long are given up: here nobody answers while the clock stands.
      for (let ms = 0; ms < pause; ms += 500) {
        clock.advance(500);
        await new Promise((resolve) => setTimeout(resolve, 0));
        if (dialler().direct.dials > before) break;
      }
      tried.push(dialler().direct.dials);
    }
    expect(tried).toEqual([2, 3, 4, 5, 6]);
    expect(a.link(b)?.path).toBe('relayed');
  });

  test('the link moves to a direct path without losing or reordering a frame, under load both ways', async () => {
    dialler().direct.leads = 'nowhere';
    meet();
    await untilBy('relayed');
    dialler().direct.leads = 'there';
    const count = { a: 0, b: 0 };
    const say = () => {
      for (let i = 0; i < 20; i++) {
        a.mesh.send(b.id, [section('consensus', pattern(4_000, count.a++))]);
        b.mesh.send(a.id, [section('consensus', pattern(3, count.b++))]);
      }
    };
    say();
    clock.advance(meshLimits.upgradePausesMs[0] as number);
    for (let i = 0; i < 40 && a.link(b)?.path !== 'direct'; i++) {
      say();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await untilBy('direct');
    say();
    await until(
      'all has arrived',
      () => b.received.length === count.a && a.received.length === count.b,
    );
    const orderOf = ({ received }: TestMember) =>
      received.map(({ section: { bytes } }) => bytes[0]);
    expect(orderOf(b)).toEqual(b.received.map((_, i) => i & 0xff));
    expect(orderOf(a)).toEqual(a.received.map((_, i) => i & 0xff));
    expect([a.link(b), b.link(a)]).toMatchObject([
      { droppedFrames: 0, badFrames: 0, state: 'up' },
      { droppedFrames: 0, badFrames: 0, state: 'up' },
    ]);
    expect([...a.statuses, ...b.statuses].filter(({ state }) => state === 'down')).toEqual([]);
    // The path through the server is given up.
    await until('it is closed', () =>
      [...ends.values()].every(({ relayed }) => !relayed.has(b.id)),
    );
  });

  test('on a network that leads nowhere the server relays, though a dead direct one still stands', async () => {
    meet();
    await untilBy('direct');
    clock.advance(meshLimits.redialFreshMs + 1);
    dialler().direct.leads = 'silent';
    a.mesh.restart('at once');
    clock.advance(meshLimits.relayAfterMs);
    await untilBy('relayed');
  });

  test('a direct path that dies is replaced by the server again', async () => {
    meet();
    await untilBy('direct');
    dialler().direct.leads = 'nowhere';
    dialler().direct.sever();
    clock.advance(meshLimits.redialMaxMs);
    await untilBy('relayed');
  });
});
