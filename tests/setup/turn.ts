/** A TURN server on an address of this machine: coturn, where it is installed. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './server-process.ts';

/** Why this machine cannot have one, or an empty string. */
export const noTurn = ((): string => {
  const { error } = spawnSync('turnserver', ['--version']);
  return error ? `needs coturn: ${error.message}` : '';
})();

export interface Turn {
  /** For ICE_SERVERS. */
  readonly iceServers: string;
  stop(): Promise<void>;
}

const pollMs = 50;

export async function startTurn(address: string): Promise<Turn> {
  const folder = mkdtempSync(join(tmpdir(), 'synod-turn-'));
  const port = await freePort();
  const [username, credential] = ['synod', 'for-tests-only'];
  const child = spawn(
    'turnserver',
    [
      ...['-n', '--listening-ip', address, '--relay-ip', address, '--listening-port', `${port}`],
      ...['--lt-cred-mech', '--realm', 'synod', '--user', `${username}:${credential}`],
      ...['--no-tls', '--no-dtls', '--no-cli', '--log-file', 'stdout'],
      ...['--pidfile', join(folder, 'pid'), '--userdb', join(folder, 'users')],
    ],
    { stdio: 'ignore', cwd: folder },
  );
  const answers = async (): Promise<boolean> => {
    const socket = connect(port, address);
    try {
      await once(socket, 'connect');
      return true;
    } catch {
      return false;
    } finally {
      socket.destroy();
    }
  };
  while (!(await answers())) {
    if (child.exitCode !== null) throw new Error(`coturn ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  return {
    iceServers: JSON.stringify([{ urls: `turn:${address}:${port}`, username, credential }]),
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
