/** Finding a port, and the addresses under which others find us. */
import type { Server } from 'node:http';
import { networkInterfaces } from 'node:os';

export const defaultPort = 3000;
/** How many ports after a busy one are tried. */
const portsTried = 50;

export interface ListenOptions {
  /** The port a person asked for; `undefined` lets us choose, from {@link defaultPort} upwards. 0: any free one. */
  readonly port: number | undefined;
  /** `undefined` listens on all interfaces, so that phones on the same network reach it. */
  readonly host: string | undefined;
  readonly say: (line: string) => void;
}

/** Listens and gives back the port. Throws `EADDRINUSE` when the port asked for is busy. */
export async function listen(server: Server, options: ListenOptions): Promise<number> {
  const first = options.port ?? defaultPort;
  const last = options.port === undefined ? first + portsTried : first;
  for (let port = first; ; port += 1) {
    try {
      return await bind(server, port, options.host);
    } catch (error) {
      if (!isBusy(error) || port >= last) throw error;
      options.say(`Port ${port} is busy, trying ${port + 1}.`);
    }
  }
}

export const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';

function bind(server: Server, port: number, host: string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}

const anyHost = ['0.0.0.0', '::'];
const ownHost = ['localhost', '127.0.0.1', '::1'];

/** URLs for this machine and for others on the network. `lan` is empty when only this machine can come in. */
export function urlsOf(port: number, host?: string): { local: string; lan: string[] } {
  const url = (name: string) => `http://${name.includes(':') ? `[${name}]` : name}:${port}/`;
  if (host !== undefined && ownHost.includes(host)) return { local: url(host), lan: [] };
  if (host !== undefined && !anyHost.includes(host)) return { local: url(host), lan: [url(host)] };
  const lan = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => url(address));
  return { local: url('localhost'), lan };
}
