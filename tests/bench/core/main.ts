/**
 * `npm run bench`: what core and simulator cost, in Node on one core, beside an npm peer and the bare language.
 * Figures are medians of interleaved repetitions, ratios are taken within each repetition before their median.
 *
 * All subjects of `commits` get the same requests in the same closed loop, travel by plain function calls, write at once,
 * and execute in services of their own. This core and its peer do all that Raft asks; this core takes snapshots too. The
 * peer is plain JavaScript; this core comes through tsx, which names a function within a function each time it is made.
 *
 *   --repeat 5       repetitions
 *   --commands 40000 commands of each measurement; where Ed25519 signs, a decision for each 100, or 400 if in batches
 *   --only commits   one section of: commits, log, codec, pbft, hotstuff, pbft-signatures, hotstuff-signatures, simulator,
 *                    signatures, certificates
 *   --json           one JSON object instead of the tables
 */
import { parseArgs } from 'node:util';
import { measureCertificates } from './certificates.ts';
import { measureCodec } from './codec.ts';
import { measureCommits } from './commits.ts';
import { measureLog } from './log.ts';
import { measureHotStuff, measurePbft } from './decisions.ts';
import { measureHotStuffSignatures, measurePbftSignatures } from './decision-signatures.ts';
import { measureSimulator } from './simulator.ts';
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
  pbft: measurePbft,
  hotstuff: measureHotStuff,
  'pbft-signatures': measurePbftSignatures,
  'hotstuff-signatures': measureHotStuffSignatures,
  simulator: measureSimulator,
  signatures: measureSignatures,
  certificates: measureCertificates,
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
