/** Devices of their own, each with its own Chromium and its own address, on a Wi-Fi that lets no multicast through. */
import { chromium, type BrowserContext, type Page } from '@playwright/test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromiumLaunch } from '../setup/chromium.ts';
import { createNetwork, settled, type Machine, type Network } from '../setup/network.ts';
import { ServerProcess } from '../setup/server-process.ts';
import { names } from './browser.ts';
import { probeScript } from './probe/script.ts';
import { Tab } from './tab.ts';

export interface Device {
  readonly machine: Machine;
  readonly tab: Tab;
  readonly page: Page;
}

export class Devices {
  readonly all: Device[] = [];
  readonly #contexts: BrowserContext[] = [];
  readonly #folders: string[] = [];

  private constructor(
    private readonly network: Network,
    private readonly server: ServerProcess,
  ) {}

  /** `count` of them, each with a tab at the front door; a string says why this machine cannot have them. */
  static async open(count: number): Promise<Devices | string> {
    const network = createNetwork(count);
    if (typeof network === 'string') return network;
    const devices = new Devices(network, await ServerProcess.start());
    for (const machine of network.machines) await devices.#add(machine);
    return devices;
  }

  async #add(machine: Machine): Promise<void> {
    const executable = chromiumLaunch.executablePath ?? chromium.executablePath();
    const folder = await mkdtemp(join(tmpdir(), 'synod-device-'));
    this.#folders.push(folder);
    const options = { ...chromiumLaunch, executablePath: machine.wrap(executable) };
    const context = await chromium.launchPersistentContext(folder, options);
    this.#contexts.push(context);
    await context.addInitScript({ content: await probeScript() });
    const page = await context.newPage();
    await settled();
    await page.goto(`http://${this.network.hostAddress}:${this.server.port}`);
    await page.waitForFunction(() => 'synod' in globalThis);
    const name = names[this.all.length] ?? `guest ${this.all.length}`;
    const tab = new Tab(name, (expression) => page.evaluate(expression));
    this.all.push({ machine, tab, page });
  }

  async close(): Promise<void> {
    for (const context of this.#contexts) await context.close();
    await this.server.kill();
    this.network.remove();
    for (const folder of this.#folders) await rm(folder, { recursive: true, force: true });
  }
}
