/** A server and a Chromium of the check's own, with a profile on the disk: IndexedDB really writes. */
import { chromium, type BrowserContext } from '@playwright/test';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromiumLaunch } from '../setup/chromium.ts';
import { ServerProcess } from '../setup/server-process.ts';
import { probeScript } from './probe/script.ts';
import { Tab } from './tab.ts';

export const names = [
  ...['ana', 'ben', 'eva', 'leo', 'mia', 'tom', 'zoe', 'ida'],
  ...['max', 'noa', 'gus', 'pia', 'rob', 'sue', 'ugo', 'vic'],
  ...['abe', 'bea', 'cal', 'dot', 'eli', 'fay', 'gil', 'hal'],
  ...['ina', 'jon', 'kim', 'lou', 'moe', 'ned', 'oli'],
] as const;

export class LongBrowser {
  /** Console errors and uncaught exceptions of every tab. */
  readonly errors: string[] = [];
  readonly #pages: { close(): Promise<void> }[] = [];

  private constructor(
    private readonly server: ServerProcess,
    private readonly context: BrowserContext,
    private readonly folder: string,
  ) {}

  static async open(): Promise<LongBrowser> {
    const server = await ServerProcess.start();
    const folder = await mkdtemp(join(tmpdir(), 'synod-long-'));
    const context = await chromium.launchPersistentContext(folder, chromiumLaunch);
    await context.addInitScript({ content: await probeScript() });
    return new LongBrowser(server, context, folder);
  }

  /** `count` new tabs in place of the ones before. */
  async tabs(count: number): Promise<Tab[]> {
    for (const page of this.#pages.splice(0)) await page.close();
    const tabs: Tab[] = [];
    for (const name of names.slice(0, count)) {
      const page = await this.context.newPage();
      this.#pages.push(page);
      page.on('pageerror', (error) => this.errors.push(`${name}: ${String(error)}`));
      page.on('console', (message) => {
        if (message.type() === 'error') this.errors.push(`${name}: ${message.text()}`);
      });
      await page.goto(this.server.url);
      await page.waitForFunction(() => 'synod' in globalThis);
      tabs.push(new Tab(name, (expression) => page.evaluate(expression)));
    }
    return tabs;
  }

  /** Closes the tab at `index` for good, as its person would. */
  async closeTab(index: number): Promise<void> {
    await this.#pages[index]?.close();
  }

  /** MiB that the processes of the browser hold, what they share divided among them; only Linux tells. */
  async memory(): Promise<{ all: number; largest: number } | null> {
    const session = await this.context.browser()?.newBrowserCDPSession();
    const { processInfo } = (await session?.send('SystemInfo.getProcessInfo')) ?? {};
    const held = await Promise.all(
      (processInfo ?? []).map(async ({ id }) => {
        const rollup = await readFile(`/proc/${id}/smaps_rollup`, 'utf8').catch(() => '');
        return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? 0) / 1_024;
      }),
    );
    const all = held.reduce((sum, one) => sum + one, 0);
    return all > 0 ? { all, largest: Math.max(...held) } : null;
  }

  async close(): Promise<void> {
    await this.context.close();
    await this.server.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}
