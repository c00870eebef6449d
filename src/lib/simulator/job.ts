/** One process of a campaign: is told seeds, runs them, tells what came of it, and ends when it is told nothing more. */
import { simulateArguments } from './arguments.ts';
import { campaign } from './campaign.ts';
import type { Portion, Share } from './jobs.ts';

const { laboratory, bug, plan, checkers } = simulateArguments(process.argv.slice(2));
let before = process.cpuUsage();

process.on('message', ({ nodes, seeds }: Portion) => {
  const options = { laboratory, bug, ...(checkers && { checkers }) };
  const summaries = campaign(options, { ...plan, nodes: [nodes], seeds }, () => undefined);
  const { user, system } = process.cpuUsage(before);
  before = process.cpuUsage();
  for (const summary of summaries) {
    process.send?.({ summary, cpu: (user + system) / 1e6 } satisfies Share);
  }
});
