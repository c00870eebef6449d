/** A bare web host: files under a path, and 404 for everything else. It knows nothing of Synod. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const build = fileURLToPath(new URL('../../build', import.meta.url));
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

export interface StaticHost {
  /** Of the page, without a slash at its end. */
  readonly url: string;
  readonly origin: string;
  close(): void;
}

/** Serves what `npm run build` wrote under `base`, which begins and ends with a slash. */
export async function hostBuild(base: string): Promise<StaticHost> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://host').pathname;
    const name = path === base ? 'index.html' : path.slice(base.length);
    const file = path.startsWith(base) ? readFile(join(build, name)) : Promise.reject(new Error());
    file.then(
      (bytes) => {
        response.setHeader('Content-Type', types[extname(name)] ?? 'application/octet-stream');
        response.end(bytes);
      },
      () => response.writeHead(404).end('no such file'),
    );
  });
  server.listen(0);
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('a TCP server has a port');
  const origin = `http://localhost:${address.port}`;
  return {
    origin,
    url: `${origin}${base.slice(0, -1)}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
