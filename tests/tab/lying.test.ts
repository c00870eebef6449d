/** A replica that its person turns: what it says instead, what its own screen is told, and the way back. */
import { describe, expect, test } from 'vitest';
import type { Behaviour } from '#protocols/core/behaviour.ts';
import { clientId, type MemberId } from '#protocols/core/ids.ts';
import type { Effect } from '#protocols/core/replica.ts';
import { profiles } from '#protocols/core/timing.ts';
import { turned } from '#lib/tab/lying.ts';
import { wordsOf } from '#lib/tab/message-words.ts';
import { Turnable, type AnyReplica } from '#lib/tab/turnable.ts';
import type { LieShown } from '#lib/tab/worker-messages.ts';
import { batch, commit, prePrepare } from '../protocols/pbft/statements.ts';
import { roster } from '../protocols/fixtures/ids.ts';

const voters = roster(4);
const [self = voters[0], ...others] = voters;
const proposal = { type: 'PRE-PREPARE', statement: prePrepare(0, 1, batch(1)), batch: batch(1) };
const state = { view: 0 } as unknown as AnyReplica['state'];
const honest: AnyReplica = {
  state,
  step: () => [{ type: 'send', to: others, message: proposal }],
};
const behaviour = (what: string, more: Partial<Behaviour> = {}): Behaviour => ({
  what,
  to: null,
  with: [],
  when: null,
  ...more,
});
const wake = { type: 'wake', elapsedTicks: 0 } as const;

function turn(behaviours: readonly Behaviour[], step: AnyReplica['step'] = honest.step) {
  const lies: LieShown[] = [];
  const tools = {
    self: self as (typeof voters)[number],
    voters,
    timing: profiles.fast,
    another: () => honest,
    durable: () => new Map(),
  };
  const tell = (lie: LieShown) => lies.push(lie);
  const order = { protocol: 'pbft', behaviours, tools, tell } as const;
  return { liar: turned({ state, step }, order), lies };
}

const receivers = (effects: readonly Effect<unknown, unknown>[]) =>
  effects.flatMap((effect) => (effect.type === 'send' ? effect.to : []));

describe('a turned replica', () => {
  test('[G2] says less, and its screen shows what it should have said', () => {
    const { liar, lies } = turn([behaviour('G2', { to: [1] })]);
    expect(receivers(liar.step(wake))).toEqual(voters.slice(2));
    const [lie] = lies;
    expect(lie).toMatchObject({ what: 'G2', instead: [{ with: others, name: 'PRE-PREPARE' }] });
    expect(lie?.sent).toMatchObject([{ with: voters.slice(2) }]);
  });

  test('[PB1] tells two stories, one of them another than its screen shows as the truth', () => {
    const { liar, lies } = turn([behaviour('PB1')]);
    liar.step(wake);
    const texts = new Set(lies.flatMap(({ sent }) => sent.map(({ text }) => text)));
    expect(texts.size).toBe(2);
    expect(texts).toContain(lies[0]?.instead[0]?.text);
  });

  test('[G6] may say what is no message at all: its screen shows that it did', () => {
    const { liar, lies } = turn([behaviour('G6')]);
    for (let turns = 0; turns < 5; turns++) liar.step(wake);
    const said = lies.flatMap(({ sent }) => sent.map(({ name }) => name));
    expect(said.length).toBeGreaterThanOrEqual(5);
    expect(said).toContain('malformed');
  });

  const requests = [1, 2].map((seq) => {
    const command = { op: 'put', key: `k${seq}`, value: 'x' } as const;
    return { client: clientId(others[seq] as MemberId, '00000000'), seq, ackedBelow: 1, command };
  });

  test('[G11] may not listen: its screen shows whom it did not hear', () => {
    const { liar, lies } = turn([behaviour('G11')]);
    liar.step({ type: 'request', requests });
    expect(lies).toMatchObject([
      {
        what: 'G11',
        instead: [],
        sent: [],
        heard: [{ with: [others[1], others[2]], name: 'requests', text: 'put k1=x, put k2=x' }],
        taken: [{ with: [others[2]], text: 'put k2=x' }],
      },
    ]);
    liar.step({ type: 'request', requests: requests.slice(1) });
    expect(lies).toHaveLength(1);
  });

  test('[G12] may turn the order round; of one request there is none, and no lie is shown', () => {
    const { liar, lies } = turn([behaviour('G12')]);
    liar.step({ type: 'request', requests: requests.slice(1) });
    expect(lies).toEqual([]);
    liar.step({ type: 'request', requests });
    expect(lies[0]?.taken).toMatchObject([{ text: 'put k2=x, put k1=x' }]);
  });

  test('[G13] may answer wrongly: its screen shows both answers', () => {
    const to = clientId(others[1] as MemberId, '00000000');
    const result = { ok: true, value: 'x' } as const;
    const reply = { type: 'done', seq: 3, index: 7, result, leader: null } as const;
    const { liar, lies } = turn([behaviour('G13')], () => [{ type: 'reply', to, reply }]);
    liar.step(wake);
    expect(lies).toMatchObject([
      {
        instead: [{ with: [others[1]], name: 'answer', text: 'its command 3: x' }],
        sent: [{ with: [others[1]], text: 'its command 3: no value' }],
        heard: [],
      },
    ]);
  });

  test('what is on no menu changes nothing', () => {
    const { liar, lies } = turn([behaviour('Z9')]);
    expect(liar.step(wake)).toEqual(honest.step(wake));
    expect(lies).toEqual([]);
  });

  test('is honest again, with the state it has, when it is told to be', async () => {
    const replica = new Turnable(honest);
    const silent = { state, step: () => [] };
    await replica.behave([behaviour('G1')], () => Promise.resolve(silent));
    expect(replica.step(wake)).toEqual([]);
    await replica.behave([], () => Promise.resolve(silent));
    expect(replica.step(wake)).toEqual(honest.step(wake));
  });

  test('keeps to the last order, however late the lies of an earlier one are loaded', async () => {
    const replica = new Turnable(honest);
    const late = replica.behave([behaviour('G1')], async () => {
      await new Promise((resolve) => setTimeout(resolve));
      return { state, step: () => [] };
    });
    await replica.behave([], () => Promise.resolve(honest));
    await late;
    expect(replica.step(wake)).toEqual(honest.step(wake));
  });
});

describe('a message in words', () => {
  test('shows numbers, the first digits of digests, and what is asked for', () => {
    const words = wordsOf(proposal);
    expect(words).toMatch(/^view 0, n 1, digest [0-9a-f]{8}, batch put x=1$/);
  });

  test('shows no signature and nothing of what it cannot know', () => {
    const message = { type: 'COMMIT', statement: commit(voters[1] as never, 2, 3, batch(1)) };
    expect(wordsOf(message)).toMatch(/^view 2, n 3, digest [0-9a-f]{8}$/);
    expect([wordsOf(null), wordsOf('text'), wordsOf({ type: 'X', deep: {} })]).toEqual([
      '',
      '',
      '',
    ]);
  });
});
