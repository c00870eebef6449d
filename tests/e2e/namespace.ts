/**
 * A second machine on this one: a Linux network namespace with a veth pair and a default route. A browser inside it
 * reaches our server at a LAN address over plain http, which no browser takes for a secure context.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Namespace {
  readonly name: string;
  /** Of this machine, as the namespace sees it. */
  readonly hostAddress: string;
  /** A program that starts `executable` inside the namespace with the arguments it is given. */
  wrap(executable: string): string;
  remove(): void;
}

/** Runs `ip` with words parted by spaces; what went wrong, or `null`. */
function ip(command: string): string | null {
  const { status, stderr, error } = spawnSync('ip', command.split(' '), { encoding: 'utf8' });
  if (status === 0) return null;
  return `ip ${command}: ${error?.message ?? stderr.trim()}`;
}

/** Makes one; a string says why this machine cannot. */
export function createNamespace(): Namespace | string {
  // Linux bounds the name of an interface to 15 characters.
  const id = `${process.pid % 100_000}`;
  const [name, near, far] = [`synod${id}`, `synh${id}`, `synn${id}`];
  const net = `10.${200 + (process.pid % 50)}.${process.pid % 250}`;
  const remove = (): void => {
    // The veth pair goes with the namespace that holds its end.
    ip(`netns delete ${name}`);
    ip(`link delete ${near}`);
  };
  const steps = [
    `netns add ${name}`,
    `link add ${near} type veth peer name ${far} netns ${name}`,
    `address add ${net}.1/24 dev ${near}`,
    `link set ${near} up`,
    `-n ${name} link set lo up`,
    `-n ${name} address add ${net}.2/24 dev ${far}`,
    `-n ${name} link set ${far} up`,
    // Without one, WebRTC finds no address of its own to offer.
    `-n ${name} route add default via ${net}.1`,
  ];
  for (const step of steps) {
    const problem = ip(step);
    if (problem === null) continue;
    remove();
    return problem;
  }
  const folder = mkdtempSync(join(tmpdir(), 'synod-netns-'));
  return {
    name,
    hostAddress: `${net}.1`,
    wrap(executable) {
      const script = join(folder, 'chromium');
      const line = `exec ip netns exec ${name} '${executable.replaceAll("'", `'\\''`)}' "$@"`;
      writeFileSync(script, `#!/bin/sh\n${line}\n`, { mode: 0o755 });
      return script;
    },
    remove() {
      remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
