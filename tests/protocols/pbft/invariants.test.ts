/** What the checkers see, each shown the one thing that it is there for, and the same without it. */
import { expect, test } from 'vitest';
import type { Effect, Event } from '#protocols/core/replica.ts';
import { say } from '#protocols/core/signed.ts';
import { Service } from '#protocols/core/service.ts';
import { profiles } from '#protocols/core/timing.ts';
import { digestOf, requestKey } from '#protocols/pbft/batch.ts';
import { ClusterInvariants } from '#protocols/pbft/invariants.ts';
import type { PbftMessage, ViewChange } from '#protocols/pbft/messages.ts';
import { settingOf } from '#protocols/pbft/setting.ts';
import { initialState, slotAt, type PbftEffect, type PbftState } from '#protocols/pbft/state.ts';
import { c, r, roster } from '../fixtures/ids.ts';
import {
  batch,
  carrying,
  certificate,
  checkpoint,
  commit,
  newView,
  prepare,
  prePrepare,
  viewChange,
} from './statements.ts';

const quiet: Event<PbftMessage> = { type: 'wake', elapsedTicks: 0 };
const voters = roster(4);

function replica(i: number): PbftState {
  const context = { self: r(i), voters, timing: profiles.fast, service: new Service() };
  return initialState(context, settingOf(voters, {}), null);
}

/** What a checker of a cluster finds, by number. */
function cluster() {
  const checker = new ClusterInvariants(() => new Map());
  return (state: PbftState, { effects = [] as readonly PbftEffect[], event = quiet } = {}) =>
    [...checker.check(state, effects, event)].map(({ id }) => id);
}

/** `state` has decided its slot 1, by commits of `by`. */
function decide(state: PbftState, by: readonly number[]): PbftState {
  const commits = by.map((i) => commit(r(i), 0, 1, batch(1)));
  slotAt(state, 1).decision = { digest: digestOf(batch(1)), commits };
  return state;
}

/** In view 1, which began with a checkpoint at 32 that `signers` signed, and with nothing above it. */
function moved(state: PbftState, signers: readonly number[]): PbftState {
  const checkpoints = signers.map((i) => checkpoint(r(i), 32, 'ab'.repeat(32)));
  const claims: Partial<ViewChange> = { stable: 32, checkpoints };
  const V = [1, 2, 3].map((i) => viewChange(r(i), 1, i === 3 ? claims : {}));
  state.newView = newView(1, V);
  state.view = 1;
  return state;
}

test.each([
  ['proves', [0, 1, 2], []],
  ['claims', [0, 1], ['PI3']],
  ['claims with one signature twice', [0, 1, 1], ['PI3']],
])('[PI3] a slot below the checkpoint that a new view %s', (_what, signers, found) => {
  const check = cluster();
  expect(check(decide(replica(1), [0, 1, 2]))).toEqual([]);
  const other = replica(2);
  check(other);
  expect(check(moved(other, signers))).toEqual(found);
});

test('[P9] a decision rests on a quorum of equal commits of distinct voters', () => {
  expect(cluster()(decide(replica(1), [0, 1, 2]))).toEqual([]);
  for (const by of [
    [0, 1],
    [0, 1, 1],
    [0, 1, 9],
  ]) {
    expect(cluster()(decide(replica(1), by))).toEqual(['P9']);
  }
});

test('[P9] a vote before its proposal is kept', () => {
  for (const vote of [prepare(r(2), 0, 1, batch(1)), commit(r(2), 3, 1, batch(1))]) {
    const event: Event<PbftMessage> = { type: 'receive', from: r(3), message: carrying(vote) };
    const state = replica(1);
    expect(cluster()(state, { event })).toEqual(['P9']);
    const { prepares, commits } = slotAt(state, 1);
    const votes: Map<unknown, unknown> = vote.body.kind === 'PREPARE' ? prepares : commits;
    votes.set(r(2), vote);
    expect(cluster()(state, { event })).toEqual([]);
  }
});

test('[P9] a vote of a view that was left, out of the window or of the primary need not be kept', () => {
  const state = replica(1);
  state.view = 2;
  for (const vote of [
    prepare(r(3), 1, 1, batch(1)),
    commit(r(3), 2, state.setting.window + 1, batch(1)),
    prepare(r(2), 2, 1, batch(1)),
  ]) {
    const event: Event<PbftMessage> = { type: 'receive', from: r(3), message: carrying(vote) };
    expect(cluster()(state, { event })).toEqual([]);
  }
});

test('[P5] a pre-prepare is the primary’s', () => {
  const state = replica(1);
  slotAt(state, 1).prePrepare = prePrepare(0, 1, batch(1));
  expect(cluster()(state)).toEqual([]);
  slotAt(state, 1).prePrepare = prePrepare(0, 1, batch(1), r(2));
  expect(cluster()(state)).toEqual(['P5']);
});

test('[P14, PS31] the timer runs for what is not executed', () => {
  const check = cluster();
  const state = replica(1);
  state.awaited = requestKey({ client: c(0), seq: 7 });
  expect(check(state)).toEqual([]);
  state.index = 1;
  const result = { ok: true, value: null } as const;
  const reply = { type: 'done', seq: 7, index: 1, result, leader: r(0) } as const;
  const effects: Effect<never, never>[] = [{ type: 'reply', to: c(0), reply }];
  expect(check(state, { effects })).toEqual(['P14']);
  state.awaited = requestKey({ client: c(0), seq: 8 });
  expect(check(state)).toEqual([]);
});

test('[P16] a view change that is kept proves what it says', () => {
  const state = replica(1);
  const shown = { prepared: [certificate(0, 1, batch(1))] };
  state.viewChanges.set(r(3), viewChange(r(3), 1, shown));
  expect(cluster()(state)).toEqual([]);
  state.viewChanges.set(r(3), viewChange(r(3), 1, { stable: 16 }));
  expect(cluster()(state)).toEqual(['P16']);
});

test('[P21] a view is reached by timeouts, one after the other, or because an honest replica is there', () => {
  const check = cluster();
  const [first, second] = [replica(1), replica(2)];
  check(first);
  check(second);
  first.view = 1;
  expect(check(first)).toEqual([]);
  first.view = 2;
  expect(check(first)).toEqual([]);
  second.view = 2;
  expect(check(second)).toEqual([]);
  second.view = 4;
  expect(check(second)).toEqual(['P21']);
});

test('[PI6, P15] a view change shows what is above its checkpoint, each slot once, and no more than proves it', () => {
  const said = (rest: Partial<ViewChange>): string[] => {
    const state = replica(1);
    const { body } = viewChange(r(1), 1, rest);
    const message: PbftMessage = { type: 'VIEW-CHANGE', statement: say(r(1), body) };
    return cluster()(state, { effects: [{ type: 'send', to: voters, message }] });
  };
  const shown = certificate(0, 1, batch(1));
  const [vote] = shown.prepares;
  const three = { ...shown, prepares: [...shown.prepares, ...(vote ? [vote] : [])] };
  expect(said({ prepared: [shown, certificate(0, 32, batch(2))] })).toEqual([]);
  expect(said({ prepared: [shown, shown] })).toEqual(['PI6']);
  expect(said({ prepared: [certificate(0, 33, batch(1))] })).toEqual(['PI6']);
  expect(said({ stable: 1, prepared: [shown] })).toEqual(['PI6']);
  expect(said({ prepared: [three] })).toEqual(['PI6']);
});
