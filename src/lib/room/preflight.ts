/** What this device alone can find out before a room is opened: each part by itself, none harms or leaves anything. */
import { surveyIce, type IceSurvey } from '../mesh/ice-survey.ts';
import { PlainClock, WorkerClock } from '../tab/clock.ts';
import { tryDisk } from '../tab/disk-trial.ts';
import { PaceMeter } from '../tab/pace.ts';
import { isPersisted } from './device.ts';
import { parseToTab, plainServer } from './signaling-events.ts';

export interface Findings {
  /** As it names itself. */
  readonly browser: string;
  /** https, or this very machine. */
  readonly secure: boolean;
  /** Whether the browser can be asked to keep the screen on. */
  readonly screen: boolean;
  /** What follows is `null` until it is found out. */
  readonly door: DoorFinding | null;
  readonly ice: IceSurvey | null;
  readonly clocks: ClockFinding | null;
  readonly disk: DiskFinding | null;
}

export interface DoorFinding {
  /** From opening the connection to the server's first word, in ms; `null`: it did not answer. */
  readonly answerMs: number | null;
  readonly stun: boolean;
  readonly turn: boolean;
}

/** Of two seconds of rings, the latest, in ms. */
export interface ClockFinding {
  readonly workerMs: number;
  readonly pageMs: number;
}

export interface DiskFinding {
  /** `null`: it takes no write. */
  readonly writeMs: number | null;
  readonly persisted: boolean;
  /** Bytes that this page may keep; `null`: the browser does not say. */
  readonly quota: number | null;
}

const doorMs = 5_000;
const clockMs = 2_000;

/** Calls `tell` with all that is found so far. `url`: of the door. */
export async function preflight(url: string, tell: (findings: Findings) => void): Promise<void> {
  let found: Findings = {
    browser: navigator.userAgent,
    secure: isSecureContext,
    screen: 'wakeLock' in navigator,
    door: null,
    ice: null,
    clocks: null,
    disk: null,
  };
  const add = (more: Partial<Findings>): void => tell((found = { ...found, ...more }));
  add({});
  const network = async (): Promise<void> => {
    const { finding, iceServers } = await tryDoor(url);
    add({ door: finding });
    add({ ice: await surveyIce(iceServers) });
  };
  const disk = async (): Promise<void> => add({ disk: await findDisk() });
  await Promise.all([network(), disk()]);
  // Last, so that it measures the clock and not the tests before.
  add({ clocks: await findClocks() });
}

interface DoorTrial {
  readonly finding: DoorFinding;
  readonly iceServers: readonly RTCIceServer[];
}

/** Hears the server's welcome, and enters no room. */
function tryDoor(url: string): Promise<DoorTrial> {
  const startedAt = performance.now();
  const socket = new WebSocket(url);
  return new Promise((resolve) => {
    const end = (answerMs: number | null, iceServers: readonly RTCIceServer[]): void => {
      socket.close();
      const has = (scheme: RegExp) => iceServers.some(({ urls }) => scheme.test(String(urls)));
      resolve({ finding: { answerMs, stun: has(/^stun/), turn: has(/^turn/) }, iceServers });
    };
    setTimeout(() => end(null, []), doorMs);
    socket.onclose = () => end(null, []);
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      const message = parseToTab(data);
      if (message?.type !== 'welcome') return;
      end(performance.now() - startedAt, message.iceServers.map(plainServer));
    };
  });
}

async function findDisk(): Promise<DiskFinding> {
  const storage = navigator.storage as StorageManager | undefined;
  const estimate = await storage?.estimate().catch(() => undefined);
  const [writeMs, persisted] = [await tryDisk(), await isPersisted()];
  return { writeMs, persisted, quota: estimate?.quota ?? null };
}

async function findClocks(): Promise<ClockFinding> {
  const worker = new WorkerClock();
  const meter = new PaceMeter({ worker, page: new PlainClock() }, () => undefined);
  await new Promise((resolve) => setTimeout(resolve, clockMs));
  const { lagMs, pageLagMs } = meter.pace;
  meter.close();
  worker.close();
  return { workerMs: lagMs, pageMs: pageLagMs };
}
