/**
 * Slow, not dead: what was measured of a seat that is late. Its own tab says how late it runs, its browser warns before
 * it lets it sleep, and of a page that says nothing the network stack of its device may still answer. Where none of
 * these speaks, nobody knows, and nothing is claimed.
 */
import type { LinkStatus } from '../mesh/transport.ts';
import type { TabPace } from '../room/messages.ts';

export interface Slowness {
  /**
   * - `late`: by its own measure, messages reach it late
   * - `asleep`: its browser said that it stops it
   * - `silent`: its page says nothing, and its device still answers
   */
  readonly why: 'late' | 'asleep' | 'silent';
  /** How late, or for how long it has said nothing, in ms. */
  readonly ms: number;
}

/** From this lag on a tab runs late: a third of the shortest election timeout of phones on Wi-Fi, twice. */
export const lateMsMin = 1_000;

export function slownessOf(heard: {
  readonly pace: TabPace | null;
  readonly stale: boolean;
  readonly heardAgoMs: number | null;
  readonly link: LinkStatus | null;
}): Slowness | null {
  const { pace, stale, heardAgoMs, link } = heard;
  const silentMs = heardAgoMs ?? 0;
  if (pace?.presence === 'frozen') return { why: 'asleep', ms: silentMs };
  if (stale) return link?.deviceAnswers ? { why: 'silent', ms: silentMs } : null;
  return pace && pace.lagMs >= lateMsMin ? { why: 'late', ms: pace.lagMs } : null;
}

/** `4.2 s`. */
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** What is worth a line of the event list when a tab tells how it runs; `null`: nothing. */
export function paceNews(
  who: string,
  before: TabPace | null,
  after: TabPace | null,
): string | null {
  if (!after) return null;
  if (after.presence === 'frozen' && before?.presence !== 'frozen') {
    return `${who}'s browser puts its tab to sleep: it will be slow, not dead`;
  }
  if (before && after.sleeps > before.sleeps) {
    return `${who}'s tab stood still for ${seconds(after.sleptMs)} and goes on: it was slow, not dead`;
  }
  if (after.lagMs >= lateMsMin && (before?.lagMs ?? 0) < lateMsMin) {
    return `${who}'s tab is slow: messages reach it ${seconds(after.lagMs)} late`;
  }
  return null;
}
