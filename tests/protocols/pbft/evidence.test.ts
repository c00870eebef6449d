/** The catalogue (B.4): what convicts, and what looks like it and does not. */
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { evidenceProblem, evidenceSchema, prove, type Evidence } from '#protocols/core/evidence.ts';
import { limits } from '#protocols/core/limits.ts';
import type { Signed } from '#protocols/core/signed.ts';
import { pbftAccountability as pbft } from '#protocols/pbft/evidence.ts';
import { doubleVote } from '#protocols/pbft/evidence-kinds.ts';
import type { PbftStatement } from '#protocols/pbft/messages.ts';
import { nullDigest } from '#protocols/pbft/batch.ts';
import { r } from '../fixtures/ids.ts';
import {
  by,
  certificate,
  checkpoint,
  commit,
  jurisdictionOf,
  newView,
  prepare,
  prePrepare,
  stableAt,
  viewChange,
} from './testimony.ts';

type Part = Signed<PbftStatement>;
const jurisdiction = jurisdictionOf(4);

/** What a watch that saw `parts` in this order tells. */
function watched(...parts: Part[]): Evidence<PbftStatement>[] {
  const watch = pbft.createWatch(jurisdiction);
  return parts.flatMap((part) => watch.see(part));
}

/** Kinds and accused, as `E2 1`. */
function told(...parts: Part[]): string[] {
  const found = watched(...parts);
  for (const evidence of found) {
    expect(evidenceProblem(pbft, evidence, jurisdiction)).toBeNull();
    const crossed = JSON.parse(JSON.stringify(evidence)) as unknown;
    expect(v.parse(evidenceSchema(pbft.statement), crossed)).toEqual(evidence);
  }
  return found.map(({ kind, accused }) => `${kind} ${Number(`0x${accused}`)}`);
}

const seen = certificate(0, 5, 'a');
const V = [0, 1, 2].map((i) => by(i, viewChange(1, { prepared: [seen] })));
const nulls = [1, 2, 3, 4].map((n) => by(1, { ...prePrepare(1, n, ''), digest: nullDigest }));
const O = [...nulls, by(1, prePrepare(1, 5, 'a'))];

describe('what convicts', () => {
  test.each<[string, string, Part[]]>([
    ['E1', 'E1 0', [by(0, prePrepare(0, 1, 'a')), by(0, prePrepare(0, 1, 'b'))]],
    ['E2 of PREPAREs', 'E2 1', [by(1, prepare(0, 1, 'a')), by(1, prepare(0, 1, 'b'))]],
    ['E2 of COMMITs', 'E2 2', [by(2, commit(3, 1, 'a')), by(2, commit(3, 1, 'b'))]],
    ['E3', 'E3 3', [by(3, checkpoint(8, 'a')), by(3, checkpoint(8, 'b'))]],
    ['E6', 'E6 1', [by(1, newView(1, V, O)), by(1, newView(1, [...V].reverse(), O))]],
    ['E7', 'E7 2', [by(2, commit(0, 5, 'a')), by(2, viewChange(1))]],
    ['E7 the other way round', 'E7 2', [by(2, viewChange(1)), by(2, commit(0, 5, 'a'))]],
    ['E8', 'E8 3', [by(3, viewChange(1)), by(3, viewChange(1, { prepared: [seen] }))]],
  ])('[%s]', (_kind, expected, parts) => {
    expect(told(...parts)).toEqual([expected]);
  });

  test.each<[string, Part, Part, string | null]>([
    ['PREPARE and COMMIT', by(1, prepare(0, 1, 'a')), by(1, commit(0, 1, 'b')), 'signed PREPARE'],
    ['proposal and COMMIT', by(0, prePrepare(0, 1, 'a')), by(0, commit(0, 1, 'b')), 'PRE-PREPARE'],
    ['the same digest', by(1, prepare(0, 1, 'a')), by(1, commit(0, 1, 'a')), null],
    ['two views', by(1, prepare(0, 1, 'a')), by(1, commit(1, 1, 'b')), null],
    ['two signers', by(1, prepare(0, 1, 'a')), by(2, commit(0, 1, 'b')), null],
    ['no primary', by(1, prePrepare(0, 1, 'a')), by(1, commit(0, 1, 'b')), null],
    ['two proposals', by(0, prePrepare(0, 1, 'a')), by(0, prePrepare(0, 1, 'b')), null],
  ])('[E2] of two kinds: %s', (_what, first, second, claim) => {
    const evidence = prove(doubleVote, [first, second], jurisdiction);
    if (claim === null) return expect(evidence).toBeNull();
    expect(evidence?.claim).toContain(claim);
    expect(evidenceProblem(pbft, evidence as Evidence<PbftStatement>, jurisdiction)).toBeNull();
  });

  test('[E4] an O that is not f(V)', () => {
    expect(told(by(1, newView(1, V, O)))).toEqual([]);
    expect(told(by(1, newView(1, V, O.slice(0, 4))))).toEqual(['E4 1']);
    expect(told(by(1, newView(1, V, [...nulls, by(1, prePrepare(1, 5, 'b'))])))).toEqual(['E4 1']);
    expect(told(by(1, newView(1, V, [])))).toEqual(['E4 1']);
  });

  test('[E4] too few view changes, one twice, one of another view', () => {
    const other = by(2, viewChange(2, { prepared: [seen] }));
    for (const wrong of [V.slice(0, 2), [V[0], V[1], V[1]], [V[0], V[1], other]]) {
      expect(told(by(1, newView(1, wrong as typeof V, O)))).toEqual(['E4 1']);
    }
  });

  test('[E5] certificates that are none: too few, repeated, by the primary, of a later view, forged', () => {
    const { prePrepare: proposal, prepares } = certificate(0, 1, 'a');
    const [first] = prepares;
    if (!first) throw new Error('no prepare');
    const forged = { ...first, signature: 'f'.repeat(128) };
    const wrong = [
      { prePrepare: proposal, prepares: prepares.slice(0, 1) },
      { prePrepare: proposal, prepares: [first, first] },
      { prePrepare: proposal, prepares: [first, by(0, prepare(0, 1, 'a'))] },
      { prePrepare: proposal, prepares: [first, by(2, prepare(0, 1, 'b'))] },
      { prePrepare: by(1, prePrepare(0, 1, 'a')), prepares },
      { prePrepare: proposal, prepares: [forged, ...prepares.slice(1)] },
      certificate(1, 1, 'a'),
      certificate(0, limits.slotsInWindowMax + 1, 'a'),
    ];
    for (const entry of wrong) {
      expect(told(by(3, viewChange(1, { prepared: [entry] })))).toContain('E5 3');
    }
  });

  test('[E5] a checkpoint without its proof', () => {
    const checkpoints = stableAt(8);
    expect(told(by(3, viewChange(1, { stable: 8, checkpoints })))).toEqual([]);
    expect(told(by(3, viewChange(1, { stable: 8 })))).toEqual(['E5 3']);
    expect(told(by(3, viewChange(1, { stable: 9, checkpoints })))).toEqual(['E5 3']);
    const two = checkpoints.slice(0, 2);
    expect(told(by(3, viewChange(1, { stable: 8, checkpoints: two })))).toEqual(['E5 3']);
  });

  test('nested statements convict as if they had come alone', () => {
    const twice = by(1, viewChange(1, { prepared: [certificate(0, 5, 'b')] }));
    const found = told(...V.slice(0, 1), twice);
    expect(found).toContain('E1 0');
    expect(found).toContain('E2 1');
    expect(found).toContain('E2 2');
  });
});

describe('what does not', () => {
  test.each<[string, Part[]]>([
    ['two signatures of one body', [by(2, commit(0, 1, 'a')), by(2, commit(0, 1, 'a'), 'again')]],
    ['PREPARE and COMMIT are two things', [by(2, prepare(0, 1, 'a')), by(2, commit(0, 1, 'b'))]],
    ['two slots', [by(2, commit(0, 1, 'a')), by(2, commit(0, 2, 'b'))]],
    ['two views', [by(2, commit(0, 1, 'a')), by(2, commit(4, 1, 'b'))]],
    ['two signers', [by(1, commit(0, 1, 'a')), by(2, commit(0, 1, 'b'))]],
    [
      'E1: proposals by one who does not lead the view',
      [by(1, prePrepare(0, 1, 'a')), by(1, prePrepare(0, 1, 'b'))],
    ],
    [
      'E7: the certificate is shown',
      [by(2, commit(0, 5, 'a')), by(2, viewChange(1, { prepared: [seen] }))],
    ],
    [
      'E7: a higher view took its place, with another digest',
      [by(2, commit(0, 5, 'a')), by(2, viewChange(2, { prepared: [certificate(1, 5, 'b')] }))],
    ],
    [
      'E7: a checkpoint covers it',
      [by(2, commit(0, 5, 'a')), by(2, viewChange(1, { stable: 8, checkpoints: stableAt(8) }))],
    ],
    [
      'E7: it was committed after that view change',
      [by(2, viewChange(1)), by(2, commit(1, 5, 'a'))],
    ],
    ['E4: V in another order gives the same O', [by(1, newView(1, [...V].reverse(), O))]],
    [
      'E8: the same account twice',
      [V[0] as Part, by(0, viewChange(1, { prepared: [seen] }), 'again')],
    ],
  ])('%s', (_what, parts) => {
    expect(told(...parts)).toEqual([]);
  });
});

describe('evidence from outside', () => {
  const [good] = watched(by(2, commit(0, 1, 'a')), by(2, commit(0, 1, 'b')));
  if (!good) throw new Error('no evidence');
  const [first, second] = good.parts as [Part, Part];
  const forged = { ...second, signature: 'f'.repeat(128) };

  test.each<[string, Evidence<PbftStatement>, string]>([
    ['another epoch', { ...good, epoch: 2 }, 'another epoch'],
    ['another room', { ...good, cluster: '0'.repeat(64) }, 'another epoch'],
    ['unknown kind', { ...good, kind: 'E99' }, 'no evidence of kind'],
    ['another accused', { ...good, accused: r(1) }, 'another than the accused'],
    ['a stranger', { ...good, accused: r(9) }, 'roster'],
    ['a false signature', { ...good, parts: [first, forged] }, 'false signature'],
    ['one part', { ...good, parts: [first] }, 'are not two votes'],
    ['the same part twice', { ...good, parts: [first, first] }, 'are not two votes'],
    ['a claim of its own', { ...good, claim: 'is a bad person' }, 'its claim'],
    ['another kind', { ...good, kind: 'E7' }, 'are not a view change'],
  ])('%s convicts nobody', (_what, evidence, reason) => {
    expect(evidenceProblem(pbft, evidence, jurisdiction)).toContain(reason);
  });
});

test('a watch is bounded, and a liar pushes out only its own statements', () => {
  const watch = pbft.createWatch(jurisdiction);
  watch.see(by(1, commit(0, 1, 'a')));
  watch.see(by(2, commit(0, 1, 'a')));
  for (let n = 2; n < limits.statementsWatchedMax + 10; n++) watch.see(by(2, commit(0, n, 'a')));
  expect(watch.see(by(1, commit(0, 1, 'b')))).toHaveLength(1);
  expect(watch.see(by(2, commit(0, 1, 'b')))).toHaveLength(0);
  let told = 0;
  for (let n = 1; n < 100; n++) {
    told += watch.see(by(3, commit(0, n, 'a'))).length + watch.see(by(3, commit(0, n, 'b'))).length;
  }
  expect(told).toBe(limits.evidencePerMemberMax);
});
