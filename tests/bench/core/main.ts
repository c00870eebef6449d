/**
 * `npm run bench`: what the core costs, in Node on one core, beside an npm peer and the bare language in the same run.
 * Figures are medians of interleaved repetitions, ratios are taken within each repetition before their median.
 *
 *   --repeat 5       repetitions
 *   --commands 40000 commands of each measurement
 *   --only commits   one section: commits, log, codec, signatures
 *   --json           one JSON object instead of the tables
 */
import { parseArgs } from 'node:util';
import { measureCodec } from './codec.ts';
import { measureCommits } from './commits.ts';
import { measureLog } from './log.ts';
import { measureSignatures } from './signatures.ts';

const { values } = parseArgs({
  options: {
    repeat: { type: 'string', default: '5' },
    commands: { type: 'string', default: '40000' },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

/** Everything that can be measured, by name. Each returns rows that print as a table. */
const sections = {
  commits: measureCommits,
  log: measureLog,
  codec: measureCodec,
  signatures: measureSignatures,
};

const options = { repeat: Number(values.repeat), commands: Number(values.commands) };
const results: Record<string, unknown> = {};
for (const [name, measure] of Object.entries(sections)) {
  if (values.only !== undefined && values.only !== name) continue;
  const rows = await measure(options);
  results[name] = rows;
  if (values.json) continue;
  console.log(`\n${name}`);
  console.table(rows);
}
if (values.json) console.log(JSON.stringify(results));
