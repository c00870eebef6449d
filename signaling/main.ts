/**
 * `npm start`: the page and the door in one process.
 *
 *   --port <n>  (or PORT)  this port or none; without it, the first free one from 3000
 *   --host <h>             only this address; without it, all of them
 *   --stun-port <n>        of the STUN that it answers on UDP; 3478, or another one if that is busy
 *   --log words|json       sentences for people, or JSON lines for machines; words
 *   --behind-proxy         all come by a proxy, which says in X-Forwarded-For who they are
 *   --peerjs (or PEERJS=1) a PeerServer at /peerjs as well, for rooms that do without our signaling
 *   ICE_SERVERS            a JSON list of further STUN and TURN servers for all tabs
 *   ORIGINS                pages of these addresses may use this door besides our own: https://a.example,https://b.example
 *   ROOM_LETTERS           rooms opened here have codes that begin with one of these; any
 *   SIGNALING_BUS          redis://host:port joins this process with others into one door
 */
import { createServer, type Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { renderUnicodeCompact } from 'uqr';
import { MemoryHub, type RoomBus } from './bus.ts';
import { boundConnections, serverOptions } from './connections.ts';
import { firstLettersOf } from './draw-code.ts';
import { isBusy, listen, urlsOf, type ListenOptions } from './listen.ts';
import { iceServersOf, stunAt } from './ice.ts';
import { openJsonLog, wordsLog, type Log } from './log.ts';
import { codeAlphabet, type IceServers } from './messages.ts';
import { originRuleOf } from './origin.ts';
import { mountPeerServer } from './peer-server.ts';
import { createSignaling } from './server.ts';
import { createSite } from './site.ts';
import { defaultStunPort, openStun } from './stun.ts';

function fail(line: string): never {
  console.error(line);
  process.exit(1);
}

interface Wishes {
  readonly port: number | undefined;
  readonly host: string | undefined;
  readonly stunPort: number;
  readonly json: boolean;
  readonly behindProxy: boolean;
  readonly peerjs: boolean;
}

const usage = `Usage: npm start -- [--port <number>] [--host <address>] [--stun-port <number>]
                    [--log words|json] [--behind-proxy] [--peerjs]`;

function readWishes(): Wishes {
  const text = { type: 'string' } as const;
  const isSet = { type: 'boolean' } as const;
  const known = {
    port: text,
    host: text,
    'stun-port': text,
    log: text,
    'behind-proxy': isSet,
    peerjs: isSet,
  };
  try {
    const { values } = parseArgs({ options: known });
    const { port, host, log = 'words' } = values;
    if (log !== 'words' && log !== 'json') fail(usage);
    return {
      port: portOf(port ?? process.env['PORT']),
      host,
      stunPort: portOf(values['stun-port']) ?? defaultStunPort,
      json: log === 'json',
      behindProxy: values['behind-proxy'] ?? false,
      peerjs: values.peerjs ?? process.env['PEERJS'] === '1',
    };
  } catch {
    fail(usage);
  }
}

function portOf(asked: string | undefined): number | undefined {
  if (asked === undefined || asked === '') return undefined;
  const port = Number(asked);
  if (!/^\d+$/.test(asked) || port > 65_535) fail('A port is a number from 0 to 65535.');
  return port;
}

function introduce(port: number, host: string | undefined): void {
  const say = (line: string): void => console.log(line);
  const { local, lan } = urlsOf(port, host);
  say('');
  say(`  Synod is open on this machine:  ${local}`);
  for (const url of lan) say(`  and on this network:            ${url}`);
  const [first] = lan;
  if (first === undefined) {
    say('  No network address found: phones cannot come in.');
  } else {
    say('');
    say(renderUnicodeCompact(first, { border: 2 }));
  }
  say('');
  say('  Ctrl+C ends it. A running room goes on without it.');
}

async function openBus(log: Log): Promise<RoomBus> {
  const url = process.env['SIGNALING_BUS'] ?? '';
  if (url === '') return new MemoryHub().bus();
  if (!/^rediss?:\/\/./.test(url))
    fail('SIGNALING_BUS is an address such as redis://127.0.0.1:6379.');
  const { RedisBus } = await import('./redis-bus.ts');
  return new RedisBus({ url, log });
}

async function main(): Promise<void> {
  const { port: asked, host, stunPort, json, behindProxy, peerjs } = readWishes();
  const further = iceServersOf(process.env['ICE_SERVERS']);
  if (typeof further === 'string') fail(further);
  const origins = originRuleOf(process.env['ORIGINS']);
  if (typeof origins === 'string') fail(origins);
  const firstLetters = firstLettersOf(process.env['ROOM_LETTERS']);
  if (firstLetters === null) fail(`ROOM_LETTERS are some of ${codeAlphabet}.`);
  const log = json ? await openJsonLog() : wordsLog;
  const server = createServer(serverOptions);
  boundConnections(server, { behindProxy });
  const stun = await openStun(stunPort).catch(() => null);
  if (!stun) log.warn('No UDP here: tabs find each other without our STUN.');
  const lanUrls = (port: number) => urlsOf(port, host).lan;
  const iceServersFor = (name: string | undefined): IceServers => {
    const [lan] = lanUrls(0).map((url) => new URL(url).hostname);
    return stun ? [...stunAt(stun.port, name, lan), ...further] : further;
  };
  const bus = await openBus(log);
  const otherUpgrades = peerjs ? 'leave' : 'end';
  const wishes = { origins, behindProxy, firstLetters, otherUpgrades } as const;
  const signaling = createSignaling({ server, iceServersFor, bus, log, ...wishes });
  const folder = fileURLToPath(new URL('../build', import.meta.url));
  const site = createSite({ folder, ...signaling, lanUrls });
  const peers = peerjs ? await mountPeerServer({ server, origins, behindProxy }) : null;
  server.on('request', (request, response) => {
    if (peers?.takes(request)) peers.request(request, response);
    else site(request, response);
  });
  const port = await listenOrFail(server, { port: asked, host, say: log.warn });
  // A connection that could not be taken is no reason to drop the others.
  server.on('error', (error) => log.error('The server goes on after:', error));
  if (!json) introduce(port, host);
  log.info('listening', { port, stunPort: stun?.port ?? 0, bus: bus.status.kind });
  let stopping = false;
  const stop = async () => {
    // npm passes on a Ctrl+C that the terminal has sent us already. Stopping takes two seconds at most.
    if (stopping) return;
    stopping = true;
    log.info('stopping', { connections: signaling.stats().connections });
    server.close();
    stun?.close();
    peers?.close();
    await signaling.close();
    server.closeAllConnections();
    log.info('stopped');
    process.exit(0);
  };
  process.on('SIGINT', () => void stop());
  process.on('SIGTERM', () => void stop());
}

async function listenOrFail(server: Server, options: ListenOptions): Promise<number> {
  const { port: asked = '', host = 'this machine' } = options;
  try {
    return await listen(server, options);
  } catch (error) {
    if (isBusy(error)) fail(`Port ${asked} is busy. Choose another one, or none at all.`);
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    fail(`Cannot listen on ${host}, port ${asked}: ${code}.`);
  }
}

await main();
