/** What `npm run twins` is told on its command line. */
import { integer, oneOf, parsed, range, text } from '#lib/simulator/arguments.ts';
import { casts, type Cast } from './campaign.ts';

export interface TwinsArguments {
  readonly protocol: keyof typeof casts;
  readonly among: readonly Cast[];
  readonly seeds: readonly [first: number, last: number];
  readonly jobs: number;
}

/** @throws BadArguments if they make no sense */
export function twinsArguments(args: readonly string[]): TwinsArguments {
  const values = parsed(args, { protocol: 'hotstuff', seeds: '1..10000', jobs: '1' });
  const names = Object.keys(casts) as (keyof typeof casts)[];
  const protocol = oneOf('--protocol', text(values, 'protocol'), names);
  return {
    protocol,
    among: casts[protocol],
    seeds: range('--seeds', text(values, 'seeds')),
    jobs: integer('--jobs', text(values, 'jobs'), 1, 64),
  };
}
