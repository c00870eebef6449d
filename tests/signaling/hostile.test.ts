/** Who wants to wear the door out, or to come in where it may not. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  addressOf,
  boundConnections,
  connectionLimits,
  serverOptions,
} from '#signaling/connections.ts';
import { guestLimits } from '#signaling/guests.ts';
import { doorCloses, doorLimits } from '#signaling/messages.ts';
import { originRuleOf, type OriginRule } from '#signaling/origin.ts';
import { rates } from '#signaling/rate.ts';
import { identity } from './identity.ts';
import { codeIn, openDoor, Tab, type LiveDoor } from './live.ts';

const [ana, ben] = [identity('Ana'), identity('Ben')];
const error = (name: string) => ({ type: 'error', error: name });

let door: LiveDoor;
const sockets: Socket[] = [];
beforeEach(async () => {
  door = await openDoor();
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await door.close();
});

async function reopen(options: Parameters<typeof openDoor>[0]): Promise<void> {
  await door.close();
  door = await openDoor(options);
}

function rule(text: string | undefined): OriginRule {
  const made = originRuleOf(text);
  if (typeof made === 'string') throw new Error(made);
  return made;
}

describe('pages of other addresses', () => {
  test('are told in words that they may not come in; our own may, and what is no page', async () => {
    await reopen({ origins: rule(undefined) });
    const strange = await Tab.connect(door.url, { origin: 'https://evil.example' });
    expect(strange.welcome).toEqual(error('wrong-origin'));
    expect(await strange.ended()).toBe(doorCloses.strangeOrigin);
    for (const options of [{ origin: `http://localhost:${door.port}` }, {}]) {
      expect((await Tab.connect(door.url, options)).welcome).toMatchObject({ type: 'welcome' });
    }
  });

  test('come in when ORIGINS names them', () => {
    const { admits } = rule('https://a.example, http://10.0.0.5:8080/');
    const host = 'synod.example';
    const origins = [
      'https://a.example',
      'http://10.0.0.5:8080',
      'https://synod.example',
      undefined,
    ];
    expect(origins.map((origin) => admits(origin, host))).toEqual([true, true, true, true]);
    const strange = [
      'http://a.example',
      'https://a.example.evil.example',
      'null',
      'https://synod.example:1',
      'x',
    ];
    expect(strange.map((origin) => admits(origin, host))).toEqual(strange.map(() => false));
    expect(rule('*').admits('null', host)).toBe(true);
  });

  test('an entry of ORIGINS that is no origin is answered by a sentence', () => {
    for (const text of ['synod.example', 'https://a.example/path']) {
      expect(originRuleOf(text)).toMatch(/^ORIGINS has ".+", which is no origin/);
    }
  });
});

describe('codes', () => {
  test('cannot be guessed: an address that missed too often finds no room, and who was in comes back', async () => {
    let now = 0;
    await reopen({ now: () => now });
    const owner = await Tab.connect(door.url);
    const code = codeIn(await owner.create(ana));
    for (let missed = 0; missed < rates.guessesPerAddress.burst;) {
      const guesser = await Tab.connect(door.url);
      for (
        let i = 0;
        i < rates.entriesPerSocket.burst && missed < rates.guessesPerAddress.burst;
        i += 1
      ) {
        expect(await guesser.join('222222', ben)).toEqual(error('no-such-room'));
        missed += 1;
      }
      guesser.socket.terminate();
    }
    const lucky = await Tab.connect(door.url);
    expect(await lucky.join(code, ben)).toEqual(error('too-fast'));
    const again = await Tab.connect(door.url);
    expect(codeIn(await again.join(code, ana))).toBe(code);
    now = 1_000 / rates.guessesPerAddress.perSecond;
    expect(codeIn(await lucky.join(code, ben))).toBe(code);
  });
});

describe('slow ones', () => {
  test('a request whose head never ends, or comes drop by drop, loses its connection', async () => {
    const checked = {
      ...serverOptions,
      headersTimeout: 300,
      requestTimeout: 400,
      connectionsCheckingInterval: 50,
    };
    const server = createServer(checked, (_request, response) => response.end('ok'));
    server.listen(0);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const open = (): Socket => {
      const socket = connect(port, 'localhost')
        .on('error', () => undefined)
        .resume();
      sockets.push(socket);
      return socket;
    };
    const [mute, dropping] = [open(), open()];
    mute.write('GET / HTTP/1.1\r\nHost: x\r\n');
    dropping.write('GET / HTTP/1.1\r\n');
    const drops = setInterval(() => dropping.write('X-A: b\r\n'), 50);
    await Promise.all([mute, dropping].map((socket) => once(socket, 'close')));
    clearInterval(drops);
    expect((await fetch(`http://localhost:${port}/`)).status).toBe(200);
    server.close();
    expect(serverOptions.headersTimeout).toBeLessThanOrEqual(10_000);
  });

  test('one address holds no more bare connections than a hall needs', async () => {
    const server = createServer((_request, response) => response.end('ok'));
    boundConnections(server, { behindProxy: false, perAddressMax: 5 });
    server.listen(0);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const opened = Array.from({ length: 8 }, () =>
      connect(port, '127.0.0.1')
        .on('error', () => undefined)
        .resume(),
    );
    sockets.push(...opened);
    let closed = 0;
    for (const socket of opened) socket.on('close', () => (closed += 1));
    while (closed < 3) await new Promise((resolve) => setTimeout(resolve, 10));
    opened.filter(({ destroyed }) => !destroyed)[0]?.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
    server.close();
    expect(connectionLimits.perAddressMax).toBeGreaterThanOrEqual(64 * 7);
  });

  test('a socket that never enters a room is ended, and one that did is not', async () => {
    let now = 0;
    await reopen({ pingEveryMs: 20, now: () => now });
    const [idle, member] = [await Tab.connect(door.url), await Tab.connect(door.url)];
    await member.create(ana);
    now = guestLimits.enterWithinMs + 1;
    expect(await idle.ended()).toBe(1006);
    member.send({ type: 'lock', locked: true });
    expect(await member.next()).toMatchObject({ locked: true });
  });

  test('tabs that stop reading are cut off before they fill the memory together', async () => {
    const bytesMax = 1_048_576;
    await reopen({ waitingBytesMax: bytesMax });
    const names = ['s1', 's2', 's3', 's4', 's5', 's6', 'lazy 1', 'lazy 2'];
    const tabs = await Promise.all(names.map(() => Tab.connect(door.url)));
    const people = names.map(identity);
    const [first, ...others] = tabs as [Tab, ...Tab[]];
    const code = codeIn(await first.create(people[0] ?? ana));
    for (const [i, tab] of others.entries()) await tab.join(code, people[i + 1] ?? ana);
    const [senders, lazy] = [tabs.slice(0, 6), tabs.slice(6)];
    for (const { socket } of lazy) socket.pause();
    const read = (name: RegExp): number => Number(name.exec(door.signaling.metrics())?.[1] ?? 0);
    const waiting = (): number => read(/^synod_waiting_bytes (\d+)/m);
    const heard = (): number => read(/messages_total\{type="signal"\} (\d+)/);
    const data = 'x'.repeat(doorLimits.signalCharactersMax);
    // The kernel takes some MiB for each before anything waits here.
    for (let sent = 0; waiting() <= bytesMax;) {
      const to = people[6 + (sent % 2)]?.member.id;
      senders[sent % 6]?.send({ type: 'signal', to, data });
      sent += 1;
      while (heard() < sent) await new Promise((resolve) => setImmediate(resolve));
    }
    // Far below what one alone may have waiting.
    expect(waiting()).toBeLessThan(guestLimits.sendBufferBytesMax);
    const cutOff = () => door.signaling.metrics().includes('hang_ups_total{reason="not-reading"}');
    while (!cutOff()) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(waiting()).toBeLessThanOrEqual(bytesMax);
    expect(senders.map(({ closeCode }) => closeCode)).toEqual(senders.map(() => null));
  });
});

describe('behind a proxy', () => {
  test('the address is the one that the proxy added, and nobody is believed without one', async () => {
    const seen: string[] = [];
    const server = createServer((request, response) => {
      seen.push(addressOf(request, true), addressOf(request, false));
      response.end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await fetch(`http://127.0.0.1:${port}/`, {
      headers: { 'X-Forwarded-For': '6.6.6.6, 192.0.2.7' },
    });
    await fetch(`http://127.0.0.1:${port}/`);
    expect(seen).toEqual(['192.0.2.7', '127.0.0.1', '127.0.0.1', '127.0.0.1']);
    server.close();
  });
});

describe('metrics', () => {
  test('count what happens, with labels that no stranger chooses', async () => {
    const tab = await Tab.connect(door.url);
    const code = codeIn(await tab.create(ana));
    tab.send('{"type":"evil\\"} 1"}');
    await tab.next();
    tab.send({ type: 'signal', to: ben.member.id, data: 'x' });
    await tab.next();
    const text = door.signaling.metrics();
    const lines = [
      'synod_rooms 1',
      'synod_members 1',
      'synod_sockets 1',
      'synod_connections_total 1',
      'synod_messages_total{type="create"} 1',
      'synod_messages_total{type="malformed"} 1',
      'synod_messages_total{type="signal"} 1',
      'synod_refusals_total{reason="bad-message"} 1',
      'synod_refusals_total{reason="not-there"} 1',
      'synod_relayed_bytes_total 0',
      'synod_bus_connected 1',
    ];
    for (const line of lines) expect(text.split('\n')).toContain(line);
    expect(text).not.toMatch(new RegExp(`evil|${code}|${ana.member.id}`));
    for (const line of text.trimEnd().split('\n')) {
      expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="[a-z-]+"\})? \d+(\.\d+)?)$/);
    }
    expect(text).toMatch(/^process_resident_memory_bytes \d{7,}$/m);
  });
});
