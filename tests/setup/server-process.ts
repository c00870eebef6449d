/** A Synod server in a process of its own, which a test can kill as a power cut would. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readyMs = 20_000;
const pollMs = 50;

/** A port that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || !address) throw new Error('a TCP server has a port');
  return address.port;
}

/** Of the environment, for a server alone. */
export type Settings = Readonly<Record<string, string>>;

/** Runs signaling/main.ts with `args`; stdout and stderr together are in `output`. */
export function spawnServer(
  args: readonly string[],
  settings: Settings = {},
): { child: ChildProcess; output: string[] } {
  const command = ['--import', 'tsx', 'signaling/main.ts', ...args];
  const env = { ...process.env, PORT: '', ...settings };
  const child = spawn(process.execPath, command, { cwd: root, env, stdio: 'pipe' });
  const output: string[] = [];
  child.stdout.on('data', (chunk) => output.push(String(chunk)));
  child.stderr.on('data', (chunk) => output.push(String(chunk)));
  return { child, output };
}

export class ServerProcess {
  #child: ChildProcess | null = null;

  private constructor(
    readonly port: number,
    private readonly settings: Settings,
  ) {}

  static async start(settings: Settings = {}): Promise<ServerProcess> {
    const server = new ServerProcess(await freePort(), settings);
    await server.restart();
    return server;
  }

  /** Without a slash at its end. */
  get url(): string {
    return `http://localhost:${this.port}`;
  }

  /** Of the process that runs now. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** kill -9: nothing is said to anybody. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** The graceful end. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** Starts it on its old port, after {@link kill} or {@link stop}, or in place of the running one. */
  async restart(): Promise<void> {
    await this.kill();
    const { child, output } = spawnServer(['--port', String(this.port)], this.settings);
    this.#child = child;
    const deadline = Date.now() + readyMs;
    while (!(await this.#isHealthy())) {
      if (child.exitCode !== null || Date.now() > deadline) {
        await this.kill();
        throw new Error(`the server did not start:\n${output.join('')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }

  async #isHealthy(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/health`)).ok;
    } catch {
      return false;
    }
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }
}
