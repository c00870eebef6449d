import { describe, expect, test } from 'vitest';
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { ReplicaSummary } from '#protocols/core/protocol.ts';
import type { RaftNote } from '#protocols/raft/notes.ts';
import type { ShownEvent, TraceBatch } from '#lib/host/trace-wire.ts';
import type { Declaration } from '#lib/room/messages.ts';
import { EventBook } from '#lib/view/event-book.ts';
import { leversOf, type Prospect } from '#lib/view/forecast.ts';
import { screens } from '#lib/view/protocols.ts';
import { SeatFold } from '#lib/view/seat-fold.ts';
import { Storyteller } from '#lib/view/storyteller.ts';

const id = (n: number): ReplicaId => n.toString(16).padStart(32, '0') as ReplicaId;
const names = new Map([
  [id(1), 'Ana'],
  [id(2), 'Ben'],
  [id(3), 'Eva'],
]);
const name = (member: ReplicaId): string => names.get(member) ?? '?';

const summary: ReplicaSummary = {
  role: 'follower',
  term: 1,
  leader: null,
  votedFor: null,
  votes: [],
  commitIndex: 0,
  lastIndex: 0,
  log: [],
  match: {},
  snapshotIndex: 0,
  configuration: { voters: [], votersOld: [], learners: [] },
  assumptionBroken: null,
};
const step = (
  number: number,
  effects: ShownEvent<unknown>['effects'],
  more: Partial<ShownEvent<unknown>> = {},
): ShownEvent<unknown> => ({
  number,
  at: 1_000 + number,
  lamport: number,
  clock: [],
  cause: { type: 'timeout', timer: 'election', silentTicks: 1_900 },
  effects,
  elided: 0,
  ...more,
});
const batch = (events: readonly ShownEvent<unknown>[], incarnation = 1): TraceBatch<unknown> => ({
  type: 'steps',
  sent: {},
  cluster: '',
  incarnation,
  summary,
  events,
});
const lies = (...kinds: readonly string[]): Declaration => ({
  behaviours: kinds.map((what) => ({ what, to: null, with: [], when: null })),
  lostDisk: false,
});
const note = (note: RaftNote) => ({ type: 'note', note }) as const;
const apply = (index: number) =>
  ({
    type: 'apply',
    index,
    command: { op: 'put', key: 'x', value: String(index) },
    result: { ok: true, value: null },
  }) as const;
const plain = { name: 'PreVoteResponse', term: 3, shape: 'granted', heavy: true } as const;

function story() {
  const book = new EventBook();
  const teller = new Storyteller(book, name);
  return {
    book,
    teller,
    hear: (from: ReplicaId, events: readonly ShownEvent<unknown>[]) =>
      teller.steps(from, batch(events), screens.raft),
    texts: () => book.lines.map(({ text }) => text),
  };
}

describe('the event list', () => {
  test('says in plain words who stood for election and why', () => {
    const { hear, texts } = story();
    hear(id(1), [step(1, [note({ note: 'electionStarted', term: 3 })])]);
    expect(texts()).toEqual(['Ana heard nothing for 1.9 s and stands for election in term 3']);
  });

  test('says why a vote was refused', () => {
    const { hear, texts } = story();
    const refused = {
      note: 'voteRefused',
      to: id(1),
      term: 3,
      reason: 'already-voted',
      preVote: false,
    } as const;
    hear(id(2), [step(1, [note({ ...refused, votedFor: id(3) })])]);
    expect(texts()).toEqual(['Ben refuses Ana its vote: it already voted for Eva in this term']);
  });

  test('tells the question before an election, and what came of it', () => {
    const { hear, texts } = story();
    const received = { type: 'receive', from: id(2), message: plain } as const;
    hear(id(1), [step(1, [note({ note: 'preVoteStarted', term: 3 })])]);
    hear(id(2), [step(1, [note({ note: 'voteGranted', to: id(1), term: 3, preVote: true })])]);
    const started = [note({ note: 'electionStarted', term: 3 })];
    hear(id(1), [{ ...step(2, started), cause: received }]);
    const lost = { note: 'steppedDown', from: 'leader', term: 3, reason: 'quorum-lost' } as const;
    hear(id(1), [step(3, [note(lost)])]);
    expect(texts()).toEqual([
      'Ana heard nothing for 1.9 s and asks who would vote for it in term 3',
      'Ana stands for election in term 3',
      'Ana no longer leads: it no longer hears a majority',
    ]);
  });

  test('tells a commit once, whoever applies it first', () => {
    const { hear, texts } = story();
    hear(id(1), [step(1, [apply(1)])]);
    hear(id(2), [step(1, [apply(1)])]);
    expect(texts()).toEqual(['Committed at 1: put x = 1']);
  });

  test('counts commits that come by the dozen, in one line that goes on counting', () => {
    const { hear, texts } = story();
    hear(id(1), [step(1, [1, 2, 3, 4, 5].map(apply))]);
    hear(id(1), [step(2, [6, 7].map(apply))]);
    expect(texts()).toEqual(['7 entries are committed, up to 7']);
  });

  test('counts commits by their index where a busy replica shows a sample of its steps', () => {
    const { book, teller, texts } = story();
    teller.steps(
      id(1),
      { ...batch([step(40, [apply(90)])]), summary: { ...summary, commitIndex: 96 } },
      screens.raft,
    );
    teller.steps(id(2), { ...batch([]), summary: { ...summary, commitIndex: 90 } }, screens.raft);
    expect(texts()).toEqual(['96 entries are committed, up to 96']);
    expect(book.lines).toHaveLength(1);
  });

  test('puts a vote that arrives late before the election that it decided', () => {
    const { hear, texts } = story();
    hear(id(1), [step(9, [note({ note: 'becameLeader', term: 3, votes: [id(1), id(2)] })])]);
    hear(id(2), [step(7, [note({ note: 'voteGranted', to: id(1), term: 3, preVote: false })])]);
    expect(texts()).toEqual([
      'Ben votes for Ana in term 3',
      'Ana leads term 3, elected by Ana and Ben',
    ]);
  });

  test('stays bounded', () => {
    const { book } = story();
    for (let i = 0; i < 1_000; i++) book.add(String(i), 'plain', []);
    expect(book.lines).toHaveLength(400);
    expect(book.lines.at(-1)?.text).toBe('999');
  });

  test('names the links that a person cut, in one line', () => {
    const { teller, texts } = story();
    const fault = { delayMs: 0, jitterMs: 0, loss: 0, duplicate: 0, reorder: 0 };
    const cut = [id(2), id(3)].map((peer) => ({ ...fault, peer, cut: 'both' as const }));
    teller.faults(id(1), [], cut);
    teller.faults(id(1), cut, []);
    expect(texts()).toEqual([
      'Ana cuts the link to Ben and Eva',
      'Ana heals the link to Ben and Eva',
    ]);
  });
});

describe('what is drawn of a seat', () => {
  test('an earlier life of its replica changes nothing', () => {
    const fold = new SeatFold();
    fold.takeSteps(batch([], 2), ['election'], 100);
    expect(fold.takeSteps(batch([], 1), ['election'], 200)).toBe(false);
    expect(fold.heardAt).toBe(100);
  });

  test('jumps in the numbers are counted as gaps', () => {
    const fold = new SeatFold();
    fold.takeSteps(batch([step(1, []), step(2, []), step(6, [])]), ['election'], 100);
    expect(fold.gaps).toBe(3);
  });

  test('the arc begins when the timer was set, by the distance to the newest event of its batch', () => {
    const fold = new SeatFold();
    const set = step(1, [{ type: 'setTimer', timer: 'election', ticks: 500 }], { at: 900 });
    fold.takeSteps(
      batch([set, step(2, [], { at: 1_000, cause: { type: 'wake', elapsedTicks: 0 } })]),
      ['election'],
      5_000,
    );
    expect(fold.timer).toEqual({ setAt: 4_900, ticks: 500 });
  });

  test('declared faults are no sign of life', () => {
    const fold = new SeatFold();
    fold.takeFaults([]);
    expect(fold.heardAt).toBeNull();
  });
});

describe('a forecast', () => {
  const prospect: Prospect = {
    voters: 5,
    quorum: 3,
    alive: 5,
    machine: { condition: 'running' },
    leads: false,
    faulty: false,
    frozen: false,
    facilitator: false,
    electionMsMax: 3_000,
    words: screens.raft.words,
  };
  const lever = (more: Partial<Prospect>, which: string) =>
    leversOf({ ...prospect, ...more }).find(({ id }) => id === which);

  test('counts who is left and who is needed', () => {
    expect(lever({}, 'crash')?.forecast).toContain('4 left, 3 needed: the room goes on');
    expect(lever({ alive: 3 }, 'crash')?.forecast).toContain('2 left, 3 needed: the room stops');
  });

  test('of a leader says that another will be elected', () => {
    expect(lever({ leads: true }, 'crash')?.forecast).toContain('A new leader within about 3.0 s');
  });

  test('a lever that cannot be pulled says why', () => {
    expect(lever({ machine: { condition: 'crashed' } }, 'crash')?.disabledBecause).toBe(
      'It is down already.',
    );
    expect(lever({}, 'restart')?.disabledBecause).toBe('It is running.');
    const damaged = { condition: 'halted', why: '', damaged: true } as const;
    expect(lever({ machine: damaged }, 'restart')?.disabledBecause).toBe('Its disk is damaged.');
    expect(lever({ facilitator: true }, 'restartWiped')?.disabledBecause).toContain('key');
  });
});

describe('who keeps to the protocol', () => {
  const told = (...news: readonly Parameters<Storyteller['conduct']>[0][]): string[] => {
    const book = new EventBook();
    const storyteller = new Storyteller(book, name);
    for (const one of news) storyteller.conduct(one);
    return book.lines.map(({ text }) => text);
  };
  const declared = (before: Declaration, declaration: Declaration) =>
    told({ type: 'declared', from: id(2), before, declaration })[0];

  test('a declaration is told as the word of its person', () => {
    expect(declared(lies(), lies('PB1', 'PB5', 'PB1'))).toBe(
      "Ben's replica declares: it lies (PB1, PB5)",
    );
    expect(declared(lies(), { ...lies('G9'), lostDisk: true })).toBe(
      "Ben's replica declares: it lost its disk, is two: twins with one key and lies (G9)",
    );
    expect(declared(lies('PB1'), lies())).toBe("Ben's replica is honest again, by its own word");
  });

  test('a conviction is told with what the evidence proves', () => {
    const part = { body: { kind: 'COMMIT' }, signer: id(2), signature: '' };
    const evidence = { kind: 'E2', cluster: '', epoch: 1, accused: id(2), parts: [part] };
    expect(told({ type: 'convicted', evidence: { ...evidence, claim: 'signed twice' } })).toEqual([
      'Ben is convicted (E2): signed twice',
    ]);
  });

  test('[B.4] a claim that no votes show is told as that, and accuses nobody', () => {
    expect(told({ type: 'doubt', replica: id(2), slot: 5 })).toEqual([
      'Ben claims another decision of slot 5 than yours. No votes show it: that proves nothing',
    ]);
  });

  test('[B.4.1] a fork is told with whom the court names, or that it cannot tell', () => {
    const evidence = [1, 2].map((n) => {
      return { kind: 'E2', cluster: '', epoch: 1, accused: id(n), parts: [], claim: '' };
    });
    const sides = [
      { replica: id(1), votes: [] },
      { replica: id(2), votes: [] },
    ] as const;
    const fork = { what: 'slot 3', sides };
    const verdict = { evidence, because: '' };
    expect(
      told(
        { type: 'forked', fork: { ...fork, verdict: { ...verdict, verdict: 'liars' } } },
        { type: 'forked', fork: { ...fork, verdict: { ...verdict, verdict: 'cannot tell' } } },
      ),
    ).toEqual([
      'Fork: slot 3 is decided twice; the court names Ana and Ben',
      'Fork: slot 3 is decided twice; the court cannot tell who lied',
    ]);
  });
});
