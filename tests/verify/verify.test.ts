/** `npm run verify`: what a room exported, checked by somebody who was not there. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { prove } from '#protocols/core/evidence.ts';
import { limits } from '#protocols/core/limits.ts';
import { StatementArchive } from '#protocols/core/statement-archive.ts';
import { doubleVote } from '#protocols/pbft/evidence-kinds.ts';
import { checkTranscript } from '#lib/verify/transcript.ts';
import { certificate, commit, prePrepare, viewChange } from '../protocols/pbft/testimony.ts';
import { by, genesis, jurisdiction, opening, seatOf, transcript } from './transcripts.ts';

const votes = (signers: readonly number[], name: string) =>
  signers.map((i) => by(i, commit(0, 1, name)));
const twice = [by(3, commit(0, 1, 'a')), by(3, commit(0, 1, 'b'))];
const evidence = prove(doubleVote, twice, jurisdiction);
if (!evidence) throw new Error('no evidence');

const convicted = (lines: readonly string[]): string[] =>
  checkTranscript(lines).convictions.map(({ kind, accused }) => `${kind} ${accused}`);
const reasons = (lines: readonly string[]): string[] =>
  checkTranscript(lines).problems.map(({ line, reason }) => `${line}: ${reason}`);
const line = (value: unknown): string => JSON.stringify(value);

describe('a transcript that holds', () => {
  test('statements and certificates of honest replicas convict nobody', () => {
    const lines = transcript({
      statements: [by(0, prePrepare(0, 1, 'a')), ...votes([0, 1, 2, 3], 'a')],
      certificates: [votes([0, 1, 2], 'a'), votes([1, 2, 3], 'a')],
    });
    const findings = checkTranscript(lines);
    expect(findings).toMatchObject({ problems: [], convictions: [], forks: [] });
    expect([findings.statements, findings.certificates]).toEqual([5, 2]);
  });

  test('evidence convicts', () => {
    expect(convicted(transcript({ evidence: [evidence] }))).toEqual([`E2 ${seatOf(3)}`]);
  });

  test('statements convict although nobody accused', () => {
    expect(convicted(transcript({ statements: twice }))).toEqual([`E2 ${seatOf(3)}`]);
  });

  test('[PS36, B.4.1] a fork: the court names both liars', () => {
    const certificates = [votes([0, 2, 3], 'a'), votes([1, 2, 3], 'b')];
    const { forks, problems, convictions } = checkTranscript(transcript({ certificates }));
    expect(problems).toEqual([]);
    expect(forks).toMatchObject([{ what: 'slot 1', lines: [2, 3], verdict: { verdict: 'liars' } }]);
    expect(convictions.map(({ accused }) => accused).sort()).toEqual([seatOf(2), seatOf(3)].sort());
  });
});

describe('lines that do not hold', () => {
  const forged = { ...by(1, commit(0, 1, 'a')), signature: by(1, commit(0, 2, 'a')).signature };

  test.each<[string, string, string]>([
    ['no JSON', '{', 'not JSON'],
    ['another form', line({ type: 'rumour' }), 'not of the form agreed'],
    ['too long', `"${'x'.repeat(4 * limits.messageBytesMax)}"`, 'longer than any honest line'],
    ['a false signature', line({ type: 'statement', statement: forged }), 'a false signature'],
    [
      'too few votes',
      line({ type: 'certificate', replica: seatOf(0), votes: votes([0, 1], 'a') }),
      'no certificate: 2 signers, and it takes 3',
    ],
    [
      'a forged vote',
      line({ type: 'certificate', replica: seatOf(0), votes: [...votes([0, 2], 'a'), forged] }),
      'no certificate: a false signature',
    ],
    [
      'evidence with a forged part',
      line({
        type: 'evidence',
        evidence: { ...evidence, accused: seatOf(1), parts: [forged, forged] },
      }),
      'no evidence: a part has a false signature',
    ],
    [
      'evidence of another epoch',
      line({ type: 'evidence', evidence: { ...evidence, epoch: 2 } }),
      'epoch',
    ],
  ])('%s', (_what, bad, reason) => {
    const [first = ''] = transcript({});
    const [told] = reasons([first, bad]);
    expect(told).toContain(`2: `);
    expect(told).toContain(reason);
    expect(convicted([first, bad])).toEqual([]);
  });

  test('a statement forged inside a true one convicts who signed the whole, and not whose name is in it', () => {
    const entry = certificate(0, 1, 'a');
    const inner = {
      ...entry,
      prepares: [{ ...by(1, commit(0, 1, 'a')), body: entry.prepares[0]?.body }],
    };
    const whole = by(3, viewChange(1, { prepared: [inner as typeof entry] }));
    const rival = by(1, { kind: 'PREPARE', view: 0, n: 1, digest: 'ab'.repeat(32) } as const);
    const lines = transcript({ statements: [whole, rival] });
    expect(reasons(lines)).toEqual(['2: a false signature inside a true one']);
    expect(convicted(lines)).toEqual([`E5 ${seatOf(3)}`]);
  });
});

describe('without a genesis nothing can be checked', () => {
  test.each<[string, unknown, string]>([
    ['another line first', { type: 'evidence', evidence }, 'not a genesis'],
    [
      'a false signature',
      { type: 'genesis', ...opening(), signature: 'ab'.repeat(64) },
      'false signature',
    ],
    [
      'a roster with a key of another',
      {
        type: 'genesis',
        ...opening({
          ...genesis,
          roster: genesis.roster.map((seat, i) => ({
            ...seat,
            publicKey: (genesis.roster[(i + 1) % 4] as typeof seat).publicKey,
          })),
        }),
      },
      'not that of the key',
    ],
    [
      'a protocol that signs nothing',
      { type: 'genesis', ...opening({ ...genesis, protocol: 'raft' }) },
      'nobody signs',
    ],
  ])('%s', (_what, first, reason) => {
    const [told] = reasons([line(first), ...transcript({ evidence: [evidence] }).slice(1)]);
    expect(told).toContain('1: ');
    expect(told).toContain(reason);
  });

  test('an empty file', () => expect(reasons([])).toEqual(['1: there is no genesis']));
});

test('an archive keeps each statement once, and a flood costs only the flooder', () => {
  const archive = new StatementArchive();
  const calm = by(0, commit(0, 1, 'a'));
  archive.hear(calm);
  archive.hear({ ...calm });
  expect(archive.size).toBe(1);
  for (let i = 0; i < limits.statementsArchivedMax + 5; i++) {
    archive.hear({ ...calm, signer: seatOf(1), signature: String(i) });
  }
  expect(archive.size).toBe(limits.statementsArchivedMax);
  expect([...archive.statements()][0]).toBe(calm);
});

describe('the command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'verify-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  function run(lines: readonly string[] | null) {
    const file = join(folder, 'trace.ndjson');
    if (lines) writeFileSync(file, lines.join('\n'));
    const args = ['--import', 'tsx', 'src/lib/verify/cli.ts', lines ? file : join(folder, 'none')];
    return spawnSync(process.execPath, args, { encoding: 'utf8' });
  }

  test('prints who is convicted of what, and ends with 0 when every line holds', () => {
    const certificates = [votes([0, 2, 3], 'a'), votes([1, 2, 3], 'b')];
    const { stdout, status } = run(transcript({ certificates }));
    expect(stdout).toContain('FORK: lines 2 and 3 decide slot 1 differently');
    expect(stdout).toContain('the court names Caro, Dan');
    expect(stdout).toMatch(/E2: Dan signed COMMIT for .{8} and .{8} in slot 1 of view 0/);
    expect(status).toBe(0);
  });

  test('says line and reason, and ends with 1', () => {
    const { stdout, status } = run([...transcript({}), '{}']);
    expect(stdout).toContain('line 2: not of the form agreed');
    expect(stdout).toContain('nobody is convicted of anything');
    expect(status).toBe(1);
  });

  test('a file that is not there is said so', () => {
    const { stderr, status } = run(null);
    expect(stderr).toContain('cannot be read');
    expect(status).toBe(2);
  });
});
