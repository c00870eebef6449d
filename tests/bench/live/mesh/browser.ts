/** The processes of a browser, and the processor time each has taken. */
import type { Browser, CDPSession } from '@playwright/test';

/** Seconds of processor time by kind of process: `renderer`, `browser`, `network` and so on, and `all`. */
export type ProcessorTime = Readonly<Record<string, number>>;

export class Processes {
  private constructor(private readonly session: CDPSession) {}

  static async of(browser: Browser): Promise<Processes> {
    return new Processes(await browser.newBrowserCDPSession());
  }

  /** Of what runs, since it was started. */
  async time(): Promise<Map<number, { kind: string; seconds: number }>> {
    const { processInfo } = await this.session.send('SystemInfo.getProcessInfo');
    return new Map(
      processInfo.map(({ id, type, cpuTime }) => [id, { kind: kindOf(type), seconds: cpuTime }]),
    );
  }

  /** What `work` takes. */
  async taken(work: () => Promise<void>): Promise<ProcessorTime> {
    const before = await this.time();
    await work();
    const taken: Record<string, number> = { all: 0 };
    for (const [id, { kind, seconds }] of await this.time()) {
      const more = seconds - (before.get(id)?.seconds ?? 0);
      taken[kind] = (taken[kind] ?? 0) + more;
      taken['all'] = (taken['all'] ?? 0) + more;
    }
    return taken;
  }
}

/** `network.mojom.NetworkService` is `network`. */
const kindOf = (type: string): string => type.split('.')[0]?.toLowerCase() ?? type;
