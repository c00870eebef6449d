/** A real window: Chromium with its face on, on a screen of its own (Xvfb), where one tab hides the others. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { chromiumLaunch } from '../setup/chromium.ts';
import { Cdp } from './cdp.ts';
import { probeScript } from './probe/script.ts';
import { Tab, until } from './tab.ts';

const startMsMax = 20_000;

/** Whether this machine can give a window a screen. */
export function hasXvfb(): boolean {
  return spawnSync('Xvfb', ['-help'], { stdio: 'ignore' }).error === undefined;
}

/** The first line of what a program says that matches; it may need a moment. */
function lineOf(stream: Readable, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const late = setTimeout(() => reject(new Error(`did not start:\n${said}`)), startMsMax);
    stream.on('data', (chunk) => {
      said += String(chunk);
      const found = pattern.exec(said)?.[1];
      if (found === undefined) return;
      clearTimeout(late);
      resolve(found);
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

/** A tab with its place in the window. */
export interface WindowTab {
  readonly tab: Tab;
  readonly targetId: string;
}

export class RealWindow {
  private constructor(
    private readonly screen: ChildProcess,
    private readonly browser: ChildProcess,
    private readonly cdp: Cdp,
    private readonly folder: string,
  ) {}

  static async open(): Promise<RealWindow> {
    const args = ['-displayfd', '1', '-screen', '0', '1280x800x24', '-nolisten', 'tcp'];
    const screen = spawn('Xvfb', args, { stdio: ['ignore', 'pipe', 'ignore'] });
    const display = await lineOf(screen.stdout, /^(\d+)\n/);
    const folder = await mkdtemp(join(tmpdir(), 'synod-window-'));
    const { executablePath = 'chromium', args: usual } = chromiumLaunch;
    const own = ['--remote-debugging-port=0', `--user-data-dir=${folder}`, '--ozone-platform=x11'];
    const browser = spawn(executablePath, [...usual, ...own, 'about:blank'], {
      env: { ...process.env, DISPLAY: `:${display}` },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const cdp = await Cdp.connect(await lineOf(browser.stderr, /DevTools listening on (ws:\S+)/));
    return new RealWindow(screen, browser, cdp, folder);
  }

  /** A new tab of the one window; it hides the one before. */
  async tab(name: string, url: string): Promise<WindowTab> {
    const { cdp } = this;
    const { targetId } = await cdp.send<{ targetId: string }>('Target.createTarget', {
      url: 'about:blank',
    });
    const { sessionId } = await cdp.send<{ sessionId: string }>('Target.attachToTarget', {
      targetId,
      flatten: true,
    });
    await cdp.send('Page.enable', {}, sessionId);
    // The control is a worker made of text, which the page's policy forbids.
    await cdp.send('Page.setBypassCSP', { enabled: true }, sessionId);
    await cdp.send(
      'Page.addScriptToEvaluateOnNewDocument',
      { source: await probeScript() },
      sessionId,
    );
    await cdp.send('Page.navigate', { url }, sessionId);
    const tab = new Tab(name, (expression) => cdp.evaluate(sessionId, expression));
    await until('the page is there', () =>
      tab.inPage(({ synod }) => synod !== undefined).catch(() => false),
    );
    return { tab, targetId };
  }

  /** Brings a tab to the front, so that it hides the others. */
  async show({ targetId }: WindowTab): Promise<void> {
    await this.cdp.send('Target.activateTarget', { targetId });
  }

  async close(): Promise<void> {
    this.cdp.close();
    await end(this.browser);
    await end(this.screen);
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
