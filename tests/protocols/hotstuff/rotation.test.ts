/** C28: who leads which view is a choice of the epoch, which all replicas and the court go by. */
import { describe, expect, test } from 'vitest';
import { Service } from '#protocols/core/service.ts';
import { profiles } from '#protocols/core/timing.ts';
import { bugs } from '#protocols/hotstuff/bugs.ts';
import type { HotStuffBug } from '#protocols/hotstuff/bugs/bug.ts';
import { basicHotStuff, hotStuff, jolteon } from '#protocols/hotstuff/protocol.ts';
import { leaderOf } from '#protocols/hotstuff/rotation.ts';
import { r, roster } from '../fixtures/ids.ts';

const voters = roster(4);
const none = { every: 0, kept: 0 };
const context = (switches: readonly string[]) => {
  return { self: r(0), voters, timing: profiles.fast, service: new Service(), switches };
};

describe.each<[string, Pick<HotStuffBug, 'create'>]>([
  ['chained', hotStuff],
  ['Jolteon', jolteon],
  ['basic', basicHotStuff],
  ['chained, with a mistake planted', bugs[0] as HotStuffBug],
])('%s', (_name, { create }) => {
  const settingWith = (...switches: string[]) => create(context(switches), none).state.setting;
  const leadersWith = (...switches: string[]): number[] =>
    [1, 2, 3, 4, 5, 8].map((view) =>
      voters.indexOf(leaderOf(view, null, settingWith(...switches))),
    );

  test('[C28] another leader in each view, or each for four views', () => {
    expect(leadersWith()).toEqual([1, 2, 3, 0, 1, 0]);
    expect(leadersWith('steady-leaders')).toEqual([0, 0, 0, 1, 1, 2]);
  });

  test('[C28] by reputation', () => {
    expect(settingWith('reputation').rotation).toEqual({ type: 'reputation' });
  });
});
