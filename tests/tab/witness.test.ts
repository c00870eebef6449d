/** What a replica has seen signed: held against others, never against itself, and shown to who asks. */
import { expect, test } from 'vitest';
import type { Evidence } from '#protocols/core/evidence.ts';
import { Witness } from '#lib/tab/witness.ts';
import { settingOf } from '#lib/room/genesis.ts';
import { commit } from '../protocols/pbft/testimony.ts';
import { by, genesis, seatOf } from '../verify/transcripts.ts';

function witness(protocol: 'pbft' | 'raft' = 'pbft') {
  const found: Evidence[] = [];
  const setting = settingOf({ ...genesis, protocol });
  return { found, self: Witness.of(seatOf(0), setting, (evidence) => found.push(evidence)) };
}

test('[E2] two votes of another convict it, once; two of its own do not', () => {
  const { self, found } = witness();
  for (const name of ['a', 'b']) self?.verified(by(3, commit(0, 1, name)));
  self?.verified(by(3, commit(0, 1, 'c')));
  self?.signed(by(0, commit(0, 1, 'a')));
  for (const name of ['a', 'b']) self?.verified(by(0, commit(0, 1, name)));
  expect(found).toMatchObject([{ kind: 'E2', accused: seatOf(3) }]);
});

test('[P9] it shows what a quorum of votes decides, its own vote among them', () => {
  const { self } = witness();
  self?.signed(by(0, commit(0, 1, 'a')));
  for (const i of [1, 2]) self?.verified(by(i, commit(0, 1, 'a')));
  for (const i of [1, 2]) self?.verified(by(i, commit(0, 2, 'b')));
  expect(self?.testify(1).certificates.map((votes) => votes.length)).toEqual([3]);
  expect(self?.testify(1).statements).toEqual([]);
  expect(self?.testify(2).certificates).toEqual([]);
  const all = self?.testify(null);
  expect([all?.certificates.length, all?.statements.length]).toEqual([1, 5]);
});

test('where nobody signs there is nothing to witness', () => {
  expect(witness('raft').self).toBeNull();
});
