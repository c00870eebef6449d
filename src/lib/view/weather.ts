/** How well the devices of a room reach each other: every pair, the worst one with its remedy, and what follows for the pace. */
import { tripMsMax, type MeasuredPace } from '#protocols/core/timing.ts';
import type { Path } from '../mesh/transport.ts';
import type { DeviceReport } from '../room/device.ts';
import { pathWords } from './path-words.ts';
import type { LobbyMember } from './types.ts';

export type Tone = 'ok' | 'unknown' | 'fail';

/** Two members; `a` stands before `b`. */
export interface PairWeather {
  readonly a: LobbyMember;
  readonly b: LobbyMember;
  /** The slower of the two ends' last round trips, in ms; `null`: they are not linked, or have not measured. */
  readonly tripMs: number | null;
  /** The slowest lately, at either end. */
  readonly worstMs: number | null;
  readonly path: Path | null;
  readonly linked: boolean;
  readonly tone: Tone;
}

/** People do not notice less. */
const quickMs = 100;
/** Slower than this, an election timeout of phones on Wi-Fi (1.5 s) is no longer ten round trips and a disk. */
const slowMs = 130;
/** A room is of little use. */
const badMs = 500;

/** Shown of a proposal in steps, so that it does not change under the finger. */
const stepMs = 5;

type Measured = DeviceReport['links'][number];

const told = (of: LobbyMember, about: LobbyMember): Measured | undefined =>
  of.device?.links.find(({ peer }) => peer === about.id);

function larger(...values: readonly (number | undefined)[]): number | null {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? null : Math.max(...known);
}

function pairOf(a: LobbyMember, b: LobbyMember): PairWeather {
  const [ofA, ofB] = [told(a, b), told(b, a)];
  const tripMs = larger(ofA?.tripMs, ofB?.tripMs);
  const path = ofA?.path ?? ofB?.path ?? null;
  const linked = a.linkedWith.includes(b.id) || b.linkedWith.includes(a.id);
  const slow = tripMs !== null && tripMs >= badMs;
  const tone: Tone =
    !linked || slow ? 'fail' : path === 'relayed' || (tripMs ?? 0) > slowMs ? 'unknown' : 'ok';
  return { a, b, tripMs, worstMs: larger(ofA?.worstMs, ofB?.worstMs), path, linked, tone };
}

/** Every pair once, in the order of the members. */
export const pairsOf = (members: readonly LobbyMember[]): readonly PairWeather[] =>
  members.flatMap((a, i) => members.slice(i + 1).map((b) => pairOf(a, b)));

/** The worst first: without a link, then through the server, then the slowest. */
export const worstFirst = (pairs: readonly PairWeather[]): readonly PairWeather[] =>
  [...pairs].sort((one, other) => badness(other) - badness(one));

function badness({ linked, path, tripMs }: PairWeather): number {
  if (!linked) return 2e6;
  return (path === 'relayed' ? 1e6 : 0) + (tripMs ?? 0);
}

export interface Verdict {
  readonly tone: Tone;
  readonly text: string;
  /** What would help; empty where nothing needs to. */
  readonly remedy: string;
}

const hotspot =
  'A phone’s hotspot for everybody, or a TURN server (ICE_SERVERS where the server starts), would connect them directly';

/** The room in a sentence, by its worst pair. */
export function verdictOf(pairs: readonly PairWeather[]): Verdict {
  const [worst] = worstFirst(pairs);
  if (!worst) return { tone: 'unknown', text: 'Nobody else is here yet.', remedy: '' };
  const names = `${worst.a.name} – ${worst.b.name}`;
  const trip = worst.tripMs === null ? '' : ` (${worst.tripMs} ms)`;
  const without = [worst.a, worst.b].find(({ device }) => device?.facts?.webRtc === false);
  const browser = without && `${without.name}’s browser has no WebRTC, or forbids it: try another.`;
  if (!worst.linked) {
    const remedy = browser ?? `${hotspot}. The server relays for them once it reaches both.`;
    return { tone: 'fail', text: `${names}: no way through yet.`, remedy };
  }
  if (worst.path === 'relayed') {
    const text = `${names} go through the server${trip}: ${without ? 'one has no WebRTC' : 'their network keeps devices apart'}.`;
    return { tone: 'unknown', text, remedy: browser ?? `It works as it is. ${hotspot}.` };
  }
  if (worst.tripMs !== null && worst.tripMs > slowMs) {
    const text = `${names} is the slowest pair${trip}.`;
    const remedy =
      'Sit nearer to the access point, or use a phone’s hotspot; else take the timeouts below.';
    return { tone: worst.tone, text, remedy };
  }
  if (worst.tripMs === null) return { tone: 'ok', text: 'Measuring…', remedy: '' };
  const quick =
    worst.tripMs <= quickMs
      ? 'All pairs are connected directly, and quick'
      : 'All pairs are connected directly';
  return { tone: 'ok', text: `${quick}: at worst ${names}${trip}.`, remedy: '' };
}

const namesShown = 4;

function shortened(names: readonly string[]): string {
  const more = names.length - namesShown;
  const shown = names.slice(0, namesShown).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}

/** What single devices lack, with what would help. */
export function deviceNotes(members: readonly LobbyMember[]): readonly string[] {
  const named = (which: (report: DeviceReport) => boolean): string =>
    shortened(members.flatMap(({ name, device }) => (device && which(device) ? [name] : [])));
  const late = named(({ lagMs }) => lagMs >= 1_000);
  const insecure = named(({ facts }) => facts?.secure === false);
  const notes = [
    late && `Slow just now: ${late}. Close other tabs and programs there.`,
    insecure &&
      `Over plain http: ${insecure}. The screen is not kept on and storage may be cleared; HTTPS mends both.`,
  ];
  return notes.filter((note) => note !== '');
}

/** The pace that follows from the slowest round trip between those who take a seat; `null` before it is measured. */
export function proposalOf(pairs: readonly PairWeather[]): MeasuredPace | null {
  const seated = pairs.filter(({ a, b }) => a.wantsSeat && b.wantsSeat);
  const worst = larger(...seated.map(({ worstMs }) => worstMs ?? undefined));
  if (worst === null) return null;
  return { tripMs: Math.min(tripMsMax, Math.ceil(worst / stepMs) * stepMs) };
}

const pathMarks: Readonly<Record<Path, string>> = {
  memory: '',
  direct: '',
  stun: '',
  turn: 'T',
  relayed: 'R',
};

/** `12`, `48 R`, `–`: a cell of the table. A letter stands for what bytes go through. */
export function cellText({ linked, tripMs, path }: PairWeather): string {
  if (!linked) return '–';
  const mark = path === null ? '' : pathMarks[path];
  return [tripMs === null ? '…' : String(tripMs), mark].filter((part) => part !== '').join(' ');
}

/** `48 ms, through the server, since no network connects the two devices`: the cell in words. */
export function pairWords({ linked, tripMs, path }: PairWeather): string {
  if (!linked) return 'not connected';
  const trip = tripMs === null ? 'measuring' : `${tripMs} ms`;
  return path === null ? trip : `${trip}, ${pathWords[path]}`;
}

/** What one device can do, word by word. */
export function deviceCells({ device }: LobbyMember): {
  readonly webRtc: string;
  readonly addresses: string;
  readonly late: string;
  readonly storage: string;
} {
  const facts = device?.facts ?? null;
  const addresses = facts?.candidates.map((kind) => candidateWords[kind]).join(', ') ?? '…';
  return {
    webRtc: facts === null ? '…' : facts.webRtc ? 'yes' : 'no',
    addresses: addresses === '' ? 'none' : addresses,
    late: device === null ? '…' : `${device.lagMs} ms`,
    storage: facts === null ? '…' : facts.persisted ? 'kept' : 'clearable',
  };
}

const candidateWords = { host: 'own', srflx: 'STUN', relay: 'TURN' } as const;
