/**
 * Devices that are gone for a minute and come back by themselves: one whose network is pulled out, one that sleeps with
 * all its processes, one whose tab stands still while its browser keeps its links up. The others go on meanwhile; who comes back takes its seat again,
 * and the same holds as after kills.
 */
import { Devices, type Device } from './devices.ts';
import { figuresOf } from './figures.ts';
import type { LongOptions } from './main.ts';
import { Random } from './random.ts';
import { spread, type Report } from './report.ts';
import { Room, type Load } from './room.ts';
import { sleep } from './tab.ts';
import { verify } from './verify.ts';

const devicesCount = 3;
const load: Load = { inFlight: 2, thinkMs: 100 };
const goneMs = 60_000;
/** From the return until everybody writes again, at most. A link that failed is dialled again after 10 s at most. */
const returnMsMax = 60_000;

const ways = {
  'network out': (device: Device) => {
    device.machine.plug(false);
    return () => device.machine.plug(true);
  },
  asleep: (device: Device) => {
    device.machine.signal('SIGSTOP', 'everything');
    return () => device.machine.signal('SIGCONT', 'everything');
  },
  // The lifecycle state `frozen` of the browser's own protocol leaves a tab with an open data channel running.
  frozen: (device: Device) => {
    device.machine.signal('SIGSTOP', 'tabs');
    return () => device.machine.signal('SIGCONT', 'tabs');
  },
} as const;
type Way = keyof typeof ways;

interface Absence {
  readonly returnMs: number;
  /** Writes of the others that were answered while it was gone, and its own until just after. */
  readonly meanwhile: number;
  readonly own: number;
}

const answeredOf = async (devices: readonly Device[]): Promise<number[]> =>
  Promise.all(devices.map(async ({ tab }) => (await tab.status()).answered));

/** `device` goes that way and comes back. */
async function absence(
  room: Room,
  devices: readonly Device[],
  device: Device,
  way: Way,
): Promise<Absence> {
  const others = devices.filter((other) => other !== device);
  const { id } = await device.tab.status();
  const before = await answeredOf(others);
  const [ownBefore = 0] = await answeredOf([device]);
  const comeBack = ways[way](device);
  await sleep(goneMs);
  const after = await answeredOf(others);
  comeBack();
  const backAt = performance.now();
  const [ownAfter = 0] = await answeredOf([device]);
  const goals = await answeredOf(devices);
  await room.until(
    'everybody writes again',
    async () => (await answeredOf(devices)).every((answered, i) => answered > (goals[i] ?? 0)),
    returnMsMax,
  );
  const returnMs = performance.now() - backAt;
  if ((await device.tab.status()).id !== id) throw new Error(`${device.tab.name} is another now`);
  const meanwhile = after.reduce((sum, answered, i) => sum + answered - (before[i] ?? 0), 0);
  return { returnMs, meanwhile, own: ownAfter - ownBefore };
}

export async function away({ runs, profile, seed }: LongOptions, report: Report): Promise<void> {
  const devices = await Devices.open(devicesCount);
  if (typeof devices === 'string') {
    return report.stepAside(`it needs root and the ip command for network namespaces: ${devices}`);
  }
  const random = new Random(seed);
  const absences: (Absence & { readonly way: Way })[] = [];
  const rounds = runs ?? 6;
  try {
    const { all } = devices;
    const room = await Room.gather(
      all.map(({ tab }) => tab),
      profile,
    );
    await room.startWriting(load);
    const kinds = Object.keys(ways) as Way[];
    while (absences.length < rounds) {
      const way = kinds[absences.length % kinds.length] as Way;
      const [device] = random.some(all, 1) as [Device];
      const seen = await absence(room, all, device, way);
      absences.push({ ...seen, way });
      const took = (seen.returnMs / 1_000).toFixed(1);
      report.progress(
        `${device.tab.name} ${way}: back after ${took} s, ${seen.meanwhile} writes meanwhile and ${seen.own} of its own`,
      );
    }
    const evidence = await room.settle();
    figuresOf([evidence], report);
    for (const verdict of verify(evidence)) report.verdict(verdict);
  } finally {
    await devices.close();
  }
  report.figure('configuration', `${devicesCount} devices, ${profile}, gone ${goneMs / 1_000} s`);
  for (const way of Object.keys(ways) as Way[]) {
    const took = absences.filter((one) => one.way === way).map(({ returnMs }) => returnMs);
    report.figure(`${way}: from its return until everybody writes`, spread(took));
  }
  const idle = absences.filter(({ meanwhile }) => meanwhile === 0).map(({ way }) => `${way}: none`);
  report.verdict({ title: 'the others wrote meanwhile', looked: absences.length, problems: idle });
  const there = absences.filter(({ own, meanwhile }) => own > meanwhile / 10);
  const problems = there.map(({ way, own }) => `${way}: it wrote ${own} itself`);
  report.verdict({
    title: 'who was gone wrote next to nothing',
    looked: absences.length,
    problems,
  });
}
