/**
 * `npm run simulate`: a cluster under a virtual clock, with everything going wrong that a seed can think of, and every
 * invariant of the protocol held against every step.
 *
 *   --protocol raft     whose cluster
 *   --nodes 3,5         sizes of the cluster, one after the other
 *   --seeds 1..500      each seed is one run
 *   --events 20000      how long a run is, or in liveness its storm
 *   --mode safety       faults for ever; `liveness`: a core is healed and must come to rest
 *   --outsiders away    in liveness, whoever is not healed is down or cut off; without it some can still speak or hear;
 *                       `crashed`: f are down, and seeds on end go through every placement of them
 *   --bug NAME          a planted mistake in place of the honest protocol
 *   --script FILE       plays a script instead of seeds
 *   --save FILE         writes the script of the first failure there
 *   --liars 2           how many machines lie; without it, as many as the protocol tolerates, or fewer
 *   --jobs 2            in how many processes
 *   --switches A,B      what the protocol offers and is off without it
 *   --checkers off      to see what they cost
 *   --json              one JSON object instead of text
 */
import { readFileSync, writeFileSync } from 'node:fs';
import * as v from 'valibot';
import { scriptSchema, type Script } from '#protocols/core/schedule.ts';
import {
  BadArguments,
  bugNamed,
  runCommand,
  simulateArguments,
  type SimulateArguments,
} from './arguments.ts';
import { campaign, explainFirst, replay } from './campaign.ts';
import { campaignOver } from './jobs.ts';
import { figuresOf, reportOf, type Spent } from './report.ts';
import type { Summary } from './summary.ts';

const reportEveryMs = 3_000;

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  const told = simulateArguments(args);
  const begun = spent({ cpu: 0, wall: 0 });
  const ran = await run(told, args);
  const { summaries } = ran;
  const { cpu, wall } = spent(begun);
  const took = { cpu: cpu + ran.cpu, wall };
  const failure = summaries.flatMap(({ failures }) => failures)[0];
  if (told.save !== null && failure?.script) {
    writeFileSync(told.save, `${JSON.stringify(failure.script, null, 2)}\n`);
  }
  if (told.json) console.log(JSON.stringify(figuresOf(told, summaries, took)));
  else console.log(reportOf(told, summaries, took));
  return failure ? 1 : 0;
}

/** What came of it, and the seconds of processor time that other processes took. */
async function run(
  told: SimulateArguments,
  args: readonly string[],
): Promise<{ readonly summaries: readonly Summary[]; readonly cpu: number }> {
  const { laboratory, bug, plan, checkers, script, jobs } = told;
  if (script !== null) return { summaries: [runFile(told, script)], cpu: 0 };
  const options = { laboratory, bug, ...(checkers && { checkers }) };
  const ran =
    jobs === 1
      ? { summaries: campaign(options, plan, reporter(told)), cpu: 0 }
      : await campaignOver(jobs, args, plan, reporter(told));
  for (const summary of ran.summaries) explainFirst(options, plan, summary);
  return ran;
}

/** Says now and then how far it is. */
function reporter({ plan, json }: SimulateArguments): (summary: Summary) => void {
  let reported = Date.now();
  const total = plan.seeds[1] - plan.seeds[0] + 1;
  return ({ nodes, runs, events, failures }) => {
    if (json || Date.now() - reported < reportEveryMs) return;
    reported = Date.now();
    const failed = failures.length > 0 ? `, ${failures.length} failed` : '';
    console.error(`${nodes} nodes: ${runs} of ${total} seeds, ${events} events${failed}`);
  };
}

function runFile({ laboratory, bug, checkers }: SimulateArguments, file: string): Summary {
  const script = readScript(file);
  const planted = script.bug === null ? bug : (bug ?? bugNamed(laboratory, script.bug));
  return replay({ laboratory, bug: planted, ...(checkers && { checkers }) }, script);
}

function readScript(file: string): Script {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new BadArguments(`${file} cannot be read as JSON: ${(error as Error).message}`);
  }
  const checked = v.safeParse(scriptSchema, value);
  if (checked.success) return checked.output;
  const [issue] = checked.issues;
  const place = v.getDotPath(issue) ?? 'the whole';
  throw new BadArguments(`${file} is no script: ${place}: ${issue.message}`);
}

/** Seconds since `begun`: of all processor time, and of the clock on the wall. */
function spent(begun: Spent): Spent {
  const { user, system } = process.cpuUsage();
  return { cpu: (user + system) / 1e6 - begun.cpu, wall: performance.now() / 1e3 - begun.wall };
}

await runCommand(main);
