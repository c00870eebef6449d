/** A room of many tabs in one browser: whether it decides, whom it gave up meanwhile, and what it weighs. */
import type { CountsView } from '#lib/view/measured-types.ts';
import { LongBrowser } from './browser.ts';
import type { LongOptions } from './main.ts';
import type { Report } from './report.ts';
import { Room } from './room.ts';
import { sleep, until, type Tab } from './tab.ts';

const decisionsMin = 100;
const loadMs = 2_000;
const patienceMs = 300_000;
/** Until every replica has told what it sent. */
const quietMs = 6_000;

const countsOf = (tab: Tab): Promise<CountsView | null> =>
  tab.inPage(({ synod }) => synod.screen?.view?.counts ?? null);

/** Commands that were answered. */
const write = (tab: Tab): Promise<number> =>
  tab.inPage(
    async ({ synod }, options) => (await synod.screen?.session.run?.load(options))?.commands ?? 0,
    { inFlight: 1, durationMs: loadMs, prefix: 'x' },
  );

/** The longest that any tab takes to answer a question, ms: all are asked at once. */
async function slowest(tabs: readonly Tab[]): Promise<string> {
  const answers = await Promise.all(
    tabs.map(async (tab) => {
      const askedAt = performance.now();
      await tab.status();
      return { name: tab.name, ms: performance.now() - askedAt };
    }),
  );
  const [last] = answers.sort((a, b) => b.ms - a.ms);
  return last ? `${last.name}, after ${last.ms.toFixed(0)} ms` : 'none';
}

async function decide(room: Room, report: Report): Promise<void> {
  const [screen, writer] = room.tabs;
  if (!screen || !writer) throw new Error('a room needs two tabs');
  const startedAt = performance.now();
  let commands = 0;
  await until(
    `${decisionsMin} decisions`,
    async () => {
      commands += await write(writer);
      const decisions = (await countsOf(screen))?.decisions ?? 0;
      report.progress(`${decisions} decisions, ${commands} commands`);
      return decisions >= decisionsMin;
    },
    patienceMs,
  );
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
  report.figure('slowest tab to answer', await slowest(room.tabs));
  await sleep(quietMs);
  const counts = await countsOf(screen);
  report.figure('decided', `${counts?.decisions} decisions, ${commands} commands in ${seconds} s`);
  const apart = counts?.apart.map(({ title, count }) => `${title} ${count}`) ?? [];
  report.figure('besides', apart.join('; '));
  await room.atRest();
  const last = (await room.statuses()).map(({ commitIndex }) => commitIndex);
  report.verdict({
    title: 'every replica has committed all that was acknowledged',
    looked: commands,
    problems: last.every((index) => index >= commands) ? [] : [`committed: ${last.join(', ')}`],
  });
}

export async function tabs(options: LongOptions, report: Report): Promise<void> {
  const { profile, protocol, tabs: count } = options;
  report.figure('configuration', `${count} tabs, ${protocol}, ${profile}`);
  const browser = await LongBrowser.open();
  try {
    const all = await browser.tabs(count);
    report.progress(`${count} tabs are open`);
    const room = await Room.gather(all, profile, protocol);
    report.progress('all are linked, and the epoch runs');
    // One screen is enough: as many that draw are the load of as many machines.
    for (const tab of all.slice(1)) await tab.inPage(({ synod }) => synod.screen?.show(false));
    await decide(room, report);
    const memory = await browser.memory();
    if (memory) {
      const [whole, largest] = [memory.all, memory.largest].map((mib) => mib.toFixed(0));
      report.figure('memory', `${whole} MiB in all, ${largest} MiB in the largest process`);
    }
  } finally {
    await browser.close();
  }
}
