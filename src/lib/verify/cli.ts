/**
 * `npm run verify -- trace.ndjson`: checks what a room has exported, with none of the room's own words taken for true:
 * every signature, every certificate, every piece of evidence.
 *
 * Exit status 0: all lines hold. 1: some do not. 2: there is nothing that could be checked.
 */
import { readFileSync } from 'node:fs';
import { facilitatorOf } from './genesis-line.ts';
import { checkTranscript, nameOf, type Findings } from './transcript.ts';

/** What a screen can show of a member's name, and nothing that could move a cursor. */
const printable = (text: string): string => text.replace(/\p{C}/gu, '?');

function main(args: readonly string[]): number {
  const [file, ...rest] = args;
  if (file === undefined || rest.length > 0) {
    console.error('One file is wanted: npm run verify -- trace.ndjson');
    return 2;
  }
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    console.error(`${file} cannot be read: ${(error as Error).message}`);
    return 2;
  }
  const findings = checkTranscript(text.split('\n'));
  for (const line of reportOf(findings)) console.log(printable(line));
  return findings.problems.length > 0 ? 1 : 0;
}

function* reportOf(findings: Findings): Generator<string> {
  const { opening, problems, statements, certificates, convictions, forks } = findings;
  for (const { line, reason } of problems) yield `line ${line}: ${reason}`;
  if (!opening) return;
  const { genesis } = opening;
  const named = (id: string): string => nameOf(genesis, id);
  yield `room ${genesis.room}, epoch ${genesis.epoch}, ${genesis.protocol}, ${genesis.roster.length} seats`;
  yield `opened by ${facilitatorOf(opening)}`;
  yield `${statements} statements and ${certificates} certificates hold`;
  for (const { what, lines, verdict } of forks) {
    yield `FORK: lines ${lines[0]} and ${lines[1]} decide ${what} differently`;
    const liars = verdict.evidence.map(({ accused }) => named(accused)).join(', ');
    yield verdict.verdict === 'liars'
      ? `  the court names ${liars}: ${verdict.because}`
      : `  the court cannot tell: ${verdict.because}`;
  }
  if (convictions.length === 0) yield 'nobody is convicted of anything';
  for (const { kind, accused, claim } of convictions) yield `${kind}: ${named(accused)} ${claim}`;
  yield problems.length === 0 ? 'every line holds' : `${problems.length} lines do not hold`;
}

process.exitCode = main(process.argv.slice(2));
