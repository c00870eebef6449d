/** The judge of the long checks bites: one good room, and every way in which it could be bad. */
import { describe, expect, test } from 'vitest';
import type { Evidence, Row } from './probe/types.ts';
import { verify } from './verify.ts';

const [ana, ben, eva] = ['a'.repeat(32), 'b'.repeat(32), 'e'.repeat(32)] as const;

const noop = (term: number): Row => ({ term, client: null, seq: 0, key: '', value: '' });
const put = (seq: number, value: string): Row => ({ term: 1, client: 'c', seq, key: 'k', value });
/** The second request stands twice, as after a retry. */
const log = [noop(1), put(1, 'v1'), put(2, 'v2'), put(2, 'v2'), noop(3)];

function evidenceOf(replica: string, changes: Partial<Evidence> = {}): Evidence {
  return {
    replica,
    submitted: 0,
    acks: [],
    refusals: [],
    applied: log.map((row, i) => [i + 1, row.client === null ? null : row.value] as const),
    positions: [
      [3, 1],
      [5, 3],
    ],
    contradictions: [],
    led: [],
    votesSent: [[1, ana]],
    votesKept: [
      [1, ana],
      [2, replica],
      [3, ben],
    ],
    promises: { looked: 1, broken: [] },
    log,
    commitIndex: 5,
    store: [['k', 'v2']],
    storeTotal: 1,
    events: { seen: 9, missing: 0 },
    complaints: [],
    ...changes,
  };
}

const acks = [
  { key: 'k', value: 'v1', index: 2 },
  { key: 'k', value: 'v2', index: 3 },
];

/** A good room, but for `changes` to what Eva's tab gathered. */
function room(changes: Partial<Evidence> = {}): Evidence[] {
  return [
    evidenceOf(ana, { led: [1], submitted: 2, acks }),
    evidenceOf(ben, { led: [3] }),
    evidenceOf(eva, changes),
  ];
}

const failures = (all: readonly Evidence[]): string[] =>
  verify(all)
    .filter(({ problems, looked }) => problems.length > 0 || looked === 0)
    .map(({ title }) => title);

test('a good room passes', () => {
  expect(failures(room())).toEqual([]);
});

test('a room in which nothing happened proves nothing', () => {
  const promises = { looked: 0, broken: [] };
  const nothing = {
    promises,
    applied: [],
    positions: [],
    votesSent: [],
    votesKept: [],
    log: [],
    store: [],
  };
  const empty = { ...nothing, commitIndex: 0, storeTotal: 0 };
  const all = [evidenceOf(ana, empty), evidenceOf(ben, empty)];
  expect(failures(all)).toHaveLength(verify(all).length - 1);
});

const lost = 'every acknowledged write stands at its index on every replica';
const once = 'every write is executed once, where it was acknowledged';
const same = 'all logs agree up to what is committed';
const prefix = "every replica's applied sequence is a prefix of the longest";
const store = "every replica's store is what the log says";
const vote = 'no replica votes twice in a term (sent, and on the disk)';
const kept = 'every vote that left a worker is on its disk';
const held = 'every entry that a follower acknowledged is on its disk';
const leader = 'at most one leader in a term';
const answers = 'every write is answered in the end';
const complaint = 'nothing halted, nothing was refused, no assumption broke';

const replaced = (index: number, row: Row): Row[] => log.map((r, i) => (i + 1 === index ? row : r));

/** What Eva's tab would have gathered, and which verdict must fall. */
const bad: [what: string, changes: Partial<Evidence>, title: string][] = [
  ['an acknowledged write is missing', { log: log.slice(0, 2), commitIndex: 2 }, lost],
  ['another write stands in its place', { log: replaced(2, put(1, 'v9')) }, lost],
  [
    'a write was answered at its second place',
    { acks: [{ key: 'k', value: 'v2', index: 4 }] },
    once,
  ],
  ['an entry differs', { log: replaced(4, noop(1)) }, same],
  ['an entry has another term', { log: replaced(5, noop(2)) }, same],
  ['something else was applied in an earlier life', { applied: [[2, 'v9']] }, prefix],
  ['more was applied than stands in the log', { applied: [[6, 'v9']] }, prefix],
  ['another term was committed', { positions: [[3, 2]] }, prefix],
  ['two lives contradict each other', { contradictions: ['applied at 2: v1, then v9'] }, prefix],
  ['its store has an old value', { store: [['k', 'v1']] }, store],
  ['its store has a key too many', { storeTotal: 2 }, store],
  [
    'it kept two votes of a term',
    {
      votesKept: [
        [1, ana],
        [1, ben],
      ],
    },
    vote,
  ],
  ['it sent another vote than it kept', { votesSent: [[1, ben]] }, vote],
  ['it sent a vote that it did not keep', { votesSent: [[4, ben]] }, kept],
  ['its disk lacks an entry', { promises: { looked: 1, broken: ['entry 5'] } }, held],
  ['it led a term that another led', { led: [3] }, leader],
  ['a write was never answered', { submitted: 1 }, answers],
  ['a write executed and was refused', { refusals: ['state-full'] }, answers],
  ['it halted', { complaints: ['halted: the disk is full'] }, complaint],
];

describe('a bad room', () => {
  test.each(bad)('%s', (_what, changes, title) => {
    expect(failures(room(changes))).toContain(title);
  });
});
