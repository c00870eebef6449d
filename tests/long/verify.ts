/** Holds what the tabs of one room gathered to what Raft promises. Pure, so that it can be shown to bite. */
import type { Evidence, Row, Vote } from './probe/types.ts';
import type { Verdict } from './report.ts';

const short = (replica: string): string => replica.slice(0, 6);

/** `all` tabs' evidence, gathered after every fault was healed, every replica ran and nothing was under way. */
export function verify(all: readonly Evidence[]): Verdict[] {
  return [
    acknowledged(all),
    executedOnce(all),
    sameLog(all),
    appliedPrefix(all),
    storeOfLog(all),
    oneVote(all),
    keptVotes(all),
    keptEntries(all),
    oneLeader(all),
    everyAnswer(all),
    noComplaint(all),
  ];
}

/** The longest committed log: the others' must be prefixes of it. */
function longest(all: readonly Evidence[]): readonly Row[] {
  const [first] = [...all].sort((a, b) => b.commitIndex - a.commitIndex);
  return first?.log.slice(0, first.commitIndex) ?? [];
}

function acknowledged(all: readonly Evidence[]): Verdict {
  const problems: string[] = [];
  let looked = 0;
  for (const { key, value, index } of all.flatMap(({ acks }) => acks)) {
    for (const { replica, log, commitIndex } of all) {
      looked++;
      const row = log[index - 1];
      if (index <= commitIndex && row?.key === key && row.value === value) continue;
      problems.push(`${short(replica)} does not hold ${key}=${value} at ${index}`);
    }
  }
  const title = 'every acknowledged write stands at its index on every replica';
  return { title, looked, problems };
}

/** A request may stand in the log twice, retried; it was executed, and answered, where it stands first. */
function executedOnce(all: readonly Evidence[]): Verdict {
  const problems: string[] = [];
  const first = new Map<string, number>();
  const owner = new Map<string, string>();
  for (const [i, { client, seq, value }] of longest(all).entries()) {
    if (client === null) continue;
    const request = `${client} ${seq}`;
    if (!first.has(value)) first.set(value, i + 1);
    if ((owner.get(value) ?? request) !== request) problems.push(`${value} has two requests`);
    owner.set(value, request);
  }
  const acks = all.flatMap((evidence) => evidence.acks);
  for (const { value, index } of acks) {
    const place = first.get(value);
    if (place !== index) problems.push(`${value} answered at ${index}, stands first at ${place}`);
  }
  const title = 'every write is executed once, where it was acknowledged';
  return { title, looked: acks.length, problems };
}

const asText = ({ term, client, seq, key, value }: Row): string =>
  JSON.stringify([term, client, seq, key, value]);

function sameLog(all: readonly Evidence[]): Verdict {
  const problems: string[] = [];
  const expected = longest(all).map(asText);
  let looked = 0;
  for (const { replica, log, commitIndex } of all) {
    for (let i = 0; i < commitIndex; i++) {
      looked++;
      const row = log[i];
      if (row && asText(row) === expected[i]) continue;
      problems.push(`${short(replica)} differs at ${i + 1}`);
    }
  }
  return { title: 'all logs agree up to what is committed', looked, problems };
}

/** What any life of a replica ever applied, or showed as committed, is in the longest log. */
function appliedPrefix(all: readonly Evidence[]): Verdict {
  const problems: string[] = [];
  const log = longest(all);
  let looked = 0;
  for (const { replica, applied, positions, contradictions } of all) {
    problems.push(...contradictions.map((text) => `${short(replica)}: ${text}`));
    for (const [index, value] of applied) {
      looked++;
      const row = log[index - 1];
      if (row && (row.client === null ? null : row.value) === value) continue;
      problems.push(`${short(replica)} applied ${value} at ${index}, not ${row?.value}`);
    }
    for (const [index, term] of positions) {
      looked++;
      if (log[index - 1]?.term === term) continue;
      problems.push(`${short(replica)} had committed ${index} of term ${term}`);
    }
  }
  const title = "every replica's applied sequence is a prefix of the longest";
  return { title, looked, problems };
}

function storeOfLog(all: readonly Evidence[]): Verdict {
  const problems: string[] = [];
  const executed = new Set<string>();
  const state = new Map<string, string>();
  for (const { client, seq, key, value } of longest(all)) {
    if (client === null || executed.has(`${client} ${seq}`)) continue;
    executed.add(`${client} ${seq}`);
    state.set(key, value);
  }
  let looked = 0;
  for (const { replica, store, storeTotal } of all) {
    if (storeTotal !== state.size) {
      problems.push(`${short(replica)} has ${storeTotal} keys, not ${state.size}`);
    }
    for (const [key, value] of store) {
      looked++;
      if (state.get(key) === value) continue;
      problems.push(`${short(replica)} has ${key}=${value}, not ${state.get(key)}`);
    }
  }
  return { title: "every replica's store is what the log says", looked, problems };
}

function oneVote(all: readonly Evidence[]): Verdict {
  const problems: string[] = [];
  let looked = 0;
  for (const { replica, votesSent, votesKept } of all) {
    const given = new Map<number, string>();
    for (const [term, candidate] of [...votesKept, ...votesSent]) {
      looked++;
      const before = given.get(term) ?? candidate;
      if (before !== candidate) {
        const both = `${short(before)} and ${short(candidate)}`;
        problems.push(`${short(replica)} voted in term ${term} for ${both}`);
      }
      given.set(term, before);
    }
  }
  return { title: 'no replica votes twice in a term (sent, and on the disk)', looked, problems };
}

function keptVotes(all: readonly Evidence[]): Verdict {
  const problems: string[] = [];
  let looked = 0;
  for (const { replica, votesSent, votesKept } of all) {
    const nameOf = ([term, candidate]: Vote): string => `${term} for ${short(candidate)}`;
    const kept = new Set(votesKept.map(nameOf));
    for (const vote of votesSent) {
      looked++;
      if (kept.has(nameOf(vote))) continue;
      problems.push(`${short(replica)} sent a vote in term ${nameOf(vote)} without keeping it`);
    }
  }
  return { title: 'every vote that left a worker is on its disk', looked, problems };
}

/** Looked at whenever a disk is read, above all after each kill. */
function keptEntries(all: readonly Evidence[]): Verdict {
  const problems = all.flatMap(({ replica, promises }) =>
    promises.broken.map((text) => `${short(replica)}: ${text}`),
  );
  const looked = all.reduce((sum, { promises }) => sum + promises.looked, 0);
  return { title: 'every entry that a follower acknowledged is on its disk', looked, problems };
}

function oneLeader(all: readonly Evidence[]): Verdict {
  const problems: string[] = [];
  const leaders = new Map<number, string>();
  for (const { replica, led } of all) {
    for (const term of led) {
      const other = leaders.get(term);
      if (other) problems.push(`${short(other)} and ${short(replica)} led term ${term}`);
      leaders.set(term, replica);
    }
  }
  return { title: 'at most one leader in a term', looked: leaders.size, problems };
}

function everyAnswer(all: readonly Evidence[]): Verdict {
  const problems: string[] = [];
  let looked = 0;
  for (const { replica, submitted, acks, refusals } of all) {
    looked += submitted;
    const open = submitted - acks.length - refusals.length;
    if (open > 0) problems.push(`${open} writes of ${short(replica)} were never answered`);
    problems.push(...refusals.map((error) => `a write of ${short(replica)} gave ${error}`));
  }
  return { title: 'every write is answered in the end', looked, problems };
}

function noComplaint(all: readonly Evidence[]): Verdict {
  const problems = all.flatMap(({ replica, complaints }) =>
    complaints.map((text) => `${short(replica)}: ${text}`),
  );
  const title = 'nothing halted, nothing was refused, no assumption broke';
  return { title, looked: all.length, problems };
}

/** One list for several rooms: the same titles, with all their problems. */
export function merged(lists: readonly (readonly Verdict[])[]): Verdict[] {
  const byTitle = new Map<string, Verdict>();
  for (const { title, looked, problems } of lists.flat()) {
    const before = byTitle.get(title);
    const all = [...(before?.problems ?? []), ...problems];
    byTitle.set(title, { title, looked: looked + (before?.looked ?? 0), problems: all });
  }
  return [...byTitle.values()];
}
