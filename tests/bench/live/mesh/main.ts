/**
 * What it costs to form a room's full mesh, beside a bare simple-peer mesh of as many tabs, in turns in one browser:
 * the same door introduces both, and everybody comes at once.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserContext, Page } from '@playwright/test';
import { pageScript } from '../../../setup/page-script.ts';
import type {} from './install.ts';
import { median, type Row } from '../rounds.ts';
import { launch } from '../tabs.ts';
import { Processes, type ProcessorTime } from './browser.ts';

export interface MeshOptions {
  readonly repeat: number;
  /** Whether each tab draws the room. */
  readonly screens: boolean;
  readonly said: (line: string) => void;
}

/** After the last link is up: what was put off is part of the price. */
const restMs = 1_000;
const patienceMs = 240_000;

interface Formed {
  readonly wallMs: number;
  readonly time: ProcessorTime;
}

/** simple-peer alone, the mesh of our rooms alone, and whole rooms: seats, disks, the charter and what members say. */
const names = ['bare', 'ours', 'rooms'] as const;
type Name = (typeof names)[number];

/** How a mesh is formed by pages that stand at the front door. */
interface Kind {
  readonly name: Name;
  /** Resolves to the room's code. */
  enter(page: Page, name: string, code: string | null): Promise<string>;
  linked(page: Page, others: number): Promise<void>;
}

const alone = (name: 'bare' | 'ours'): Kind => ({
  name,
  enter: (page, tab, code) =>
    page.evaluate(
      ([mesh, name, code]) => {
        const url = new URL('signal', location.href);
        url.protocol = 'ws:';
        return window.meshes[mesh].enter({ url: url.href, name, code });
      },
      [name, tab, code] as const,
    ),
  linked: (page, others) =>
    page.evaluate(([mesh, others]) => window.meshes[mesh].linked(others), [name, others] as const),
});

const rooms = (screens: boolean): Kind => ({
  name: 'rooms',
  enter: (page, name, code) =>
    page.evaluate(
      async ([name, code, screens]) => {
        const entered = new Promise<string>((resolve) => {
          const before = synod.onEntered;
          synod.onEntered = (entered, ...rest) => {
            if (!screens) synod.screen?.show(false);
            before(entered, ...rest);
            resolve(entered);
          };
        });
        await (code === null ? synod.startRoom(name) : synod.join(code, name));
        return entered;
      },
      [name, code, screens] as const,
    ),
  linked: (page, others) =>
    page.evaluate(async (others) => {
      const { session } = synod.screen ?? {};
      if (!session) throw new Error('it is in no room');
      const up = (): number => session.mesh.links().filter(({ state }) => state === 'up').length;
      await new Promise<void>((resolve) => {
        if (up() >= others) return resolve();
        const stop = session.listen((news) => {
          if (news.type !== 'link' || up() < others) return;
          stop();
          resolve();
        });
      });
    }, others),
});

/** Opens `n` tabs at the front door, has them come in all at once, and closes them. */
async function form(place: Place, kind: Kind, n: number): Promise<Formed> {
  const pages: Page[] = [];
  for (let i = 0; i < n; i++) pages.push(await place.open());
  const [first, ...others] = pages;
  if (!first) throw new Error('a mesh needs a tab');
  const code = await kind.enter(first, 'tab 0', null);
  await first.waitForTimeout(restMs);
  let wallMs = 0;
  const time = await place.processes.taken(async () => {
    const startedAt = performance.now();
    await Promise.all(others.map((page, i) => kind.enter(page, `tab ${i + 1}`, code)));
    await Promise.all(pages.map((page) => kind.linked(page, n - 1)));
    wallMs = performance.now() - startedAt;
    await first.waitForTimeout(restMs);
  });
  for (const page of pages) await page.close();
  return { wallMs, time };
}

interface Place {
  readonly processes: Processes;
  open(): Promise<Page>;
}

async function placeIn(context: BrowserContext, url: string): Promise<Place> {
  const browser = context.browser();
  if (!browser) throw new Error('there is no browser to ask for its processes');
  context.setDefaultTimeout(patienceMs);
  const entry = fileURLToPath(new URL('install.ts', import.meta.url));
  await context.addInitScript({ content: await pageScript(entry) });
  const open = async (): Promise<Page> => {
    const page = await context.newPage();
    await page.goto(url);
    await page.waitForFunction(() => 'synod' in globalThis);
    return page;
  };
  return { processes: await Processes.of(browser), open };
}

function summarize(rounds: readonly Readonly<Record<Name, Formed>>[]): Row {
  const row: Record<string, number> = {};
  for (const name of names) {
    const seconds = (kind: string) => median(rounds.map((r) => r[name].time[kind] ?? 0));
    row[`${name}WallMs`] = median(rounds.map((round) => round[name].wallMs));
    row[`${name}CpuMs`] = 1_000 * seconds('all');
    for (const kind of ['renderer', 'network', 'storage', 'browser', 'gpu']) {
      row[`${name}CpuMs ${kind}`] = 1_000 * seconds(kind);
    }
  }
  for (const name of ['ours', 'rooms'] as const) {
    const ratio = (of: (formed: Formed) => number): number =>
      median(rounds.map((round) => of(round[name]) / of(round.bare)));
    row[`${name}WallToBare`] = ratio(({ wallMs }) => wallMs);
    row[`${name}CpuToBare`] = ratio(({ time }) => time['all'] ?? 0);
  }
  return row;
}

/** Forms each mesh of `n` tabs `repeat` times, in turns whose order changes. */
export async function mesh(url: string, n: number, options: MeshOptions): Promise<Row> {
  const profile = await mkdtemp(join(tmpdir(), 'synod-mesh-'));
  const context = await launch(profile);
  const place = await placeIn(context, url);
  const rounds: Record<Name, Formed>[] = [];
  for (let round = 1; round <= options.repeat; round++) {
    const kinds = [alone('bare'), alone('ours'), rooms(options.screens)];
    if (round % 2 === 0) kinds.reverse();
    const formed: Partial<Record<Name, Formed>> = {};
    for (const kind of kinds) {
      const one = (formed[kind.name] = await form(place, kind, n));
      const [wall, cpu] = [one.wallMs, 1_000 * (one.time['all'] ?? 0)].map(Math.round);
      options.said(`mesh of ${n}, ${kind.name}, ${round}: ${wall} ms, ${cpu} ms of processor time`);
    }
    rounds.push(formed as Record<Name, Formed>);
  }
  await context.close();
  await rm(profile, { recursive: true, force: true });
  return summarize(rounds);
}
