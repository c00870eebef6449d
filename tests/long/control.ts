/**
 * What a starved machine alone would do: a worker of each tab that does nothing but tell its page, every 50 ms, that it
 * lives. A heartbeat takes that way too, so an election right after this fell silent is the machine's, not ours.
 */
import type { Tab } from './tab.ts';

const tickMs = 50;
/** Silence of the control that can cost an election: the shortest timeout is 300 ms, and a heartbeat is 50 ms old. */
const stallMsMin = 150;
/** How long before the election is seen the silence may have ended. */
const effectMs = 1_000;

/** A silence of the control, by the wall clock. */
interface Stall {
  readonly endedAt: number;
  readonly ms: number;
}

interface ControlledPage {
  stalls: Stall[];
}

export async function startControl(tab: Tab): Promise<void> {
  await tab.inPage(
    (page, ms, longest) => {
      const stalls: Stall[] = ((page as unknown as ControlledPage).stalls = []);
      const program = `setInterval(() => postMessage(0), ${ms})`;
      const worker = new Worker(URL.createObjectURL(new Blob([program])));
      let before = Date.now();
      worker.onmessage = () => {
        const now = Date.now();
        if (now - before >= longest) stalls.push({ endedAt: now, ms: now - before });
        before = now;
      };
    },
    tickMs,
    stallMsMin,
  );
}

const stallsOf = (tab: Tab): Promise<Stall[]> =>
  tab.inPage((page) => (page as unknown as ControlledPage).stalls);

/** The elections since `since`, by the wall clock, and those that a silence of any tab's control explains; in words. */
export async function electionsInWords(tabs: readonly Tab[], since: number): Promise<string> {
  const stalls = (await Promise.all(tabs.map(stallsOf))).flat();
  const sightings = await Promise.all(
    tabs.map((tab) => tab.inPage(({ probe }) => probe.sightings())),
  );
  const seenAt = new Map<number, number>();
  for (const { term, seenAt: at } of sightings.flat()) {
    seenAt.set(term, Math.min(at, seenAt.get(term) ?? at));
  }
  const elections = [...seenAt.values()].filter((at) => at >= since);
  const explained = elections.filter((at) =>
    stalls.some(({ endedAt, ms }) => endedAt - ms <= at && endedAt >= at - effectMs),
  );
  const silences = `${stalls.length} silences of ${stallMsMin} ms or more`;
  return `${elections.length}, ${explained.length} of them at one of ${silences} of the controls`;
}
