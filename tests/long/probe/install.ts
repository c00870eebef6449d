/** The probe, in a page before the page's own scripts: `script.ts` makes one file of it. */
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
    sightings: () => page.watch.sightings(),
    heartbeats: () => page.watch.heartbeats(),
    async evidence() {
      const { self: replica, contradictions, complaints } = page.gathered;
      const { submitted } = page.writer;
      const [acks, refusals] = [[...page.writer.acks], [...page.writer.refusals]];
      const { fold } = page.watch;
      const led = [...page.gathered.led];
      const votesSent = [...page.gathered.votesSent.values()];
      // Last: what left, or was committed, before this must be on the disk by now.
      await page.journal.read();
      const { log, votesKept, promises } = page.journal;
      const refused = page.synod.screen?.session.refused ?? new Map<string, number>();
      const atDoor = [...refused].map(([from, count]) => `${count} refused of ${from}`);
      return {
        ...fold,
        ...{
          replica,
          submitted,
          acks,
          refusals,
          contradictions,
          led,
          votesSent,
          votesKept,
          promises,
          log,
        },
        complaints: [...complaints, ...atDoor],
      };
    },
  };
  Object.assign(page, { probe });
}

// What the loader's compiler calls in functions that are sent to the page, to keep their names.
Object.assign(globalThis, { __name: (value: unknown) => value });
tapWire();
readJournals();
watchSession();
installWriter();
installProbe();
