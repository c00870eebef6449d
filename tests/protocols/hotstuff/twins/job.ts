/** One process of a campaign: is told seeds, plays them, tells what came of it, and ends when it is told nothing more. */
import { playTwins } from './campaign.ts';
import { twinsArguments } from './arguments.ts';

const { among } = twinsArguments(process.argv.slice(2));

process.on('message', (seeds: readonly [number, number]) => {
  process.send?.(playTwins(among, seeds));
});
