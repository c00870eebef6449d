/** What `npm run simulate` and `npm run bugs` are told on their command lines. */
import { parseArgs } from 'node:util';
import type { Bug } from '#protocols/core/laboratory.ts';
import { switchesProblem } from '#protocols/core/switches.ts';
import { laboratoryNamed, type AnyLaboratory } from '#protocols/laboratory.ts';
import { protocolNames } from '#protocols/registry.ts';
import type { Plan } from './campaign.ts';

/** The command line makes no sense; the message is a sentence that says why. */
export class BadArguments extends Error {}

/** Runs a command to its exit status; a command line that makes no sense is said so, and gives 2. */
export async function runCommand(main: () => number | Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof BadArguments)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}

export interface SimulateArguments {
  readonly laboratory: AnyLaboratory;
  readonly bug: Bug<unknown, unknown, unknown> | null;
  readonly plan: Plan;
  /** `null`: on, unless more lie than the protocol tolerates. */
  readonly checkers: 'on' | 'off' | null;
  /** A file with a script to play instead of seeds. */
  readonly script: string | null;
  /** Where to write the script of the first failure. */
  readonly save: string | null;
  readonly json: boolean;
  /** Processes. */
  readonly jobs: number;
}

export function simulateArguments(args: readonly string[]): SimulateArguments {
  const values = parsed(args, {
    protocol: 'raft',
    nodes: '5',
    seeds: '1..100',
    events: '20000',
    mode: 'safety',
    outsiders: 'meddling',
    bug: '',
    script: '',
    save: '',
    checkers: '',
    liars: '',
    jobs: '1',
    switches: '',
    json: false,
  });
  const laboratory = laboratoryOf(text(values, 'protocol'));
  const { votersMin, votersMax } = laboratory.protocol;
  const nodes = text(values, 'nodes')
    .split(',')
    .map((part) => integer('--nodes', part, votersMin, votersMax));
  return {
    laboratory,
    bug: text(values, 'bug') === '' ? null : bugNamed(laboratory, text(values, 'bug')),
    plan: {
      mode: oneOf('--mode', text(values, 'mode'), ['safety', 'liveness']),
      outsiders: oneOf('--outsiders', text(values, 'outsiders'), ['away', 'meddling', 'crashed']),
      nodes,
      seeds: range('--seeds', text(values, 'seeds')),
      eventsMax: integer('--events', text(values, 'events'), 1, 1e9),
      liars:
        text(values, 'liars') === ''
          ? 'tolerated'
          : integer('--liars', text(values, 'liars'), 0, votersMax),
      switches: switchesNamed(laboratory, text(values, 'switches')),
    },
    checkers:
      text(values, 'checkers') === ''
        ? null
        : oneOf<'on' | 'off'>('--checkers', text(values, 'checkers'), ['on', 'off']),
    script: text(values, 'script') || null,
    save: text(values, 'save') || null,
    json: values['json'] === true,
    jobs: integer('--jobs', text(values, 'jobs'), 1, 64),
  };
}

export interface BugsArguments {
  readonly laboratory: AnyLaboratory;
  readonly bugs: readonly Bug<unknown, unknown, unknown>[];
  readonly secondsMax: number;
  readonly json: boolean;
}

export function bugsArguments(args: readonly string[]): BugsArguments {
  const values = parsed(args, { protocol: 'raft', only: '', seconds: '60', json: false });
  const laboratory = laboratoryOf(text(values, 'protocol'));
  const only = text(values, 'only');
  return {
    laboratory,
    bugs: only === '' ? laboratory.bugs : [bugNamed(laboratory, only)],
    secondsMax: integer('--seconds', text(values, 'seconds'), 1, 86_400),
    json: values['json'] === true,
  };
}

export function laboratoryOf(name: string): AnyLaboratory {
  return laboratoryNamed(oneOf('--protocol', name, protocolNames));
}

export function bugNamed(
  { bugs, protocol }: AnyLaboratory,
  name: string,
): Bug<unknown, unknown, unknown> {
  const bug = bugs.find((candidate) => candidate.name === name);
  if (bug) return bug;
  const names = bugs.map((candidate) => candidate.name).join(', ');
  throw new BadArguments(`${protocol.title} has no planted bug "${name}". There are: ${names}.`);
}

/** @param names with commas between them; empty: none */
function switchesNamed({ protocol }: AnyLaboratory, names: string): string[] {
  const known = protocol.switches.map(({ name }) => name);
  if (names === '') return [];
  if (known.length === 0) throw new BadArguments(`${protocol.title} has no switches.`);
  const on = names.split(',').map((name) => oneOf('--switches', name, known));
  const problem = switchesProblem(on, protocol.switches);
  if (problem) throw new BadArguments(problem);
  return on;
}

type Values = Readonly<Record<string, string | boolean | undefined>>;

export function parsed(
  args: readonly string[],
  defaults: Record<string, string | boolean>,
): Values {
  const options = Object.fromEntries(
    Object.entries(defaults).map(([name, value]) =>
      typeof value === 'string'
        ? [name, { type: 'string' as const, default: value }]
        : [name, { type: 'boolean' as const, default: value }],
    ),
  );
  try {
    return parseArgs({ args: [...args], options }).values as Values;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw new BadArguments(`${reason}.`, { cause: error });
  }
}

export function text(values: Values, name: string): string {
  return String(values[name]);
}

export function integer(option: string, value: string, min: number, max: number): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= min && number <= max) return number;
  throw new BadArguments(`${option} takes integers from ${min} to ${max}, not "${value}".`);
}

export function range(option: string, value: string): readonly [number, number] {
  const [, first = '', last = first] = /^(\d{1,15})(?:\.\.(\d{1,15}))?$/.exec(value) ?? [];
  if (first === '' || Number(first) > Number(last)) {
    throw new BadArguments(`${option} takes a number or a range like 1..500, not "${value}".`);
  }
  return [Number(first), Number(last)];
}

export function oneOf<T extends string>(option: string, value: string, known: readonly T[]): T {
  const found = known.find((name) => name === value);
  if (found !== undefined) return found;
  throw new BadArguments(`${option} takes ${known.join(' or ')}, not "${value}".`);
}
