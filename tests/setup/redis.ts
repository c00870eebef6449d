/** A Redis on a free port of this machine's loopback, which a test can kill, stop and start again. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { freePort } from './server-process.ts';

/** Why this machine cannot have one, or an empty string. */
export const noRedis = ((): string => {
  const { error } = spawnSync('redis-server', ['--version']);
  return error ? `needs redis-server: ${error.message}` : '';
})();

const pollMs = 20;

export class RedisProcess {
  #child: ChildProcess | null = null;

  private constructor(readonly port: number) {}

  static async start(): Promise<RedisProcess> {
    const redis = new RedisProcess(await freePort());
    await redis.restart();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** kill -9. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  /** Its connections stay, and nothing is answered. */
  hang(hanging: boolean): void {
    this.#child?.kill(hanging ? 'SIGSTOP' : 'SIGCONT');
  }

  async restart(): Promise<void> {
    await this.kill();
    const where = ['--port', String(this.port), '--bind', '127.0.0.1'];
    const args = [...where, '--save', '', '--appendonly', 'no'];
    this.#child = spawn('redis-server', args, { stdio: 'ignore' });
    while (!(await this.#answers())) await new Promise((resolve) => setTimeout(resolve, pollMs));
  }

  async #answers(): Promise<boolean> {
    const socket = connect(this.port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return true;
    } catch {
      return false;
    } finally {
      socket.destroy();
    }
  }
}
