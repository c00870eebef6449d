/** `signaling/main.ts` as a process. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { ChildProcess } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { afterEach, expect, test } from 'vitest';
import { urlsOf } from '#signaling/listen.ts';
import { spawnServer, type Settings } from '../setup/server-process.ts';

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

/** Starts one and gives back its output once that holds `until`, or once it has ended. */
async function start(args: readonly string[], until: string, settings: Settings = {}) {
  const { child, output } = spawnServer(args, settings);
  running.push(child);
  while (!output.join('').includes(until) && child.exitCode === null) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { child, text: output.join('') };
}

const portIn = (text: string): number => Number(/http:\/\/localhost:(\d+)\//.exec(text)?.[1]);

test('the second server finds the port busy, says so, and takes the next free one', async () => {
  const first = await start([], 'Ctrl+C');
  const second = await start([], 'Ctrl+C');
  const port = portIn(first.text);
  expect(second.text).toContain(`Port ${port} is busy, trying ${port + 1}.`);
  expect(portIn(second.text)).toBeGreaterThan(port);
  for (const { text } of [first, second]) {
    const response = await fetch(`http://localhost:${portIn(text)}/health`);
    expect(await response.json()).toMatchObject({ ok: true });
  }
});

test('a port that was asked for and is busy is not replaced', async () => {
  const taken = createServer().listen(0);
  await once(taken, 'listening');
  const address = taken.address();
  const port = typeof address === 'object' ? String(address?.port) : '';
  const { child, text } = await start(['--port', port], 'Ctrl+C');
  expect(text.trim()).toBe(`Port ${port} is busy. Choose another one, or none at all.`);
  expect(child.exitCode).toBe(1);
  taken.close();
});

test('arguments that make no sense are answered by a sentence', async () => {
  expect((await start(['--port', '70000'], '.')).text).toContain('from 0 to 65535');
  expect((await start(['--colour', 'red'], ']')).text).toContain('Usage: npm start');
});

test('a bus that makes no sense is answered by a sentence', async () => {
  const { text } = await start([], '.', { SIGNALING_BUS: 'localhost' });
  expect(text).toContain('SIGNALING_BUS is an address such as redis://');
});

test('without its Redis it starts all the same; with --log json what it says is JSON, a line each', async () => {
  const args = ['--port', '0', '--log', 'json'];
  const { child, output } = spawnServer(args, { SIGNALING_BUS: 'redis://127.0.0.1:1' });
  running.push(child);
  const lines = () => output.join('').split('\n').filter(Boolean);
  while (lines().length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  const port = String(/"port":(\d+)/.exec(output.join(''))?.[1]);
  const health: unknown = await (await fetch(`http://localhost:${port}/health`)).json();
  expect(health).toMatchObject({ bus: { kind: 'redis', connected: false, others: 0 } });
  child.kill('SIGTERM');
  await once(child, 'exit');
  const said = lines().map((line) => JSON.parse(line) as Record<string, unknown>);
  const listening = said.find(({ msg }) => msg === 'listening');
  expect(listening).toMatchObject({ name: 'synod', level: 30, bus: 'redis' });
  expect(said.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['stopping', 'stopped']));
  expect(said.find(({ level }) => level === 40)?.['msg']).toMatch(/^The bus is away/);
});

test('it names the LAN address and draws it as a QR code, and ends well when asked to', async () => {
  const { child, text } = await start(['--port', '0'], 'Ctrl+C');
  const hasLan = Object.values(networkInterfaces())
    .flat()
    .some((address) => address?.family === 'IPv4' && !address.internal);
  expect(text).toMatch(hasLan ? /network: {2,}http:\/\/\d+\.\d+\.\d+\.\d+:\d+\// : /No network/);
  expect(text.includes('█▀')).toBe(hasLan);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('a server for this machine alone offers nothing to the network', () => {
  expect(urlsOf(3000, '127.0.0.1')).toEqual({ local: 'http://127.0.0.1:3000/', lan: [] });
  expect(urlsOf(3000, '192.0.2.1').lan).toEqual(['http://192.0.2.1:3000/']);
  expect(urlsOf(3000).local).toBe('http://localhost:3000/');
});
