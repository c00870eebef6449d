/** Chooses a long check and runs it. */
import { parseArgs } from 'node:util';
import { profiles, type ProfileName } from '#protocols/core/timing.ts';
import { away } from './away.ts';
import { protocolNames, type ProtocolName } from '#protocols/registry.ts';
import { blocks } from './blocks.ts';
import { closedTab } from './closed-tab.ts';
import { fuzz } from './fuzz.ts';
import { hidden } from './hidden.ts';
import { names } from './browser.ts';
import { kills } from './kills.ts';
import { leaderCrash } from './leader-crash.ts';
import { lies } from './lies.ts';
import { partition } from './partition.ts';
import { Report } from './report.ts';
import { soak } from './soak.ts';
import { tabs } from './tabs.ts';

export interface LongOptions {
  /** Tries, kills or rounds; `null`: as many as the check is meant for. */
  readonly runs: number | null;
  readonly profile: ProfileName;
  readonly seed: number;
  readonly minutes: number;
  readonly protocol: ProtocolName;
  readonly tabs: number;
}

const checks: Readonly<Record<string, (options: LongOptions, report: Report) => Promise<void>>> = {
  'leader-crash': leaderCrash,
  kills,
  hidden,
  partition,
  away,
  soak,
  fuzz,
  'closed-tab': closedTab,
  blocks,
  tabs,
  lies,
};

const tabsMax = names.length;
const tabsUsual = 16;

const usage = `Usage: npm run long -- <name> [options]

  leader-crash  crash the leader's worker again and again (--runs 100)
  kills         kill and restart workers at random under load (--runs 1000)
  hidden        lead from a hidden tab of a real window (--minutes 6)
  partition     cut and disturb links at random under load (--runs 60)
  soak          a thousand rooms of eight scripted members at one server, round after round (--runs 4)
  fuzz          malformed messages at the door, and hostile frames into hosts of Raft, PBFT and HotStuff (--runs 1000000)
  away          devices without network, asleep or frozen for a minute each (--runs 6)
  closed-tab    close one of four tabs and go on writing (--protocol hotstuff --minutes 5)
  blocks        count the messages of 100 decisions, and of PBFT's (--protocol hotstuff --tabs 16)
  tabs          have a room as large as rooms get decide (--protocol raft --tabs 31 --profile wifi)
  lies          have one of four lie, in every way of the menu in turn (--protocol hotstuff)

  --runs N  --seed N  --minutes N  --profile fast|wifi|lecture
  --protocol ${protocolNames.join('|')}  --tabs N`;

function optionsOf(values: Readonly<Record<string, string | undefined>>): LongOptions | null {
  const number = (text: string | undefined): number | null =>
    text === undefined ? null : Number(text);
  const runs = number(values['runs']);
  const seed = number(values['seed']) ?? Date.now() % 2 ** 31;
  const minutes = number(values['minutes']) ?? 6;
  const profile = values['profile'] ?? 'fast';
  const protocol = protocolNames.find((name) => name === (values['protocol'] ?? 'hotstuff'));
  const tabs = number(values['tabs']) ?? tabsUsual;
  if (!Object.hasOwn(profiles, profile) || !protocol) return null;
  if (!Number.isInteger(tabs) || tabs < 1 || tabs > tabsMax) return null;
  const positive = [runs ?? 1, minutes].every((n) => Number.isFinite(n) && n > 0);
  if (!positive || !Number.isInteger(seed)) return null;
  return { runs, seed, minutes, profile: profile as ProfileName, protocol, tabs };
}

function chosen(): { name: string; options: LongOptions } | null {
  const text = { type: 'string' } as const;
  const counted = { runs: text, seed: text, minutes: text, tabs: text };
  const known = { ...counted, profile: text, protocol: text };
  try {
    const { values, positionals } = parseArgs({ options: known, allowPositionals: true });
    const [name = ''] = positionals;
    const options = optionsOf(values);
    return options && Object.hasOwn(checks, name) ? { name, options } : null;
  } catch {
    return null;
  }
}

async function main(): Promise<boolean> {
  const order = chosen();
  const check = checks[order?.name ?? ''];
  if (!order || !check) {
    console.log(usage);
    return false;
  }
  const report = new Report();
  report.figure('check', `${order.name}, seed ${order.options.seed}`);
  try {
    await check(order.options, report);
  } catch (error) {
    const problems = [error instanceof Error ? (error.stack ?? error.message) : String(error)];
    report.verdict({ title: 'it came to its end', looked: 1, problems });
  }
  return report.end();
}

process.exit((await main()) ? 0 : 1);
