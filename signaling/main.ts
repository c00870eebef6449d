/**
 * `npm start`: the page and the door in one process.
 *
 *   --port <n>  (or PORT)  this port or none; without it, the first free one from 3000
 *   --host <h>             only this address; without it, all of them
 *   --stun-port <n>        of the STUN that it answers on UDP; 3478, or another one if that is busy
 *   ICE_SERVERS            a JSON list of further STUN and TURN servers for all tabs
 */
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { renderUnicodeCompact } from 'uqr';
import { isBusy, listen, urlsOf } from './listen.ts';
import { iceServersOf, stunAt } from './ice.ts';
import type { IceServers } from './messages.ts';
import { createSignaling } from './server.ts';
import { createSite } from './site.ts';
import { defaultStunPort, openStun } from './stun.ts';

const say = (line: string): void => console.log(line);

function fail(line: string): never {
  console.error(line);
  process.exit(1);
}

interface Wishes {
  readonly port: number | undefined;
  readonly host: string | undefined;
  readonly stunPort: number;
}

function readWishes(): Wishes {
  const text = { type: 'string' } as const;
  const options = { port: text, host: text, 'stun-port': text };
  let values: { port?: string; host?: string; 'stun-port'?: string };
  try {
    ({ values } = parseArgs({ options }));
  } catch {
    fail('Usage: npm start -- [--port <number>] [--host <address>] [--stun-port <number>]');
  }
  return {
    port: portOf(values.port ?? process.env['PORT']),
    host: values.host,
    stunPort: portOf(values['stun-port']) ?? defaultStunPort,
  };
}

function portOf(asked: string | undefined): number | undefined {
  if (asked === undefined || asked === '') return undefined;
  const port = Number(asked);
  if (!/^\d+$/.test(asked) || port > 65_535) fail('A port is a number from 0 to 65535.');
  return port;
}

function introduce(port: number, host: string | undefined): void {
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

async function main(): Promise<void> {
  const { port: asked, host, stunPort } = readWishes();
  const further = iceServersOf(process.env['ICE_SERVERS']);
  if (typeof further === 'string') fail(further);
  const server = createServer();
  const stun = await openStun(stunPort).catch(() => null);
  if (!stun) say('No UDP here: tabs find each other without our STUN.');
  const lanUrls = (port: number) => urlsOf(port, host).lan;
  const iceServersFor = (name: string | undefined): IceServers => {
    const [lan] = lanUrls(0).map((url) => new URL(url).hostname);
    return stun ? [...stunAt(stun.port, name, lan), ...further] : further;
  };
  const signaling = createSignaling({ server, iceServersFor });
  const folder = fileURLToPath(new URL('../build', import.meta.url));
  server.on('request', createSite({ folder, stats: signaling.stats, lanUrls }));
  let port: number;
  try {
    port = await listen(server, { port: asked, host, say });
  } catch (error) {
    if (isBusy(error)) fail(`Port ${asked ?? ''} is busy. Choose another one, or none at all.`);
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    fail(`Cannot listen on ${host ?? 'this machine'}, port ${asked ?? ''}: ${code}.`);
  }
  // A connection that could not be taken is no reason to drop the others.
  server.on('error', (error) => console.error('The server goes on after:', error));
  introduce(port, host);
  let stopping = false;
  const stop = async () => {
    // npm passes on a Ctrl+C that the terminal has sent us already. Stopping takes a second at most.
    if (stopping) return;
    stopping = true;
    server.close();
    stun?.close();
    await signaling.close();
    server.closeAllConnections();
    process.exit(0);
  };
  process.on('SIGINT', () => void stop());
  process.on('SIGTERM', () => void stop());
}

await main();
