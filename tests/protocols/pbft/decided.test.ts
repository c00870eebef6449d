/** P9, P12: a decision that comes with its proof, and what is none. */
import { expect, test } from 'vitest';
import { provenDecision } from '#protocols/pbft/rules.ts';
import { r } from '../fixtures/ids.ts';
import { batch, commit } from './statements.ts';
import { setting } from './view-changes.ts';

const by = (...signers: readonly number[]) => signers.map((i) => commit(r(i), 2, 5, batch(1)));

test('[P9] a quorum of matching commits of one view proves a decision', () => {
  expect(provenDecision(by(0, 2, 3), batch(1), { setting })).toEqual(by(0)[0]?.body);
});

test.each([
  ['none at all', [], 1],
  ['one fewer than a quorum', by(0, 2), 1],
  ['a quorum of which one comes twice', by(0, 2, 2), 1],
  ['a quorum with a stranger', by(0, 2, 7), 1],
  ['two for this batch and one for another', [...by(0, 2), commit(r(3), 2, 5, batch(2))], 1],
  ['two of this view and one of another', [...by(0, 2), commit(r(3), 1, 5, batch(1))], 1],
  ['two for this number and one for another', [...by(0, 2), commit(r(3), 2, 6, batch(1))], 1],
  ['a quorum beside another batch', by(0, 2, 3), 2],
])('[P9] %s proves nothing', (_, commits, beside) => {
  expect(provenDecision(commits, batch(beside), { setting })).toBeNull();
});
