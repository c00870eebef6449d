/**
 * `npm start`: the page and the door in one process.
 *
 *   --port <n>  (or PORT)  this port or none; without it, the first free one from 3000
 *   --host <h>             only this address; without it, all of them
 */
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { renderUnicodeCompact } from 'uqr';
import { isBusy, listen, urlsOf } from './listen.ts';
import { createSignaling } from './server.ts';
import { createSite } from './site.ts';

const say = (line: string): void => console.log(line);

function fail(line: string): never {
  console.error(line);
  process.exit(1);
}

interface Wishes {
  readonly port: number | undefined;
  readonly host: string | undefined;
}

function readWishes(): Wishes {
  const options = { port: { type: 'string' }, host: { type: 'string' } } as const;
  try {
    const { values } = parseArgs({ options });
    const asked = values.port ?? process.env['PORT'];
    if (asked === undefined || asked === '') return { port: undefined, host: values.host };
    const port = Number(asked);
    if (!/^\d+$/.test(asked) || port > 65_535) fail('A port is a number from 0 to 65535.');
    return { port, host: values.host };
  } catch {
    fail('Usage: npm start -- [--port <number>] [--host <address>]');
  }
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
  const { port: asked, host } = readWishes();
  const server = createServer();
  const signaling = createSignaling({ server });
  const folder = fileURLToPath(new URL('../build', import.meta.url));
  const lanUrls = (port: number) => urlsOf(port, host).lan;
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
    await signaling.close();
    server.closeAllConnections();
    process.exit(0);
  };
  process.on('SIGINT', () => void stop());
  process.on('SIGTERM', () => void stop());
}

await main();
