/** Reads outside the log, judged by what clients were told: by index always current, under a lease or locally not always. */
import { describe, expect, test } from 'vitest';
import { judgeHistory, staleReads } from '#lib/simulator/history.ts';
import { runScript } from '#lib/simulator/run.ts';
import type { Step } from '#protocols/core/schedule.ts';
import { first, hurries, inOrder } from '#protocols/raft/bugs/schedules.ts';
import { laboratory, play, script } from './fixtures.ts';

/** Client i speaks to machine i first. */
const world = { clients: 3 };
const put = (at: number, client: number, value: string): Step => {
  return { type: 'request', at, client, command: { op: 'put', key: 'k', value } };
};

describe('lease', () => {
  /** 0 takes a lease, and then is alone. Before it notices, by tick 1,500, another leads and has answered a write. */
  function deposed(millionths: number): Step[] {
    return [
      ...first(0),
      put(900, 0, 'old'),
      { type: 'query', at: 1_000, client: 0, key: 'k', read: 'lease' },
      { type: 'drift', at: 1_010, machine: 0, millionths },
      { type: 'cut', at: 1_020, from: [0], to: [1, 2], bothWays: true },
      ...inOrder([
        ...hurries(1, 1_020, 1_490),
        put(1_450, 1, 'new'),
        { type: 'query', at: 1_500, client: 0, key: 'k', read: 'lease' },
      ]),
    ];
  }

  test('[RS31, R39] exhibit: on a clock that nearly stands still it outlasts the office, and what is read is stale', () => {
    const { violation, leaders } = play(deposed(-990_000), 2_500, world);
    expect(leaders).toBe(2);
    expect(violation?.id).toBe('I16');
    expect(violation?.text).toContain('query 2');
  });

  test.each([0, -200_000])(
    '[RS31, R39] on a clock that drifts by %i millionths it ends before anybody else can lead',
    (millionths) => {
      const { violation, leaders } = play(deposed(millionths), 2_500, world);
      expect(leaders).toBe(2);
      expect(violation).toBeNull();
    },
  );

  test('[RS31, R36] a read by index trusts no clock', () => {
    const steps = deposed(-990_000).map((step): Step =>
      step.type === 'query' ? { ...step, read: 'index' } : step,
    );
    const { violation, leaders } = play(steps, 2_500, world);
    expect(leaders).toBe(2);
    expect(violation).toBeNull();
  });
});

describe('local', () => {
  const behind: Step[] = [
    ...first(0),
    put(900, 0, 'old'),
    { type: 'cut', at: 1_000, from: [2], to: [0, 1], bothWays: true },
    put(1_100, 0, 'new'),
  ];
  const read: Step = { type: 'query', at: 1_200, client: 2, key: 'k', read: 'local' };

  test('a replica that is cut off answers from the past, and that is no violation', () => {
    const { violation, staleReads: stale } = play([...behind, read], 2_000, world);
    expect(violation).toBeNull();
    expect(stale).toBe(1);
  });

  test('one that is up to date is not called stale', () => {
    const { violation, staleReads: stale } = play(
      [...behind, { ...read, client: 1 }],
      2_000,
      world,
    );
    expect(violation).toBeNull();
    expect(stale).toBe(0);
  });

  test('[R40] a client that has seen more is not shown less: it waits', () => {
    // Client 2 finds no leader at machine 2, asks again elsewhere, and so knows of a later entry than machine 2 has.
    const write = put(1_150, 2, 'newer');
    const later = { ...read, at: 2_600 };
    const steps = [...behind, write, later];
    const { violation, commits, staleReads: stale } = play(steps, 3_000, world);
    expect(violation).toBeNull();
    expect(commits).toBe(4);
    expect(stale).toBe(0);
  });
});

describe('the judge of local reads', () => {
  const client = 'c';
  const value = (text: string | null) => ({ ok: true, value: text }) as const;
  const applied = ['a', 'b'].map((text) => ({
    command: { op: 'put', key: 'k', value: text } as const,
    result: value(text),
  }));
  const local = (seq: number, at: number, index: number, shown: string | null) => ({
    client: client as never,
    seq,
    command: { op: 'get', key: 'k' } as const,
    served: 'local' as const,
    calledAt: at,
    answeredAt: at + 1,
    result: value(shown),
    index,
    tentative: false,
  });

  test('takes what the store held at that index, however late', () => {
    const history = [local(1, 10, 0, null), local(2, 20, 1, 'a'), local(3, 30, 2, 'b')];
    expect(judgeHistory(history, applied)).toBe('ok');
    expect(
      staleReads([local(1, 10, 2, 'b'), { ...local(1, 20, 1, 'a'), client: 'd' as never }]),
    ).toBe(1);
  });

  test.each([
    ['what was never written', 'I16', [local(1, 10, 2, 'c')]],
    ['what came later than its index', 'I16', [local(1, 10, 1, 'b')]],
    [
      '[R40] a state older than the same client has seen',
      'R40',
      [local(1, 10, 2, 'b'), local(2, 20, 1, 'a')],
    ],
  ])('refuses %s', (_what, id, history) => {
    expect(judgeHistory(history, applied)).toMatchObject({ id });
  });
});

test('a query says how it is read in a script, and by index if it does not', () => {
  const query: Step = { type: 'query', at: 1_000, client: 0, key: 'k' };
  const told: string[] = [];
  for (const step of [query, { ...query, read: 'local' } as const]) {
    runScript(
      {
        laboratory,
        trace: ({ effects }) => {
          for (const effect of effects) {
            if (effect.type === 'reply' && effect.reply.type === 'read')
              told.push(effect.reply.served);
          }
        },
      },
      script([...first(0), step], 1_500),
    );
  }
  expect(told).toEqual(['index', 'local']);
});
