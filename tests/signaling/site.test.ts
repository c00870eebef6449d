/** The page over plain HTTP, asked for by hand, since `fetch` tidies up a path before it is sent. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSite } from '#signaling/site.ts';

const stats = () => ({ rooms: 2, connections: 3 });
const metrics = () => 'synod_rooms 2\n';
const lanUrls = (at: number) => [`http://192.0.2.1:${at}/`];

let parent: string;
let server: Server;
let port: number;

beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), 'synod-site-'));
  const folder = join(parent, 'build');
  mkdirSync(join(folder, '_app/immutable'), { recursive: true });
  mkdirSync(join(parent, 'build-secret'));
  writeFileSync(join(folder, 'index.html'), '<title>the page</title>');
  writeFileSync(join(folder, 'favicon.svg'), '<svg/>');
  writeFileSync(join(folder, '_app/immutable/app.3f2a.js'), 'export {};');
  writeFileSync(join(parent, 'secret.txt'), 'SECRET');
  writeFileSync(join(parent, 'build-secret/secret.txt'), 'SECRET');
  server = createServer(createSite({ folder, stats, metrics, lanUrls }));
  server.listen(0);
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});

afterAll(() => {
  server.close();
  rmSync(parent, { recursive: true });
});

/** The whole answer, head and body, as text. */
async function ask(path: string, method = 'GET', head = ''): Promise<string> {
  const socket = connect(port, 'localhost');
  socket.write(`${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${head}\r\n`);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}

test('the page answers at / and at every path that names no file', async () => {
  for (const path of ['/', '/room/ABC234', '/room/ABC234?x=1', '/deep/er']) {
    const answer = await ask(path);
    expect(answer).toMatch(/^HTTP\/1.1 200/);
    expect(answer).toMatch(/content-type: text\/html;charset=utf-8/i);
    expect(answer).toMatch(/cache-control: no-cache/i);
    expect(answer).toContain('the page');
  }
});

test('a missing file is missing, not the page', async () => {
  for (const path of ['/missing.js', '/_app/immutable/old.1234.js']) {
    expect(await ask(path)).toMatch(/^HTTP\/1.1 404/);
  }
});

test('files have their type, and those named by their content are kept for good', async () => {
  expect(await ask('/favicon.svg')).toMatch(/content-type: image\/svg\+xml/i);
  const script = await ask('/_app/immutable/app.3f2a.js');
  expect(script).toMatch(/content-type: text\/javascript/i);
  expect(script).toMatch(/cache-control: public, max-age=31536000, immutable/i);
});

test('no page is shown in a frame of another, and a worker loads its own modules only', async () => {
  expect(await ask('/')).toMatch(/content-security-policy: frame-ancestors 'none'/i);
  const policy = /content-security-policy: default-src 'none'; script-src 'self'\r/i;
  expect(await ask('/_app/immutable/app.3f2a.js')).toMatch(policy);
});

test('nothing outside the folder is served, however the path is written', async () => {
  const paths = [
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e%2fsecret.txt',
    '/..%5csecret.txt',
    '/../build-secret/secret.txt',
    '/_app/../../secret.txt',
    '//secret.txt',
    '/%00',
    '/%',
    '/%c0%ae%c0%ae/secret.txt',
    'http://x/../secret.txt',
  ];
  for (const path of paths) expect(await ask(path), path).not.toContain('SECRET');
  expect(await ask('/')).toContain('the page');
});

test('a range that makes no sense gets the whole file', async () => {
  for (const range of ['bytes=5-2', 'bytes=a-b', 'bytes=-1', 'x']) {
    expect(await ask('/favicon.svg', 'GET', `Range: ${range}\r\n`)).toContain('<svg/>');
  }
});

test('only reading is allowed', async () => {
  expect(await ask('/', 'POST')).toMatch(/^HTTP\/1.1 405/);
  const head = await ask('/', 'HEAD');
  expect(head).toMatch(/^HTTP\/1.1 200/);
  expect(head).not.toContain('the page');
});

test('/health says that it lives, and how busy it is', async () => {
  const answer = await ask('/health');
  expect(answer).toMatch(/cache-control: no-store/i);
  expect(answer).toContain('{"ok":true,"rooms":2,"connections":3}');
});

test('/metrics is text for Prometheus', async () => {
  const answer = await ask('/metrics');
  expect(answer).toMatch(/content-type: text\/plain; version=0.0.4/i);
  expect(answer).toContain('synod_rooms 2\n');
});

test('/addresses says how others reach this server', async () => {
  expect(await ask('/addresses')).toContain(`["http://192.0.2.1:${port}/"]`);
});

test('a page that was never built is a sentence that says what to do', async () => {
  const bare = createServer(
    createSite({ folder: join(parent, 'nowhere'), stats, metrics, lanUrls }),
  ).listen(0);
  await once(bare, 'listening');
  const response = await fetch(`http://localhost:${(bare.address() as AddressInfo).port}/`);
  expect(response.status).toBe(503);
  expect(await response.text()).toContain('npm run build');
  bare.close();
});
