/**
 * Other machines on this one: Linux network namespaces on one bridge, as phones on one Wi-Fi. A browser in one of them
 * reaches our server at a LAN address over plain http, which no browser takes for a secure context. As on the Wi-Fi of
 * many a conference, no multicast passes from one machine to another.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Network {
  /** Of this machine, as the others see it. */
  readonly hostAddress: string;
  readonly machines: readonly Machine[];
  /** Whether the machines reach each other, or this one alone: client isolation. */
  isolate(isolated: boolean): void;
  remove(): void;
}

/**
 * Chromium looks round for its network for two seconds after it has started, and drops the requests under way when what
 * it finds is news to it.
 */
export const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2_500));

export interface Machine {
  /** A program that starts `executable` on that machine with the arguments it is given. */
  wrap(executable: string): string;
  /** Plugs its network in, or pulls it out. */
  plug(plugged: boolean): void;
  /** To the processes of browser tabs or to all: `SIGSTOP` is what a phone does to all of them when it sleeps. */
  signal(signal: NodeJS.Signals, to: 'tabs' | 'everything'): void;
}

/** As {@link ip}, where it cannot go wrong any more. */
function mustIp(command: string): void {
  const problem = ip(command);
  if (problem !== null) throw new Error(problem);
}

/** Runs `ip` with words parted by spaces; what went wrong, or `null`. */
function ip(command: string): string | null {
  const { status, stderr, error } = spawnSync('ip', command.split(' '), { encoding: 'utf8' });
  if (status === 0) return null;
  return `ip ${command}: ${error?.message ?? stderr.trim()}`;
}

const upMsMax = 5_000;
const pollMs = 50;

/** The kernel says up to a second late that a link carries. */
function awaitUp(command: string): void {
  const idle = new Int32Array(new SharedArrayBuffer(4));
  for (let waited = 0; waited < upMsMax; waited += pollMs) {
    const { stdout } = spawnSync('ip', command.split(' '), { encoding: 'utf8' });
    if (stdout.includes('state UP')) return;
    Atomics.wait(idle, 0, 0, pollMs);
  }
  throw new Error(`ip ${command}: it does not come up`);
}

let networks = 0;

/** A network of `count` machines and this one; a string says why this machine cannot have it. */
export function createNetwork(count: number): Network | string {
  // Linux bounds the name of an interface to 15 characters.
  const id = `${process.pid % 100_000}${networks++ % 10}`;
  const bridge = `synb${id}`;
  const net = `10.${200 + (process.pid % 50)}.${(process.pid + networks) % 250}`;
  const ends = Array.from({ length: count }, (_, i) => ({
    name: `synod${id}-${i}`,
    near: `synh${id}-${i}`,
    far: `synn${id}-${i}`,
    address: `${net}.${i + 2}`,
  }));
  const folder = mkdtempSync(join(tmpdir(), 'synod-netns-'));
  const remove = (): void => {
    for (const { name, near } of ends) {
      // The veth pair goes with the namespace that holds its end.
      ip(`netns delete ${name}`);
      ip(`link delete ${near}`);
    }
    ip(`link delete ${bridge}`);
    rmSync(folder, { recursive: true, force: true });
  };
  const steps = [
    `link add ${bridge} type bridge`,
    `address add ${net}.1/24 dev ${bridge}`,
    `link set ${bridge} up`,
    ...ends.flatMap(({ name, near, far, address }) => [
      `netns add ${name}`,
      `link add ${near} type veth peer name ${far} netns ${name}`,
      `link set ${near} master ${bridge}`,
      `link set dev ${near} type bridge_slave mcast_flood off`,
      `link set ${near} up`,
      `-n ${name} link set lo up`,
      `-n ${name} address add ${address}/24 dev ${far}`,
      `-n ${name} link set ${far} up`,
      // Without one, WebRTC finds no address of its own to offer.
      `-n ${name} route add default via ${net}.1`,
    ]),
  ];
  for (const step of steps) {
    const problem = ip(step);
    if (problem === null) continue;
    remove();
    return problem;
  }
  for (const { name, far } of ends) awaitUp(`-n ${name} -o link show ${far}`);
  awaitUp(`-o link show ${bridge}`);
  return {
    hostAddress: `${net}.1`,
    machines: ends.map(({ name, near }) => ({
      wrap(executable) {
        const script = join(folder, name);
        const line = `exec ip netns exec ${name} '${executable.replaceAll("'", `'\\''`)}' "$@"`;
        writeFileSync(script, `#!/bin/sh\n${line}\n`, { mode: 0o755 });
        return script;
      },
      plug: (plugged) => mustIp(`link set ${near} ${plugged ? 'up' : 'down'}`),
      signal(signal, to) {
        const { stdout } = spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' });
        for (const pid of stdout.split('\n').filter(Boolean)) {
          const isTab = readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=renderer');
          if (isTab || to === 'everything') process.kill(Number(pid), signal);
        }
      },
    })),
    isolate(isolated) {
      for (const { near } of ends) {
        mustIp(`link set dev ${near} type bridge_slave isolated ${isolated ? 'on' : 'off'}`);
      }
    },
    remove,
  };
}
