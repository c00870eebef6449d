/** What the screen says in words. Every colour and mark has its sentence here. */
import type { ReplicaSummary } from '#protocols/core/protocol.ts';
import type { LinkStatus } from '../mesh/transport.ts';
import type { TabPace } from '../room/messages.ts';
import type { Lexicon } from '../view/lexicon.ts';
import { pathWords } from '../view/path-words.ts';
import type { ProtocolScreen } from '../view/protocol-screen.ts';
import type { Slowness } from '../view/slowness.ts';
import type { Condition, LinkFaultView, RoomHeader, SeatView } from '../view/types.ts';

/** `3 seats`, `1 seat`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** `Ana`, `Ana and Ben`, `Ana, Ben and 3 more`. */
export function list(names: readonly string[], shown = 3): string {
  if (names.length <= 1) return names[0] ?? '';
  const tail = names.length > shown ? `${names.length - shown} more` : names.at(-1);
  const head = names.length > shown ? names.slice(0, shown) : names.slice(0, -1);
  return `${head.join(', ')} and ${tail}`;
}

/** `0.4 s`, `12 s`, `3 min`: as exact as a person needs. */
export function duration(ms: number): string {
  if (ms < 9_950) return `${(Math.max(0, ms) / 1_000).toFixed(1)} s`;
  if (ms < 99_500) return `${Math.round(ms / 1_000)} s`;
  return `${Math.round(ms / 60_000)} min`;
}

/** `0.8 ms`, `42 ms`, `1.3 s`. */
export function latency(ms: number): string {
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  return duration(ms);
}

export const conditionWords: Readonly<Record<Condition, string>> = {
  running: 'running',
  crashed: 'crashed',
  paused: 'paused',
  frozen: 'frozen',
  starting: 'starting',
  halted: 'halted',
  unknown: 'not heard yet',
};

/** Whether this seat leads, or believes so: its machine is up and its role says it. */
export function isLeading(seat: SeatView): boolean {
  const up = seat.condition === 'running' || seat.condition === 'frozen';
  return up && seat.summary?.role === 'leader';
}

/** `Ana leads term 3.` A deposed leader that has not heard of it yet is named too. */
export function leaderSentence(seats: readonly SeatView[], lexicon: Lexicon): string {
  const leading = seats
    .filter(isLeading)
    .sort((a, b) => (b.summary?.term ?? 0) - (a.summary?.term ?? 0));
  const [first, ...others] = leading.map((seat) => ({
    name: seat.name,
    term: seat.summary?.term ?? 0,
    past: seat.stale ? ', when last heard' : '',
  }));
  if (first === undefined) return lexicon.nobodyLeads;
  const { leads, stillLeads } = lexicon;
  const claims = stillLeads ? others.map(({ name, term }) => ` ${stillLeads(name, term)}.`) : [];
  return `${leads(first.name, first.term)}${first.past}.${claims.join('')}`;
}

/** The word under a node: what is wrong with it, or else its role. */
export function standing(seat: SeatView, { roles }: Lexicon): string {
  if (seat.condition !== 'running' && seat.condition !== 'frozen') {
    return conditionWords[seat.condition];
  }
  if (seat.summary?.assumptionBroken) return 'stopped voting';
  const { slow } = seat;
  if (slow && slow.why !== 'late') return `${slowWords[slow.why]} ${duration(slow.ms)}`;
  if (seat.stale) return seat.heardAgoMs === null ? 'stale' : `stale ${duration(seat.heardAgoMs)}`;
  const own = seat.summary && roles[seat.summary.role];
  const role = seat.membership === 'voter' ? own : seat.membership;
  if (seat.condition === 'frozen') return `${role ?? 'replica'}, frozen`;
  const late = slow ? `, ${slowWords.late} ${duration(slow.ms)}` : '';
  return `${role ?? conditionWords.unknown}${late}`;
}

const slowWords: Readonly<Record<Slowness['why'], string>> = {
  late: 'slow',
  asleep: 'asleep, not dead:',
  silent: 'slow, not dead:',
};

/** Why it is believed to be slow and not dead, as a sentence. */
export function slowSentence({ why, ms }: Slowness): string {
  switch (why) {
    case 'late':
      return `Messages reach its page ${duration(ms)} late, by its own measure: slow, not dead.`;
    case 'asleep':
      return `Its browser puts the tab to sleep, and said so ${duration(ms)} ago: slow, not dead.`;
    case 'silent':
      return `Its page has said nothing for ${duration(ms)}, but the network stack of its device still answers: slow, not dead.`;
  }
}

/** `in front, 2 ms late`: how a tab runs by its own measure. */
export function paceWords({ presence, lagMs, pageLagMs, sleeps, sleptMs }: TabPace): string {
  const where = presence === 'visible' ? 'in front' : presence;
  const slowed =
    pageLagMs - lagMs < 500
      ? ''
      : `, its page’s timers ${latency(pageLagMs)} late (no replica waits for these)`;
  const slept = sleeps === 0 ? '' : `, last stood still for ${duration(sleptMs)}`;
  return `${where}, messages ${latency(lagMs)} late${slowed}${slept}`;
}

/** Everything the node says by its looks, for those who hear it. */
export function seatSentence(seat: SeatView, quorum: number, screen: ProtocolScreen): string {
  const { words, progress } = screen;
  const { summary } = seat;
  const parts = [`${seat.name}${seat.mine ? ' (you)' : ''}`, standing(seat, words)];
  if (summary !== null) {
    parts.push(`${words.era} ${summary.term}`);
    if (summary.role === 'candidate') parts.push(words.votes(summary.votes.length, quorum));
    const under = progress(summary)?.text;
    if (under !== undefined) parts.push(under);
    parts.push(reach(summary, words));
  }
  return parts.join(', ');
}

/** `log to 7, committed to 5`. */
export function reach({ lastIndex, commitIndex }: ReplicaSummary, { log, done }: Lexicon): string {
  return `${log} to ${lastIndex}, ${done} to ${commitIndex}`;
}

/** `5 seats, 4 heard, 3 needed`. */
export function vitalsSentence(header: RoomHeader): string {
  const learners = header.learners === 0 ? '' : ` and ${count(header.learners, 'learner')}`;
  const seats = count(header.voters, 'seat') + learners;
  return `${seats}, ${header.alive} heard, ${header.quorum} needed`;
}

/** What the numbers of `vitalsSentence` mean for the room, where `lying` of those who are heard declare that they lie. */
export function outlook(
  { alive, quorum, voters }: RoomHeader,
  { spare, may }: Lexicon,
  lying: number,
): { tone: 'ok' | 'unknown' | 'fail'; text: string } {
  if (alive < quorum) {
    return { tone: 'fail', text: `cannot commit: ${quorum - alive} more must be heard` };
  }
  const left = Math.max(0, spare(alive - lying, voters));
  if (left === 0) return { tone: 'unknown', text: `no more may ${may}` };
  return { tone: 'ok', text: `${left} more may ${may}` };
}

/** Whether a path is worth a word where there is little room for any. */
export const isDetour = (path: LinkStatus['path']): boolean =>
  path === 'stun' || path === 'turn' || path === 'relayed';

/** The state of a link, as a phrase after a name. */
export function linkWords(link: LinkStatus | null): string {
  if (link === null) return 'in this tab';
  const why = link.why === '' ? '' : `: ${link.why}`;
  const trip = link.roundTripMs === null ? '' : `, round trip ${latency(link.roundTripMs)}`;
  switch (link.state) {
    case 'up':
      return `connected${link.path === null ? '' : ` ${pathWords[link.path]}`}${trip}`;
    case 'connecting':
      return `connecting${why}`;
    case 'suspect':
      if (link.deviceAnswers) return 'silent, but its device answers: slow, not dead';
      return `silent${why === '' ? ': a sleeping phone or a dead network' : why}`;
    case 'down':
      return `not connected${why}`;
  }
}

export const linkTones: Readonly<Record<LinkStatus['state'], 'ok' | 'unknown' | 'fail'>> = {
  up: 'ok',
  connecting: 'unknown',
  suspect: 'unknown',
  down: 'fail',
};

const percent = (share: number) => `${Math.round(share * 100)} %`;

/** `sends nothing, 200 ms late, loses 5 %`; empty when the link is as the network made it. */
export function faultWords(fault: LinkFaultView): string {
  const parts: string[] = [];
  if (fault.cut === 'both') parts.push('cut both ways');
  if (fault.cut === 'out') parts.push('sends nothing');
  if (fault.cut === 'in') parts.push('hears nothing');
  if (fault.delayMs > 0 || fault.jitterMs > 0) {
    parts.push(`${fault.delayMs}${fault.jitterMs > 0 ? ` ± ${fault.jitterMs}` : ''} ms late`);
  }
  if (fault.loss > 0) parts.push(`loses ${percent(fault.loss)}`);
  if (fault.duplicate > 0) parts.push(`doubles ${percent(fault.duplicate)}`);
  if (fault.reorder > 0) parts.push(`reorders ${percent(fault.reorder)}`);
  return parts.join(', ');
}

/** `10:41:07`, in the reader's own zone. */
export function clock(at: number): string {
  return new Date(at).toTimeString().slice(0, 8);
}

/** `just now`, `5 minutes ago`, `2 days ago`. */
export function ago(at: number, now: number): string {
  const minutes = Math.floor((now - at) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${count(minutes, 'minute')} ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${count(hours, 'hour')} ago`;
  return `${count(Math.floor(hours / 24), 'day')} ago`;
}

/** Two letters for a node too small for a name. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const [first = '', second] = words;
  const letters = second === undefined ? [...first].slice(0, 2) : [[...first][0], [...second][0]];
  return letters.join('');
}
