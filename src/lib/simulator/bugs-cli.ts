/**
 * `npm run bugs`: plants every classic mistake of a protocol in turn and prints who found it.
 *
 *   --protocol raft     whose mistakes
 *   --only NAME         one of them
 *   --seconds 60        how long a mistake may hide
 *   --json              one JSON list instead of a table
 */
import { bugsArguments, runCommand } from './arguments.ts';
import { hunt, type Hunt } from './bug-lab.ts';
import { shortIds } from './story.ts';

function main(): number {
  const { laboratory, bugs, secondsMax, json } = bugsArguments(process.argv.slice(2));
  const hunts: Hunt[] = [];
  for (const bug of bugs) {
    const clock = () => performance.now() / 1e3;
    const found = hunt({ laboratory, bug, secondsMax, seedsMax: Infinity, clock });
    hunts.push(found);
    if (!json) console.log(lineOf(found));
  }
  const survivors = hunts.filter(({ killedBy }) => killedBy === null);
  if (json) console.log(JSON.stringify(hunts));
  else console.log(summaryOf(hunts.length, survivors));
  return survivors.length > 0 ? 1 : 0;
}

function lineOf({ bug, killedBy, by, seeds, events, seconds }: Hunt): string {
  const spent = `${seeds} seeds, ${events} events, ${seconds.toFixed(2)} s`;
  const name = bug.padEnd(32);
  if (killedBy === null) return `${name} SURVIVED ${spent}`;
  return `${name} ${killedBy.id.padEnd(4)} ${spent}; ${by}: ${shortIds(killedBy.text)}`;
}

function summaryOf(count: number, survivors: readonly Hunt[]): string {
  const names = survivors.map(({ bug }) => bug).join(', ');
  const killed = `${count - survivors.length} of ${count} killed`;
  return survivors.length === 0 ? killed : `${killed}; survived: ${names}`;
}

await runCommand(main);
