/**
 * Five tabs under load; in each round people cut, slow, lose, double and shuffle what their links carry, some crash,
 * and then everything is healed: writes commit again soon, and the same holds as after kills.
 */
import type { LinkFaults } from '#lib/mesh/faults.ts';
import { profiles } from '#protocols/core/timing.ts';
import { LongBrowser } from './browser.ts';
import { figuresOf } from './figures.ts';
import type { LongOptions } from './main.ts';
import type { Random } from './random.ts';
import { Random as Draws } from './random.ts';
import { spread, type Report } from './report.ts';
import { Room, type Load } from './room.ts';
import { sleep, type Tab } from './tab.ts';
import { merged, verify } from './verify.ts';
import type { Evidence } from './probe/types.ts';

const replicas = 5;
const load: Load = { inFlight: 4, thinkMs: 200 };
const roundsPerRoom = 30;
/** How long the faults of a round last, in maximum election timeouts. */
const lasting = { min: 0.5, max: 4 };
/** How long until everybody's writes commit after a heal, in ms, at most. */
const healingMsMax = 60_000;
/** Share of rounds in which one replica crashes too. */
const crashes = 0.25;

/** Who disturbs which link, and how. */
interface Disturbance {
  readonly tab: number;
  readonly peer: number;
  readonly faults: Partial<LinkFaults>;
}

const cut = { cutIn: true, cutOut: true };

/** Every link between two sets of seats, each side cutting its own end. */
function split(random: Random): Disturbance[] {
  const seats = [...Array(replicas).keys()];
  const side = random.some(seats, random.whole(1, replicas - 1));
  const apart = (a: number, b: number): boolean => side.includes(a) !== side.includes(b);
  return pairsOf(seats)
    .filter(([tab, peer]) => apart(tab, peer))
    .map(([tab, peer]) => ({ tab, peer, faults: cut }));
}

/** Some directions of some links are deaf or dumb. */
function oneWay(random: Random): Disturbance[] {
  const chosen = pairsOf([...Array(replicas).keys()]).filter(() => random.chance(0.3));
  return chosen.map(([tab, peer]) => ({
    tab,
    peer,
    faults: random.chance(0.5) ? { cutIn: true } : { cutOut: true },
  }));
}

/** Every link carries badly, each in its own way. */
function rough(random: Random): Disturbance[] {
  return pairsOf([...Array(replicas).keys()]).map(([tab, peer]) => ({
    tab,
    peer,
    faults: {
      delayMs: random.between(0, 60),
      jitterMs: random.between(0, 60),
      loss: random.between(0, 0.2),
      duplicate: random.between(0, 0.3),
      reorder: random.between(0, 0.3),
    },
  }));
}

function pairsOf(seats: readonly number[]): [number, number][] {
  return seats.flatMap((a) => seats.filter((b) => b !== a).map((b): [number, number] => [a, b]));
}

const kinds = { split, oneWay, rough };
type Kind = keyof typeof kinds;

async function disturb(room: Room, ids: readonly string[], list: Disturbance[]): Promise<void> {
  await Promise.all(
    list.map(({ tab, peer, faults }) => {
      const [from, to] = [room.tabs[tab], ids[peer]];
      return from && to ? from.setFaults(to, faults) : undefined;
    }),
  );
}

/** One round; how long it took from the heal until a write of every tab that was begun after it was answered. */
async function round(room: Room, random: Random, electionMs: number, kind: Kind): Promise<number> {
  const ids = (await room.statuses()).map(({ id }) => id);
  await disturb(room, ids, kinds[kind](random));
  if (kind !== 'rough' && random.chance(0.5)) await disturb(room, ids, rough(random));
  const [victim] = random.chance(crashes) ? random.some<Tab>(room.tabs, 1) : [];
  await sleep(electionMs * random.between(lasting.min, lasting.max));
  await victim?.crash();
  await victim?.readJournal();
  await sleep(electionMs * random.between(0, 1));
  await Promise.all(room.tabs.map((tab) => tab.heal()));
  await victim?.restart();
  const healedAt = performance.now();
  const goals = (await room.statuses()).map(({ submitted }) => submitted);
  await room.until(
    'everybody writes again',
    async () => {
      const all = await room.statuses();
      return all.every(({ answered }, i) => answered > (goals[i] ?? 0));
    },
    healingMsMax,
  );
  return performance.now() - healedAt;
}

export async function partition(options: LongOptions, report: Report): Promise<void> {
  const rounds = options.runs ?? 60;
  report.figure('configuration', `${replicas} tabs, ${options.profile}, ${rounds} rounds`);
  const random = new Draws(options.seed);
  const { electionTicksMax } = profiles[options.profile];
  const evidence: Evidence[][] = [];
  const healing: number[] = [];
  const browser = await LongBrowser.open();
  try {
    while (healing.length < rounds) {
      const room = await Room.gather(await browser.tabs(replicas), options.profile);
      await room.startWriting(load);
      const goal = Math.min(rounds, healing.length + roundsPerRoom);
      while (healing.length < goal) {
        const [kind = 'split'] = random.some(Object.keys(kinds) as Kind[], 1);
        healing.push(await round(room, random, electionTicksMax, kind));
        const took = healing.at(-1)?.toFixed(0);
        report.progress(`${healing.length}/${rounds} ${kind}, everybody writes after ${took} ms`);
      }
      evidence.push(await room.settle());
    }
  } finally {
    await browser.close();
  }
  report.figure('from the heal until everybody writes again', spread(healing));
  figuresOf(evidence, report);
  for (const verdict of merged(evidence.map(verify))) report.verdict(verdict);
  report.verdict({ title: 'no page complained', looked: replicas, problems: browser.errors });
}
