/**
 * Four tabs; one of them lies in every way of the menu, one after the other, while the others write. Each lie is
 * declared, the room goes on, and evidence names nobody else.
 */
import { laboratoryNamed } from '#protocols/laboratory.ts';
import { LongBrowser } from './browser.ts';
import type { LongOptions } from './main.ts';
import type { Report } from './report.ts';
import { Room } from './room.ts';
import { until, type Tab } from './tab.ts';

const replicas = 4;
const load = { inFlight: 1, thinkMs: 20 };
/** Writes of each honest tab that are answered while a lie is on: about two turns of the liar as leader. */
const writesMin = 4;
const patienceMs = 60_000;
/** Later than the longest time that a view is given before anybody has given up. */
const lateMs = 4_000;

/** Turns the replica of `tab`, or back without `what`. */
const turn = (tab: Tab, what: string | null): Promise<void> =>
  tab.inPage(({ synod }, kind) => {
    const behaviour = { to: null, with: [], when: null };
    synod.screen?.session.conduct.behave(kind === null ? [] : [{ what: kind, ...behaviour }]);
  }, what);

/** What the screen of `tab` says that people declare. */
const declaredAt = (tab: Tab): Promise<readonly string[]> =>
  tab.inPage(({ synod }) =>
    (synod.screen?.view?.conduct?.budget.declared ?? []).map(({ what }) => what),
  );

/** Who is convicted on the screen of `tab`, and of what: `ben E1`. */
const convictedAt = (tab: Tab): Promise<readonly string[]> =>
  tab.inPage(({ synod }) =>
    (synod.screen?.view?.conduct?.convictions ?? []).map(({ name, kind }) => `${name} ${kind}`),
  );

const liesTold = (tab: Tab): Promise<number> =>
  tab.inPage(({ synod }) => synod.screen?.session.conduct.lies.at(-1)?.number ?? 0);

async function answered(tabs: readonly Tab[]): Promise<readonly number[]> {
  return (await Promise.all(tabs.map((tab) => tab.status()))).map(({ answered }) => answered);
}

/** What some lies wait for: several requests in one turn of the liar, and proposals that come after their view. */
async function provoke([first, second]: readonly Tab[], liar: Tab, what: string): Promise<void> {
  const { id } = await liar.status();
  await first?.setFaults(id, { delayMs: lateMs });
  await second?.inPage(
    ({ synod }, prefix, durationMs) =>
      synod.screen?.session.run?.load({ inFlight: 16, durationMs, prefix }),
    what,
    lateMs,
  );
}

/** How the room fared while the liar lied so, in words. Fails if it stood still, or if no lie was told. */
async function endure(room: Room, liar: Tab, what: string): Promise<string> {
  const honest = room.tabs.filter((tab) => tab !== liar);
  const startedAt = performance.now();
  const toldBefore = await liesTold(liar);
  await turn(liar, what);
  await until(`${what} is declared`, async () => {
    const declared = await Promise.all(honest.map(declaredAt));
    return declared.every((all) => all.some((words) => words.includes(what)));
  });
  const before = await answered(honest);
  const goesOn = async (): Promise<boolean> =>
    (await answered(honest)).every((now, i) => now >= (before[i] ?? 0) + writesMin);
  await room.until(`the room goes on under ${what}`, goesOn, patienceMs);
  const { condition } = await liar.status();
  if (condition !== 'running') throw new Error(`${what}: the liar's replica ${condition}`);
  const toldNow = async (): Promise<number> => (await liesTold(liar)) - toldBefore;
  if ((await toldNow()) === 0) {
    await provoke(honest, liar, what);
    const isTold = async (): Promise<boolean> => (await toldNow()) > 0;
    await until(`${what} is told`, isTold, patienceMs).finally(() => honest[0]?.heal());
  }
  const told = await toldNow();
  await turn(liar, null);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  return `${told} times otherwise than honest, in ${seconds} s`;
}

export async function lies(options: LongOptions, report: Report): Promise<void> {
  const { profile, protocol } = options;
  const { behaviours } = laboratoryNamed(protocol);
  report.figure('configuration', `${replicas} tabs, ${protocol}, ${profile}`);
  const browser = await LongBrowser.open();
  try {
    const room = await Room.gather(await browser.tabs(replicas), profile, protocol);
    const [, liar] = room.tabs;
    if (!liar) throw new Error('a room needs a liar');
    await room.startWriting(load);
    const problems: string[] = [];
    for (const { id, title } of behaviours) {
      try {
        const fared = await endure(room, liar, id);
        report.progress(
          `${id} (${title}): ${fared}; ${(await convictedAt(room.tabs[0] as Tab)).join(', ')}`,
        );
      } catch (error) {
        problems.push(String(error));
        report.progress(String(error));
        await turn(liar, null);
      }
    }
    report.verdict({
      title: 'the room goes on, whatever one of four says',
      looked: behaviours.length,
      problems,
    });
    const honest = room.tabs.filter((tab) => tab !== liar);
    const convicted = (await Promise.all(honest.map(convictedAt))).flat();
    report.figure('convicted', [...new Set(convicted)].sort().join(', '));
    const framed = convicted.filter((one) => !one.startsWith(`${liar.name} `));
    report.verdict({
      title: 'nobody honest is convicted',
      looked: convicted.length,
      problems: framed,
    });
    for (const tab of room.tabs) await tab.stopWriting();
    await room.atRest();
    report.verdict({ title: 'no page complained', looked: 1, problems: browser.errors });
  } finally {
    await browser.close();
  }
}
