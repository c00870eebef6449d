/**
 * Workers are killed and restarted at random under load: no acknowledged write is lost, nobody votes twice, nobody
 * shares a term, and what anybody applied is a prefix of one log. Sometimes two fall at once, sometimes one falls
 * again while it starts. Each room lives for some hundred kills, so that reading its log stays short.
 */
import { LongBrowser } from './browser.ts';
import { figuresOf } from './figures.ts';
import type { LongOptions } from './main.ts';
import type { Evidence } from './probe/types.ts';
import { Random } from './random.ts';
import type { Report } from './report.ts';
import { Room, type Load } from './room.ts';
import { sleep, type Tab } from './tab.ts';
import { merged, verify } from './verify.ts';

const replicas = 3;
const load: Load = { inFlight: 8, thinkMs: 120 };
const killsPerRoom = 125;
/** Mean time in ms between two blows; each may hit more than one replica. */
const blowMs = 650;
/** How long a replica stays down, in ms, at most. */
const downMsMax = 600;
/** Share of blows that hit two at once, and of restarts that are killed while they start. */
const pairs = 0.12;
const startUps = 0.15;
const startUpMsMax = 120;
const toldEvery = 25;

interface Counts {
  kills: number;
  /** Of these: of a worker that had not finished its start, of a leader, and with another in the same moment. */
  starting: number;
  leaders: number;
  together: number;
}

/** One room's share of the kills. */
interface Storm {
  readonly random: Random;
  readonly counts: Counts;
  /** No new blow once so many kills are counted. */
  readonly goal: number;
  readonly tell: (line: string) => void;
}

/** Kills one replica, lets it lie, and starts it again. */
async function strike(tab: Tab, { counts, goal, tell, ...storm }: Storm): Promise<void> {
  const random = storm.random.fork();
  const { role } = await tab.status();
  const { before } = await tab.crash();
  counts.kills++;
  if (counts.kills % toldEvery === 0) tell(`${counts.kills} kills`);
  if (role === 'leader') counts.leaders++;
  if (before === 'starting') counts.starting++;
  await tab.readJournal();
  await sleep(random.between(0, downMsMax));
  await tab.restart();
  if (!random.chance(startUps) || counts.kills >= goal) return;
  await sleep(random.between(0, startUpMsMax));
  await strike(tab, { random, counts, goal, tell });
}

async function rage(room: Room, storm: Storm): Promise<void> {
  const { random, counts, goal } = storm;
  const down = new Set<Tab>();
  const strikes = new Set<Promise<void>>();
  let failure: unknown = null;
  while (counts.kills < goal && failure === null) {
    await sleep(random.wait(blowMs));
    const standing = room.tabs.filter((tab) => !down.has(tab));
    const victims = random.some(standing, random.chance(pairs) ? 2 : 1);
    if (victims.length > 1) counts.together++;
    for (const tab of victims) {
      down.add(tab);
      const under: Promise<void> = strike(tab, storm)
        .catch((error: unknown) => void (failure = error))
        .finally(() => {
          down.delete(tab);
          strikes.delete(under);
        });
      strikes.add(under);
    }
  }
  await Promise.all(strikes);
  if (failure !== null) throw failure;
}

export async function kills(options: LongOptions, report: Report): Promise<void> {
  const wanted = options.runs ?? 1_000;
  const words = `${replicas} tabs, ${options.profile}, ${wanted} kills`;
  report.figure('configuration', `${words}, ${load.inFlight} writes of each tab in flight`);
  const random = new Random(options.seed);
  const counts: Counts = { kills: 0, starting: 0, leaders: 0, together: 0 };
  const evidence: Evidence[][] = [];
  const browser = await LongBrowser.open();
  try {
    while (counts.kills < wanted) {
      const room = await Room.gather(await browser.tabs(replicas), options.profile);
      await room.startWriting(load);
      const goal = Math.min(wanted, counts.kills + killsPerRoom);
      await rage(room, { random, counts, goal, tell: (line) => report.progress(line) });
      const all = await room.settle();
      evidence.push(all);
      const acks = all.reduce((sum, { acks: { length } }) => sum + length, 0);
      report.progress(`${counts.kills}/${wanted} kills, ${acks} writes acknowledged in this room`);
    }
  } finally {
    await browser.close();
  }
  const { kills: done, starting, leaders, together } = counts;
  const kinds = `${leaders} of leaders, ${starting} during a start, ${together} pairs at once`;
  report.figure('kills', `${done} (${kinds}) in ${evidence.length} rooms`);
  figuresOf(evidence, report);
  for (const verdict of merged(evidence.map(verify))) report.verdict(verdict);
  report.verdict({ title: 'no page complained', looked: replicas, problems: browser.errors });
}
