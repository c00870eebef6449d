import { afterAll, expect, test } from 'vitest';
import { LoopbackHub, type LoopbackSource } from '../../src/lib/mesh/loopback.ts';
import { SimplePeerSource } from '../../src/lib/mesh/simple-peer.ts';
import { PlainClock } from '../../src/lib/tab/clock.ts';
import { meshContract } from './contract.ts';
import { newKeysInOrder, pattern, section, TestMember, until, untilLinked } from './members.ts';
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

test('a round trip over a link costs little more than over a bare data channel', async () => {
  const [a, b] = pairOverDataChannels();
  await untilLinked(a, b);
  b.mesh.onSections((from, sections) => void b.mesh.send(from, sections));
  const rounds = 200;
  const start = performance.now();
  for (let i = 0; i < rounds; i++) {
    a.mesh.send(b.id, [section('consensus', pattern(200, i))]);
    await new Promise<void>((resolve) => {
      const wait = (): void => (a.received.length > i ? resolve() : queue.postMessage(null));
      const { port1, port2: queue } = new MessageChannel();
      port1.onmessage = wait;
      wait();
    });
  }
  const each = (performance.now() - start) / rounds;
  console.log(`round trip over a link: ${each.toFixed(2)} ms`);
  expect(each).toBeLessThan(20);
  a.mesh.leave('done');
  b.mesh.leave('done');
});
