/** What a replica has seen signed: held against others, never against itself, and shown to who asks. */
import { expect, test } from 'vitest';
import type { Evidence } from '#protocols/core/evidence.ts';
import type { Signed, Standing } from '#protocols/core/signed.ts';
import type { Commit } from '#protocols/pbft/messages.ts';
import { Witness } from '#lib/tab/witness.ts';
import { settingOf } from '#lib/room/genesis.ts';
import { commit, viewChange } from '../protocols/pbft/testimony.ts';
import { by, genesis, seatOf } from '../verify/transcripts.ts';

class Hall {
  readonly found: Evidence[] = [];
  /** Whose signatures were looked at. */
  readonly looked: Signed[] = [];
  readonly self: Witness | null;

  constructor(protocol: 'pbft' | 'raft' = 'pbft') {
    this.self = Witness.of({
      self: seatOf(0),
      epoch: settingOf({ ...genesis, protocol }),
      verifier: {
        verify: (statement) => {
          this.looked.push(statement);
          return Promise.resolve(statement.signature !== forged);
        },
        verifyRequest: () => false,
      },
      found: (evidence) => this.found.push(evidence),
    });
  }

  async hear(standing: Standing, ...statements: Signed[]): Promise<void> {
    for (const statement of statements) this.self?.letIn(statement, standing);
    await new Promise((resolve) => setTimeout(resolve));
  }
}

const forged = 'f'.repeat(128);
const slot = (n: number) => ({ n, digest: null });
const vote = (i: number, name: string): Signed<Commit> => by(i, commit(0, 1, name));

test('[E2] two votes of another convict it, once; two of its own do not', async () => {
  const { self, found } = new Hall();
  for (const name of ['a', 'b']) self?.letIn(vote(3, name), 'verified');
  self?.letIn(vote(3, 'c'), 'verified');
  self?.signed(vote(0, 'a'));
  for (const name of ['a', 'b']) self?.letIn(vote(0, name), 'verified');
  expect(found).toMatchObject([{ kind: 'E2', accused: seatOf(3) }]);
});

test('[P9] it shows what a quorum of votes decides, its own vote among them', async () => {
  const { self } = new Hall();
  self?.signed(vote(0, 'a'));
  for (const i of [1, 2]) self?.letIn(vote(i, 'a'), 'verified');
  for (const i of [1, 2]) self?.letIn(by(i, commit(0, 2, 'b')), 'verified');
  // Asked for at once, answered in order.
  const [first, second, all] = await Promise.all(
    [slot(1), slot(2), null].map((asked) => self?.testify(asked)),
  );
  expect(first?.certificates.map((votes) => votes.length)).toEqual([3]);
  expect(first?.statements).toEqual([]);
  expect(second?.certificates).toEqual([]);
  expect([all?.certificates.length, all?.statements.length]).toEqual([1, 5]);
});

test.each<[string, Standing, Standing]>([
  ['the first', 'unverified', 'verified'],
  ['the second', 'verified', 'unverified'],
  ['neither', 'unverified', 'unverified'],
])('[E2] two votes of which %s was looked at convict, once they were', async (_, first, second) => {
  const hall = new Hall();
  await hall.hear(first, vote(3, 'a'));
  await hall.hear('unverified', vote(2, 'a'), vote(1, 'a'));
  expect(hall.looked).toEqual([]);
  await hall.hear(second, vote(3, 'b'));
  expect(hall.found).toMatchObject([{ kind: 'E2', accused: seatOf(3) }]);
  expect(new Set(hall.looked.map(({ signer }) => signer))).toEqual(new Set([seatOf(3)]));
});

test('[E7] a commit that nobody looked at, and the view change that hides it', async () => {
  for (const order of ['commit first', 'view change first']) {
    const hall = new Hall();
    const say = [
      () => hall.hear('unverified', vote(3, 'a')),
      () => hall.hear('verified', by(3, viewChange(1))),
    ];
    for (const one of order === 'commit first' ? say : say.reverse()) await one();
    expect(hall.found).toMatchObject([{ kind: 'E7', accused: seatOf(3) }]);
  }
});

test('[B.4] a false signature convicts nobody, hides nothing that comes after it, and is not shown', async () => {
  const hall = new Hall();
  await hall.hear('unverified', { ...vote(3, 'a'), signature: forged });
  await hall.hear('verified', vote(3, 'b'));
  expect(hall.looked).toHaveLength(1);
  expect(hall.found).toEqual([]);
  await hall.hear('unverified', vote(3, 'c'));
  expect(hall.found).toMatchObject([{ kind: 'E2', accused: seatOf(3) }]);

  await hall.hear('unverified', { ...vote(2, 'a'), signature: forged }, vote(1, 'a'));
  const shown = (await hall.self?.testify(null))?.statements.map(({ signer }) => signer);
  expect(shown).toEqual([seatOf(3), seatOf(3), seatOf(1)]);
});

test('[B.4] a copied signature under another vote keeps no place from the true one', async () => {
  const hall = new Hall();
  const { signature } = vote(3, 'a');
  await hall.hear('unverified', { ...vote(3, 'b'), signature });
  await hall.hear('verified', vote(3, 'a'));
  const shown = (await hall.self?.testify(null))?.statements as Signed<Commit>[];
  expect(shown.map(({ body }) => body)).toEqual([commit(0, 1, 'a')]);
});

test('where nobody signs there is nothing to witness', () => {
  expect(new Hall('raft').self).toBeNull();
});
