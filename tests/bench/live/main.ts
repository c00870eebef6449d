/**
 * `npm run bench:live`: what a commit between real tabs takes, beside what its parts and the bare platform take in the
 * same tabs and the same run. Latencies are medians in ms over interleaved repetitions.
 *
 *   --protocol raft  of which protocols; all unless told
 *   --n 3,5          sizes of the room, where the protocol runs with so few; 3 and 5 of Raft, 4 of the others unless told
 *   --mesh 31        what it costs to form a full mesh of so many tabs, beside bare simple-peer, and nothing else
 *   --ms 2000        how long each measurement runs
 *   --repeat 5       repetitions, of which the median counts
 *   --screens        draw the room on every tab meanwhile; without it only the replicas work, as in hidden tabs
 *   --json           one JSON object at the end instead of the table
 */
import { parseArgs } from 'node:util';
import { protocols, type ProtocolName } from '#protocols/registry.ts';
import { ServerProcess } from '../../setup/server-process.ts';
import { connect } from './floor.ts';
import { hotstuff } from './hotstuff.ts';
import { mesh } from './mesh/main.ts';
import { pbft } from './pbft.ts';
import { raft } from './raft.ts';
import type { Row, Section } from './rounds.ts';
import { leaderOf, load, openTabs } from './tabs.ts';

const { values } = parseArgs({
  options: {
    protocol: { type: 'string', default: 'raft,pbft,hotstuff' },
    n: { type: 'string', default: '' },
    mesh: { type: 'string', default: '' },
    ms: { type: 'string', default: '2000' },
    repeat: { type: 'string', default: '5' },
    screens: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const sections = { raft, pbft, hotstuff } as const satisfies Partial<Record<ProtocolName, Section>>;
type Benched = keyof typeof sections;
const benched = Object.keys(sections) as Benched[];

/** One room of `n` tabs, measured so often. */
async function room(url: string, protocol: Benched, n: number): Promise<Row> {
  const section = sections[protocol];
  const tabs = await openTabs(url, n, protocol);
  await connect(tabs.pages);
  await section.prepare(tabs);
  for (const page of tabs.pages) {
    await page.evaluate((screens) => synod.screen?.show(screens), values.screens);
  }
  await load(await leaderOf(tabs), { inFlight: 16, durationMs: 1_000, prefix: 'warm' });
  const row = await section.run(tabs, {
    ms: Number(values.ms),
    repeat: Number(values.repeat),
    done: (round) => {
      if (values.json) return;
      console.log(`${protocol}, n = ${n}: repetition ${round} of ${values.repeat} done`);
    },
  });
  await tabs.close();
  return row;
}

interface Result {
  /** Protocol, or `mesh`. */
  readonly of: string;
  readonly n: number;
  readonly row: Row;
}

async function meshes(url: string): Promise<Result[]> {
  const results: Result[] = [];
  const said = (line: string): void => {
    if (!values.json) console.log(line);
  };
  const options = { repeat: Number(values.repeat), screens: values.screens, said };
  for (const n of values.mesh.split(',').map(Number)) {
    results.push({ of: 'mesh', n, row: await mesh(url, n, options) });
  }
  return results;
}

async function rooms(url: string): Promise<Result[]> {
  const results: Result[] = [];
  for (const protocol of benched.filter((name) => values.protocol.split(',').includes(name))) {
    const asked = values.n === '' ? sections[protocol].n : values.n.split(',').map(Number);
    for (const n of asked.filter((n) => n >= protocols[protocol].votersMin)) {
      results.push({ of: protocol, n, row: await room(url, protocol, n) });
    }
  }
  return results;
}

async function main(): Promise<void> {
  const server = await ServerProcess.start();
  const results = await (values.mesh === '' ? rooms : meshes)(server.url);
  await server.stop();
  if (values.json) {
    return console.log(JSON.stringify(results.map(({ row, ...what }) => ({ ...what, ...row }))));
  }
  for (const { of, n, row } of results) {
    console.log(`\n  ${of}, n = ${n}`);
    for (const [key, value] of Object.entries(row)) {
      console.log(`  ${key.padEnd(32)} ${Number(value.toFixed(3))}`);
    }
  }
}

await main();
