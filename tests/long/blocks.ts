/**
 * Messages per decision as the counters of a room show them: of a chain of blocks, and of PBFT in the next epoch of the
 * same tabs. Nobody is down: whoever gives up a view makes the figures larger than theory.
 */
import type { ProtocolName } from '#protocols/registry.ts';
import type { CountsView } from '#lib/view/measured-types.ts';
import { LongBrowser } from './browser.ts';
import type { LongOptions } from './main.ts';
import type { Report } from './report.ts';
import { Room } from './room.ts';
import { sleep, until, type Tab } from './tab.ts';

/** Decisions that are counted at least; of PBFT fewer, since each takes n times the messages and verifications. */
const decisionsMin = 100;
const pbftDecisionsMin = 20;
/** Commands in flight at the one tab that writes, and how long at a time. */
const inFlight = 1;
const loadMs = 2_000;
/** Until every replica has told what it sent. */
const quietMs = 6_000;
const patienceMs = 300_000;

const countsOf = (tab: Tab): Promise<CountsView | null> =>
  tab.inPage(({ synod }) => synod.screen?.view?.counts ?? null);

async function write(tab: Tab): Promise<number> {
  return tab.inPage(
    async ({ synod }, options) => (await synod.screen?.session.run?.load(options))?.commands ?? 0,
    { inFlight, durationMs: loadMs, prefix: 'x' },
  );
}

/** The next epoch, of everybody who has a seat. */
async function change(tab: Tab, protocol: ProtocolName): Promise<void> {
  await tab.inPage(async ({ synod }, next) => {
    const { run } = synod.screen?.session ?? {};
    if (!run) throw new Error('no epoch runs');
    const { roster, profile } = run.genesis;
    const seats = roster.map(({ id }) => id);
    const plan = { protocol: next, profile, seats, state: 'empty', bug: null } as const;
    await synod.screen?.orders.newEpoch({ ...plan, switches: [] });
  }, protocol);
}

async function measure(room: Room, protocol: ProtocolName, report: Report): Promise<void> {
  const [screen, writer] = room.tabs;
  if (!screen || !writer) throw new Error('a room needs two tabs');
  let commands = 0;
  let counts: CountsView | null = null;
  const needed = protocol === 'pbft' ? pbftDecisionsMin : decisionsMin;
  const startedAt = performance.now();
  await until(
    `${needed} decisions by ${protocol}`,
    async () => {
      commands += await write(writer);
      counts = await countsOf(screen);
      report.progress(`${protocol}: ${counts?.decisions ?? 0} decisions, ${commands} commands`);
      return counts !== null && counts.decisions >= needed;
    },
    patienceMs,
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  await sleep(quietMs);
  counts = await countsOf(screen);
  if (!counts) throw new Error(`${protocol} counts nothing`);
  tell({ counts, protocol, seconds }, report);
}

interface Measured {
  readonly counts: CountsView;
  readonly protocol: ProtocolName;
  readonly seconds: number;
}

function tell({ counts, protocol, seconds }: Measured, report: Report): void {
  const { n, decisions, all, kinds, apart, theory } = counts;
  const [formula] = theory;
  if (!formula) throw new Error(`${protocol} has no theory`);
  const each = kinds.map(({ title, count }) => `${(count / decisions).toFixed(2)} ${title}`);
  const measured = `${(all / decisions).toFixed(3)} messages for each of ${decisions} decisions`;
  report.figure(protocol, `${measured} (${each.join(', ')}) in ${seconds.toFixed(0)} s`);
  report.figure(`${protocol}, theory for n = ${n}`, `${formula.text} = ${formula.all}`);
  const besides = apart.map(({ title, count }) => `${title} ${count}`);
  report.figure(`${protocol}, besides`, besides.join('; '));
  const failed = apart.filter(
    ({ title, count }) => /^(timeouts|view changes)/.test(title) && count > 0,
  );
  report.verdict({
    title: `${protocol}: no view was given up`,
    looked: decisions,
    problems: failed.map(({ title, count }) => `${title}: ${count}`),
  });
  report.verdict({
    title: `${protocol}: ${formula.all} messages for each decision, exactly`,
    looked: decisions,
    problems: all === decisions * formula.all ? [] : [measured],
  });
}

export async function blocks(options: LongOptions, report: Report): Promise<void> {
  const { profile, protocol, tabs: count } = options;
  report.figure('configuration', `${count} tabs, ${profile}`);
  const browser = await LongBrowser.open();
  try {
    const tabs = await browser.tabs(count);
    const room = await Room.gather(tabs, profile, protocol);
    report.progress(`${count} tabs are linked, and ${protocol} runs`);
    // One screen is enough: sixteen that draw are the load of sixteen machines.
    for (const tab of tabs.slice(1)) {
      await tab.inPage(({ synod }) => synod.screen?.show(false));
    }
    await measure(room, protocol, report);
    if (protocol === 'pbft') return;
    await change(tabs[0] as Tab, 'pbft');
    await room.until('PBFT runs everywhere', async () =>
      (
        await Promise.all(
          tabs.map((tab) =>
            tab.inPage(({ synod }) => synod.screen?.session.run?.genesis.epoch ?? 0),
          ),
        )
      ).every((epoch) => epoch === 2),
    );
    await room.atRest();
    await measure(room, 'pbft', report);
  } finally {
    await browser.close();
  }
}
