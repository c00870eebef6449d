/** A PeerServer beside the door, on one port: each has its own sockets, and neither takes the other's. */
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { mountPeerServer, type MountedPeerServer } from '#signaling/peer-server.ts';
import { identity } from './identity.ts';
import { openDoor, Tab, type LiveDoor } from './live.ts';

let door: LiveDoor;
let mounted: MountedPeerServer;
beforeEach(async () => {
  door = await openDoor({ otherUpgrades: 'leave' });
  mounted = await mountPeerServer({ server: door.server });
  door.server.on('request', mounted.request);
});
afterEach(async () => {
  mounted.close();
  await door.close();
});

const at = (path: string): string => `ws://localhost:${door.port}${path}`;
const place = (id: string, token = 'mine'): string =>
  at(`/peerjs/peerjs?key=peerjs&id=${id}&token=${token}`);

/** Resolves to the first message, or to `ended` when the connection is not taken. */
async function firstWord(url: string): Promise<{ socket: WebSocket; said: string }> {
  const socket = new WebSocket(url);
  const said = await new Promise<string>((resolve) => {
    socket.on('message', (data) => resolve(String(data)));
    socket.on('error', () => resolve('ended'));
  });
  return { socket, said };
}

test('the door and the PeerServer both answer, on one port', async () => {
  const { socket, said } = await firstWord(place('synod-ABCDEF-1'));
  expect(JSON.parse(said)).toEqual({ type: 'OPEN' });
  const tab = await Tab.connect(door.url);
  expect(await tab.create(identity('Ana'))).toMatchObject({ type: 'joined' });
  const answer = await fetch(`http://localhost:${door.port}/peerjs/`);
  expect(await answer.json()).toMatchObject({ name: 'PeerJS Server' });
  expect(answer.headers.has('x-powered-by')).toBe(false);
  for (const one of [socket, tab.socket]) one.terminate();
});

test('an offer reaches the id it is for, with its sender’s', async () => {
  const [one, other] = await Promise.all([
    firstWord(place('synod-ABCDEF-1')),
    firstWord(place('synod-ABCDEF-2')),
  ]);
  const heard = once(other.socket, 'message') as Promise<[Buffer]>;
  const payload = { sdp: 'v=0' };
  one.socket.send(JSON.stringify({ type: 'OFFER', dst: 'synod-ABCDEF-2', src: 'x', payload }));
  expect(JSON.parse(String((await heard)[0]))).toMatchObject({
    type: 'OFFER',
    src: 'synod-ABCDEF-1',
    payload,
  });
  for (const { socket } of [one, other]) socket.terminate();
});

test.each([
  ['an id of another app', () => place('my-game-1')],
  ['an id with more after it', () => place('synod-ABCDEF-1-x')],
  ['no id', () => at('/peerjs/peerjs?key=peerjs')],
  ['a long address', () => place('synod-ABCDEF-1', 't'.repeat(600))],
  ['another path', () => at('/elsewhere')],
])('the PeerServer takes no socket for %s', async (_what, url) => {
  expect((await firstWord(url())).said).toBe('ended');
});

test.each([
  ['is no JSON', '{'],
  ['is no object', 'null'],
  ['is too large', JSON.stringify({ type: 'OFFER', dst: 'x', payload: 'x'.repeat(20_000) })],
])('a message that %s harms nobody else', async (_what, text) => {
  const [one, other] = await Promise.all([
    firstWord(place('synod-ABCDEF-1')),
    firstWord(place('synod-ABCDEF-2')),
  ]);
  one.socket.send(text);
  const heard = once(other.socket, 'message') as Promise<[Buffer]>;
  // To oneself: it comes back.
  other.socket.send(JSON.stringify({ type: 'LEAVE', dst: 'synod-ABCDEF-2' }));
  expect(JSON.parse(String((await heard)[0]))).toMatchObject({ src: 'synod-ABCDEF-2' });
  for (const { socket } of [one, other]) socket.terminate();
});
