import { afterAll, expect, test } from 'vitest';
import { LoopbackHub, type LoopbackSource } from '../../src/lib/mesh/loopback.ts';
import { SimplePeerSource } from '../../src/lib/mesh/simple-peer.ts';
import { PlainClock } from '../../src/lib/tab/clock.ts';
import { meshContract } from './contract.ts';
import {
  newKeysInOrder,
  pattern,
  section,
  TestMember,
  until,
  untilLinked,
  type Keys,
} from './members.ts';
import { meshLimits } from '../../src/lib/mesh/limits.ts';
import { PageDoor } from './page-door.ts';

/** Every connection the page makes, so that a test can break them as a network would. */
const connections: RTCPeerConnection[] = [];
const wires: RTCDataChannel[] = [];
const Original = globalThis.RTCPeerConnection;
globalThis.RTCPeerConnection = class extends Original {
  constructor(configuration?: RTCConfiguration) {
    super(configuration);
    connections.push(this);
  }
  override createDataChannel(label: string, init?: RTCDataChannelInit): RTCDataChannel {
    const wire = super.createDataChannel(label, init);
    wires.push(wire);
    return wire;
  }
};
afterAll(() => {
  globalThis.RTCPeerConnection = Original;
});

meshContract('the links within one page, in a browser', () => {
  const hub = new LoopbackHub();
  const sources: LoopbackSource[] = [];
  return {
    source: ({ id }) => {
      const source = hub.source(id);
      sources.push(source);
      return source;
    },
    sever: () => sources.forEach((source) => source.sever()),
  };
});

meshContract('the links over data channels', () => {
  const door = new PageDoor();
  return {
    source: ({ id }) => new SimplePeerSource(id, door.guest(id), new PlainClock()),
    sever: () => wires.forEach((wire) => wire.close()),
  };
});

function pairOverDataChannels(): [TestMember, TestMember] {
  const door = new PageDoor();
  const [a, b] = newKeysInOrder(2).map(
    (keys) =>
      new TestMember(keys, new SimplePeerSource(keys.id, door.guest(keys.id), new PlainClock())),
  ) as [TestMember, TestMember];
  a.mesh.announce(b.id);
  b.mesh.announce(a.id);
  return [a, b];
}

test('one connection a peer is made and counted, and announcing it again makes no other', async () => {
  const [a, b] = pairOverDataChannels();
  await untilLinked(a, b);
  const made = connections.length;
  a.mesh.announce(b.id);
  b.mesh.announce(a.id);
  await new Promise((resolve) => setTimeout(resolve, 1_300));
  expect(connections.length).toBe(made);
  expect([a.link(b)?.connections, b.link(a)?.connections]).toEqual([1, 1]);
  a.mesh.leave('done');
  b.mesh.leave('done');
});

test('a connection that the browser closes at once is made again', async () => {
  const [a, b] = pairOverDataChannels();
  await untilLinked(a, b);
  for (const connection of connections) connection.close();
  await until('both have noticed', () => [a, b].every((m) => m.statuses.at(-1)?.state !== 'up'));
  await untilLinked(a, b);
  a.mesh.leave('done');
  b.mesh.leave('done');
});

test('the two ends of a data channel have one binding, and no two channels have the same', async () => {
  const bindings = async (): Promise<string[]> => {
    const door = new PageDoor();
    const sources = newKeysInOrder(2).map(
      ({ id }) => new SimplePeerSource(id, door.guest(id), new PlainClock()),
    ) as [SimplePeerSource, SimplePeerSource];
    const found: string[] = [];
    for (const source of sources) source.onChannel(({ binding }) => found.push(binding));
    sources[0].dial(sources[1].self);
    await until('both ends are open', () => found.length === 2);
    for (const source of sources) source.close();
    return found;
  };
  const [one, other] = [await bindings(), await bindings()];
  expect(one[0]).toMatch(/^sha-256 [0-9a-f:]{95} sha-256 [0-9a-f:]{95}$/);
  expect(one[0]).toBe(one[1]);
  expect(other[0]).toBe(other[1]);
  expect(one[0]).not.toBe(other[0]);
});

test('a member that floods another with offers and knocks makes no flood of connections', () => {
  const [lower, higher] = newKeysInOrder(2) as [Keys, Keys];
  for (const [self, from] of [
    [lower.id, higher.id],
    [higher.id, lower.id],
  ] as const) {
    const door = new PageDoor();
    const guest = door.guest(self);
    const source = new SimplePeerSource(self, guest, new PlainClock());
    let knocks = 0;
    source.onKnock(() => knocks++);
    const before = connections.length;
    for (let i = 0; i < 200; i++) {
      const attempt = i.toString(16).padStart(16, '0');
      for (const signal of [{ type: 'offer', sdp: 'v=0' }, { type: 'knock' }]) {
        guest.receive(from, JSON.stringify({ attempt, signal }));
      }
      guest.receive(from, '{}');
    }
    expect(connections.length - before + knocks).toBeLessThanOrEqual(meshLimits.offersBurst);
    expect(source.badSignals).toBeGreaterThan(500);
    source.close();
  }
});

/** Mean milliseconds from `send` to the answer that `next` resolves with. */
async function roundTrip(send: () => void, next: () => Promise<void>): Promise<number> {
  const rounds = 200;
  const start = performance.now();
  for (let i = 0; i < rounds; i++) {
    const answered = next();
    send();
    await answered;
  }
  return (performance.now() - start) / rounds;
}

async function bareChannels(): Promise<[RTCDataChannel, RTCDataChannel]> {
  const [one, other] = [new Original(), new Original()];
  one.onicecandidate = ({ candidate }) => void other.addIceCandidate(candidate ?? undefined);
  other.onicecandidate = ({ candidate }) => void one.addIceCandidate(candidate ?? undefined);
  const near = one.createDataChannel('bare');
  const far = new Promise<RTCDataChannel>((resolve) => {
    other.ondatachannel = ({ channel }) => resolve(channel);
  });
  await one.setLocalDescription();
  await other.setRemoteDescription(one.localDescription as RTCSessionDescription);
  await other.setLocalDescription();
  await one.setRemoteDescription(other.localDescription as RTCSessionDescription);
  return [near, await far];
}

test('a round trip over a link costs little more than over a bare data channel', async () => {
  const bytes = new Uint8Array(pattern(200, 1));
  const [near, far] = await bareChannels();
  far.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => far.send(data);
  await until('it is open', () => near.readyState === 'open');
  let answered: () => void = () => undefined;
  const next = (): Promise<void> => new Promise((resolve) => (answered = resolve));
  near.onmessage = () => answered();
  const bare = (): Promise<number> => roundTrip(() => near.send(bytes), next);

  const [a, b] = pairOverDataChannels();
  await untilLinked(a, b);
  b.mesh.onSections((from, sections) => void b.mesh.send(from, sections));
  a.mesh.onSections(() => answered());
  const linked = (): Promise<number> =>
    roundTrip(() => void a.mesh.send(b.id, [section('consensus', bytes)]), next);

  // The better of several, since this machine has other work.
  let best = { bareMs: Infinity, linkMs: Infinity };
  for (let i = 0; i < 4; i++) {
    best = {
      bareMs: Math.min(best.bareMs, await bare()),
      linkMs: Math.min(best.linkMs, await linked()),
    };
  }
  console.log(`round trip: bare ${best.bareMs.toFixed(3)} ms, link ${best.linkMs.toFixed(3)} ms`);
  expect(best.linkMs).toBeLessThan(1.5 * best.bareMs + 0.3);
  for (const wire of [near, far]) wire.close();
  for (const { mesh } of [a, b]) mesh.leave('done');
});
