/** The built page, `/health`, `/metrics` and `/addresses` over plain HTTP. */
import { existsSync } from 'node:fs';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { join } from 'node:path';
import sirv from 'sirv';
import { metricsType } from './counts.ts';

export interface SiteOptions {
  /** The folder that `npm run build` writes. */
  readonly folder: string;
  readonly stats: () => object;
  /** In Prometheus' text format. */
  readonly metrics: () => string;
  /** URLs under which other devices reach this server at `port`. */
  readonly lanUrls: (port: number) => readonly string[];
}

/** Where a page opened as `localhost` learns what to put into an invitation: a JSON array of URLs, best first. */
export const addressesPath = '/addresses';

/** File names under here carry a digest of their content. */
const immutablePrefix = '/_app/immutable/';

export function createSite({ folder, stats, metrics, lanUrls }: SiteOptions): RequestListener {
  // `dev` looks at the disk for each request: a build made while the server runs is served, and no stale list
  // points at files that are gone.
  const serveFile = sirv(folder, { dev: true, etag: true, single: true, setHeaders });
  return (request, response) => {
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Referrer-Policy', 'no-referrer');
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      return answer(response, 405, 'This server answers GET and HEAD only.');
    }
    const path = pathOf(request);
    if (path === '/health') return answerJson(response, { ok: true, ...stats() });
    if (path === '/metrics') {
      response.setHeader('Content-Type', metricsType);
      response.setHeader('Cache-Control', 'no-store');
      return void response.end(metrics());
    }
    if (path === addressesPath) {
      return answerJson(response, lanUrls(request.socket.localPort ?? 0));
    }
    if (!existsSync(join(folder, 'index.html'))) {
      return answer(response, 503, 'The page is not built yet. Run "npm run build", then reload.');
    }
    // Nothing here is worth a part of a file, and sirv would throw at a range that ends before it starts.
    delete request.headers.range;
    serveFile(request, response, () => answer(response, 404, 'There is no such file.'));
  };
}

const pathOf = (request: IncomingMessage): string => request.url?.split('?')[0] ?? '';

/** Workers have the policy of their script, not of the page: the replicas' need nothing but their own modules. */
const workerPolicy = "default-src 'none'; script-src 'self'";
/** Beside the page's own policy, which lies in its head: what only a header can say. */
const pagePolicy = "frame-ancestors 'none'";

function setHeaders(response: ServerResponse, path: string): void {
  const policy = path.endsWith('.js') ? workerPolicy : pagePolicy;
  response.setHeader('Content-Security-Policy', policy);
  const immutable = path.startsWith(immutablePrefix);
  response.setHeader(
    'Cache-Control',
    immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
  );
}

export function answerJson(response: ServerResponse, value: unknown): void {
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(value));
}

function answer(response: ServerResponse, status: number, sentence: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(`${sentence}\n`);
}
