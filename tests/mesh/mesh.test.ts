import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Channel, ChannelSource } from '../../src/lib/mesh/channel.ts';
import { meshLimits } from '../../src/lib/mesh/limits.ts';
import { LoopbackHub, type LoopbackSource } from '../../src/lib/mesh/loopback.ts';
import { Mesh } from '../../src/lib/mesh/mesh.ts';
import { ManualClock } from './manual-clock.ts';
import {
  newKeys,
  newKeysInOrder,
  pattern,
  section,
  TestMember,
  until,
  untilLinked,
  verify,
  type Keys,
} from './members.ts';

/** A loopback that notes whom it is asked to dial, and can be made to reach nobody. */
class WatchedSource implements ChannelSource {
  readonly kind = 'loopback';
  readonly dialled: number[] = [];
  /** `late`: nothing has come of the dial yet. */
  reach: 'everybody' | 'nobody' | 'late' = 'everybody';
  /** How late an open channel is told of: what the other end has said by then waits in it. */
  openMs = 0;

  constructor(
    private readonly inner: LoopbackSource,
    private readonly clock: ManualClock,
  ) {}

  get self() {
    return this.inner.self;
  }
  dial(peer: Parameters<ChannelSource['dial']>[0]) {
    this.dialled.push(this.clock.now() - 1_000);
    if (this.reach === 'late') return 'dialing';
    return this.reach === 'everybody' ? this.inner.dial(peer) : 'unreachable';
  }
  knock(peer: Parameters<ChannelSource['knock']>[0]): void {
    this.inner.knock(peer);
  }
  onKnock(knocked: Parameters<ChannelSource['onKnock']>[0]): void {
    this.inner.onKnock(knocked);
  }
  onChannel(opened: (channel: Channel) => void): void {
    this.inner.onChannel((channel) => setTimeout(() => opened(channel), this.openMs));
  }
  onFailed(): void {}
  has(peer: Parameters<ChannelSource['has']>[0]): boolean {
    return this.inner.has(peer);
  }
  connections(): number {
    return 0;
  }
  close(): void {
    this.inner.close();
  }
}

let hub: LoopbackHub;
let clock: ManualClock;
let lower: Keys;
let higher: Keys;
let source: WatchedSource;
let a: TestMember;
let others: TestMember[];

beforeEach(() => {
  hub = new LoopbackHub();
  clock = new ManualClock();
  [lower, higher] = newKeysInOrder(2) as [Keys, Keys];
  source = new WatchedSource(hub.source(lower.id), clock);
  // 0.5 leaves each pause as it is.
  a = new TestMember(lower, source, { clock, random: () => 0.5 });
  others = [];
});
afterEach(() => {
  for (const { mesh } of [a, ...others]) mesh.leave('the test is over');
});

function comeIn(keys: Keys = higher, incarnation = 1): TestMember {
  const member = new TestMember(keys, hub.source(keys.id), { incarnation });
  others.push(member);
  return member;
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

describe('dialling', () => {
  test('who cannot be reached is tried again after 0.5 s, doubling to 10 s', () => {
    source.reach = 'nobody';
    a.mesh.announce(higher.id);
    clock.advance(40_000);
    const pauses = source.dialled.slice(1).map((at, i) => at - (source.dialled[i] as number));
    expect(pauses.slice(0, 7)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
    expect(a.link(higher.id)).toMatchObject({ state: 'down', why: 'nobody can introduce us now' });
  });

  test('who left the room without a word is dialled no more until it is announced again', async () => {
    source.reach = 'nobody';
    a.mesh.announce(higher.id);
    a.mesh.withdraw(higher.id);
    clock.advance(60_000);
    expect(source.dialled).toHaveLength(1);
    source.reach = 'everybody';
    const b = comeIn();
    a.mesh.announce(higher.id);
    await untilLinked(a, b);
  });

  test('who said goodbye is dialled no more until it is announced again', async () => {
    const b = comeIn();
    a.mesh.announce(higher.id);
    await untilLinked(a, b);
    b.mesh.leave('closed');
    await until('it knows', () => a.link(higher.id)?.state === 'down');
    clock.advance(60_000);
    await settled();
    expect(source.dialled).toHaveLength(1);
    const next = comeIn(higher, 2);
    a.mesh.announce(higher.id);
    await until('the next page is linked', () => a.link(next)?.incarnation === 2);
  });

  test('who was refused by a hello that was there already is linked once it is admitted', async () => {
    let admits: true | string = 'elsewhere';
    a.mesh.leave('replaced');
    source = new WatchedSource(hub.source(lower.id), clock);
    source.openMs = 20;
    a = new TestMember(lower, source, { clock, admits: () => admits });
    const b = comeIn();
    a.mesh.announce(higher.id);
    await until('it is refused', () => a.link(higher.id)?.why === 'elsewhere');
    admits = true;
    a.mesh.announce(higher.id);
    await untilLinked(a, b);
  });

  test('who is not admitted is dialled no more until it is announced again', async () => {
    a.mesh.leave('replaced');
    source = new WatchedSource(hub.source(lower.id), clock);
    a = new TestMember(lower, source, { clock, admits: () => 'removed' });
    comeIn();
    a.mesh.announce(higher.id);
    await until('it was refused', () => a.link(higher.id)?.why === 'removed');
    clock.advance(60_000);
    await settled();
    expect(source.dialled).toHaveLength(1);
  });

  test('the member with the higher id never dials, but knocks', async () => {
    const b = comeIn();
    b.mesh.announce(lower.id);
    await untilLinked(a, b);
    expect(source.dialled).toHaveLength(1);
  });

  test('a knock of the page that is being dialled makes no second dial', async () => {
    source.reach = 'late';
    a.mesh.announce(higher.id);
    clock.advance(2_000);
    hub.source(higher.id).knock(lower.id);
    await settled();
    expect(source.dialled).toHaveLength(1);
  });

  test('a knock of a page that this one did not know of is answered by a dial', async () => {
    const b = comeIn();
    b.mesh.announce(lower.id);
    await untilLinked(a, b);
    source.reach = 'late';
    hub.source(higher.id).knock(lower.id);
    await until('it is dialled', () => source.dialled.length === 2);
  });

  test('announcing a peer whose link stands changes nothing', async () => {
    const b = comeIn();
    a.mesh.announce(higher.id);
    await untilLinked(a, b);
    a.mesh.announce(higher.id);
    clock.advance(2_000);
    expect(source.dialled).toHaveLength(1);
    expect(a.statuses.at(-1)?.state).toBe('up');
  });
});

describe('pages of one member', () => {
  test('an older page cannot take the place of a newer one', async () => {
    const b = comeIn(higher, 5);
    a.mesh.announce(higher.id);
    await untilLinked(a, b);
    const old = comeIn(higher, 4);
    old.mesh.announce(lower.id);
    await until('it was told', () => old.link(lower.id)?.state === 'down');
    expect(old.link(lower.id)?.why).toContain('newer page');
    expect(a.link(higher.id)).toMatchObject({ state: 'up', incarnation: 5 });
  });
});

describe('silence', () => {
  test('a peer that is silent is suspected, then given up and dialled again', async () => {
    const b = comeIn();
    a.mesh.announce(higher.id);
    await untilLinked(a, b);
    // This side's clock runs, while no answer has a chance to arrive.
    clock.advance(meshLimits.suspectAfterMs + meshLimits.tickMs);
    expect(a.link(b)).toMatchObject({ state: 'suspect', why: 'silent for a while' });
    clock.advance(meshLimits.downAfterMs);
    const states = a.statuses.map(({ state }) => state);
    expect(states.slice(-4)).toEqual(['up', 'suspect', 'down', 'connecting']);
    expect(source.dialled.length).toBeGreaterThan(1);
  });

  test('on another network every link is made anew at once, while the old one still stands', async () => {
    const b = comeIn();
    a.mesh.announce(higher.id);
    await untilLinked(a, b);
    const before = a.statuses.length;
    clock.advance(meshLimits.redialFreshMs + 1);
    a.mesh.restart('at once');
    expect(source.dialled).toHaveLength(2);
    await until('it is linked anew', () => a.statuses.length > before);
    expect(a.statuses.slice(before).map(({ state }) => state)).toEqual(['up']);
    expect(a.mesh.send(b.id, [section('consensus', pattern(1, 0))])).toBe('queued');
    await until('it hears over the new one', () => b.received.length === 1);
  });

  test('who does not dial knocks on another network', async () => {
    const b = comeIn();
    a.mesh.announce(higher.id);
    await untilLinked(a, b);
    clock.advance(meshLimits.redialFreshMs + 1);
    b.mesh.restart('at once');
    await until('the other end dials', () => source.dialled.length === 2);
  });

  test('after sleep a link that answers is kept, and one that does not is made anew', async () => {
    const b = comeIn();
    a.mesh.announce(higher.id);
    await untilLinked(a, b);
    clock.oversleep(60_000);
    a.mesh.restart('unless it lives');
    await settled();
    clock.advance(meshLimits.probeMs);
    expect(source.dialled).toHaveLength(1);
    a.mesh.restart('unless it lives');
    // No answer has a chance to arrive.
    clock.advance(meshLimits.probeMs);
    expect(source.dialled).toHaveLength(2);
  });

  test('a page that slept for a minute keeps its links', async () => {
    const b = comeIn();
    a.mesh.announce(higher.id);
    await untilLinked(a, b);
    clock.oversleep(60_000);
    expect(a.link(b)?.state).toBe('up');
  });
});

describe('a mesh', () => {
  test('does not start with the key of another id', () => {
    const { publicKey, sign } = newKeys();
    const signer = { publicKey, sign };
    const wrong = {
      source: hub.source(lower.id),
      room: 'ABCDEF',
      signer,
      verify,
      incarnation: 1,
      clock,
    };
    expect(() => new Mesh(wrong)).toThrow('not of this id');
  });

  test('that has left stays silent, keeps no timer, and takes nobody in', async () => {
    const b = comeIn();
    a.mesh.announce(higher.id);
    await untilLinked(a, b);
    a.mesh.leave('closed');
    expect(a.link(b)).toMatchObject({ state: 'down', why: 'closed' });
    clock.advance(60_000);
    a.mesh.announce(higher.id);
    await settled();
    expect(clock.pending).toBe(0);
    expect(source.dialled).toHaveLength(1);
  });

  test('remembers no more peers than it has room for, and forgets the absent first', () => {
    source.reach = 'nobody';
    for (let i = 0; i < meshLimits.peersMax + 10; i++) {
      const { id } = newKeys();
      a.mesh.announce(id);
      if (i > 0) a.mesh.withdraw(id);
    }
    expect(a.mesh.links()).toHaveLength(meshLimits.peersMax);
  });
});
