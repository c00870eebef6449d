/** A campaign in several processes finds what it finds in one. */
import { expect, test } from 'vitest';
import { simulateArguments } from '#lib/simulator/arguments.ts';
import { campaign } from '#lib/simulator/campaign.ts';
import { campaignOver } from '#lib/simulator/jobs.ts';

test('two processes that share the seeds come to the same sums and failures as one', async () => {
  const args = ['--protocol', 'raft', '--nodes', '3', '--seeds', '1..201', '--events', '100'];
  args.push('--bug', 'votes-twice-in-a-term');
  const { laboratory, bug, plan } = simulateArguments(args);
  const alone = campaign({ laboratory, bug }, plan, () => undefined);
  const heard: number[] = [];
  const { summaries, cpu } = await campaignOver(2, args, plan, ({ runs }) => heard.push(runs));
  expect(summaries).toEqual(alone);
  expect(summaries.map(({ runs }) => runs)).toEqual([201]);
  expect(heard).toHaveLength(2);
  expect(cpu).toBeGreaterThan(0);
});

test('a process that dies ends the campaign with an error', async () => {
  const { plan } = simulateArguments(['--seeds', '1..2']);
  await expect(campaignOver(1, ['--nodes', '99'], plan, () => undefined)).rejects.toThrow(
    'a process of the campaign ended with 1',
  );
});
