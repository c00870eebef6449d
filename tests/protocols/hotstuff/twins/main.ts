/**
 * `npm run twins`: sampled scenarios of Twins, four replicas and a fifth of one's identity, 8 to 12 views, on a rule set
 * of HotStuff. Exit status 1 if honest replicas ever committed different blocks.
 *
 *   --protocol hotstuff   or basichotstuff, or jolteon
 *   --seeds 1..10000      each seed is one scenario
 *   --jobs 2              in how many processes
 */
import { runCommand } from '#lib/simulator/arguments.ts';
import { workOver } from '#lib/simulator/jobs.ts';
import { twinsArguments } from './arguments.ts';
import { emptyTally, type Tally } from './campaign.ts';

const portionSeeds = 5_000;
const worker = new URL('job.ts', import.meta.url);

function* portionsOf([first, last]: readonly [number, number]): Generator<
  readonly [number, number],
  void
> {
  for (let seed = first; seed <= last; seed += portionSeeds) {
    yield [seed, Math.min(last, seed + portionSeeds - 1)];
  }
}

await runCommand(async () => {
  const args = process.argv.slice(2);
  const { protocol, seeds, jobs } = twinsArguments(args);
  const begun = performance.now();
  const sum = emptyTally();
  await workOver<readonly [number, number], Tally>(
    { jobs, worker, args },
    portionsOf(seeds),
    (more) => {
      sum.scenarios += more.scenarios;
      sum.commits += more.commits;
      sum.divergences.push(...more.divergences);
      const so = sum.divergences.length === 0 ? '' : `, ${sum.divergences.length} diverged`;
      console.error(`${sum.scenarios} of ${seeds[1] - seeds[0] + 1} scenarios${so}`);
    },
  );
  const seconds = (performance.now() - begun) / 1_000;
  const { scenarios, commits, divergences } = sum;
  console.log(
    `${protocol}: ${scenarios} scenarios, ${commits} with a commit, ${divergences.length} divergences; ` +
      `${seconds.toFixed(1)} s, ${Math.round(scenarios / seconds)} a second`,
  );
  const firsts = divergences.sort((a, b) => a - b).slice(0, 10);
  if (firsts.length > 0) console.log(`diverged with seeds ${firsts.join(', ')}`);
  return firsts.length > 0 ? 1 : 0;
});
