/** The tabs of a benchmark: a real room of real replicas, in a Chromium whose disk is a disk. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from '@playwright/test';
import type { ProtocolName } from '#protocols/registry.ts';
import type { App } from '../../../src/lib/view/app.svelte.ts';
import type { LoadOptions } from '../../../src/lib/tab/load.ts';
import type { LoadReport } from '../../../src/lib/tab/worker-messages.ts';

declare global {
  var synod: App;
}

const names = ['Ana', 'Ben', 'Eva', 'Ida', 'Leo', 'Max', 'Noa'];

export interface Tabs {
  readonly pages: readonly Page[];
  close(): Promise<void>;
}

/** Opens a room of `n` tabs at `url` in the fast profile and waits until its replicas have a leader. */
export async function openTabs(url: string, n: number, protocol: ProtocolName): Promise<Tabs> {
  const profile = await mkdtemp(join(tmpdir(), 'synod-bench-'));
  const context = await launch(profile);
  const pages: Page[] = [];
  for (let i = 0; i < n; i++)
    pages.push(await enter(context, url, { pages, name: names[i] ?? '' }));
  const [first] = pages;
  if (!first) throw new Error('a room needs a tab');
  await first.waitForFunction(
    (seats) => {
      const view = synod.screen?.view;
      return view?.members.length === seats && view.startDisabledBecause === null;
    },
    n,
    { timeout: 60_000 },
  );
  await first.evaluate(async (protocol) => {
    await synod.screen?.orders.chooseProtocol(protocol);
    await synod.screen?.orders.chooseProfile('fast');
    await synod.screen?.orders.start();
  }, protocol);
  const close = async (): Promise<void> => {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  };
  return { pages, close };
}

/** A Chromium with a profile on the disk: IndexedDB really writes. */
export async function launch(profile: string): Promise<BrowserContext> {
  const executablePath = process.env['CHROMIUM_PATH'];
  const context = await chromium.launchPersistentContext(profile, {
    ...(executablePath ? { executablePath } : {}),
    viewport: { width: 1280, height: 720 },
    // The bare platform's workers are made of text.
    bypassCSP: true,
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-quic',
      '--disable-sync',
      '--no-first-run',
    ],
  });
  // The loader names every function by this helper, which a function that is sent to a page would miss there.
  await context.addInitScript('globalThis.__name = (f) => f');
  return context;
}

async function enter(
  context: BrowserContext,
  url: string,
  { pages, name }: { pages: readonly Page[]; name: string },
): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForFunction(() => 'synod' in globalThis);
  const code = await pages[0]?.evaluate(() => synod.screen?.session.options.code ?? '');
  await page.evaluate(([code, name]) => (code ? synod.join(code, name) : synod.startRoom(name)), [
    code ?? '',
    name,
  ] as const);
  await page.waitForFunction(() => synod.screen !== null, undefined, { timeout: 30_000 });
  return page;
}

/** The tab whose replica leads, once all its followers acknowledge it. */
export async function leaderOf({ pages }: Tabs): Promise<Page> {
  for (let tries = 0; tries < 300; tries++) {
    for (const page of pages) {
      const leads = await page.evaluate(
        () => synod.screen?.view?.seats.find(({ mine }) => mine)?.summary?.role === 'leader',
      );
      if (leads) return page;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('no leader within 30 s');
}

export function load(page: Page, options: LoadOptions): Promise<LoadReport> {
  return page.evaluate((options) => {
    const { run } = synod.screen?.session ?? {};
    if (!run) throw new Error('no epoch runs');
    return run.load(options);
  }, options);
}
