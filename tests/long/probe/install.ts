/** The probe as one script, to run in a page before the page's own. */
import { readJournals } from './journal.ts';
import type { Probe, ProbedPage } from './types.ts';
import { watchSession } from './watch.ts';
import { tapWire } from './wire-tap.ts';
import { installWriter } from './writer.ts';

function installProbe(): void {
  const page = globalThis as unknown as ProbedPage;
  const probe: Probe = {
    attach() {
      page.watch.attach();
      page.writer.attach();
    },
    status() {
      const { submitted, acks, refusals } = page.writer;
      return { ...page.watch.status(), submitted, answered: acks.length + refusals.length };
    },
    crash() {
      const before = page.watch.status().condition;
      page.synod.screen?.session.crash();
      return { at: Date.now(), before };
    },
    readJournal: () => page.journal.read(),
    write: (options) => page.writer.start(options),
    stopWriting: () => page.writer.stop(),
    leaderAbove: (term, ms) => page.watch.leaderAbove(term, ms),
    heartbeats: () => page.watch.heartbeats(),
    evidence() {
      const { self: replica, led, votesSent, contradictions, complaints } = page.gathered;
      const { submitted, acks, refusals } = page.writer;
      const { log, votesKept } = page.journal;
      const refused = page.synod.screen?.session.refused ?? new Map<string, number>();
      const atDoor = [...refused].map(([from, count]) => `${count} refused of ${from}`);
      return {
        ...page.watch.fold,
        ...{ replica, submitted, acks, refusals, contradictions, log, votesKept },
        led: [...led],
        votesSent: [...votesSent.values()],
        complaints: [...complaints, ...atDoor],
      };
    },
  };
  Object.assign(page, { probe });
}

const parts = [tapWire, readJournals, watchSession, installWriter, installProbe];

/** `__name` is what our loader's compiler calls in functions to keep their names. */
export const probeScript = [
  'globalThis.__name = (value) => value;',
  ...parts.map((part) => `(${String(part)})();`),
].join('\n');
