/** What the evidence of some rooms amounts to, in figures: how much was looked at, and how much was not seen. */
import type { Evidence } from './probe/types.ts';
import type { Report } from './report.ts';

const sum = (all: readonly Evidence[], of: (one: Evidence) => number): number =>
  all.reduce((total, one) => total + of(one), 0);

export function figuresOf(rooms: readonly (readonly Evidence[])[], report: Report): void {
  const all = rooms.flat();
  report.figure(
    'writes acknowledged',
    sum(all, ({ acks }) => acks.length),
  );
  report.figure(
    'terms with a leader',
    sum(all, ({ led }) => led.length),
  );
  const sent = sum(all, ({ votesSent }) => votesSent.length);
  const kept = sum(all, ({ votesKept }) => votesKept.length);
  report.figure('votes', `${sent} left a worker, ${kept} on the disks`);
  const committed = sum(all, ({ commitIndex }) => commitIndex);
  const applied = sum(all, (one) => one.applied.length);
  const share = ((100 * applied) / committed).toFixed(1);
  report.figure('applied entries seen in traces', `${applied} of ${committed} (${share} %)`);
  const seen = sum(all, ({ events }) => events.seen);
  const missing = sum(all, ({ events }) => events.missing);
  report.figure('trace events', `${seen} seen, ${missing} dropped`);
}
