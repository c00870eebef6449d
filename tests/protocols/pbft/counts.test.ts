/** Messages per decision between distinct replicas, exactly (message-counts.md, part D). */
import { describe, expect, test } from 'vitest';
import { byzantineQuorum } from '#protocols/core/quorum.ts';
import { counts as counting } from '#protocols/pbft/counting.ts';
import { messagesPer } from '#protocols/pbft/counts.ts';
import { countByKind, inTotal, type Counts } from '../fixtures/counts.ts';
import { settingOf } from '#protocols/pbft/setting.ts';
import { roster } from '../fixtures/ids.ts';
import { PbftWorld } from './world.ts';

const sizes = [4, 7, 10, 13];
const counted = (world: PbftWorld) =>
  countByKind(world.sent.splice(0).map(({ message }) => message));
const sum = (counts: Counts) => Object.values(counts).reduce((total, count) => total + count, 0);

test('[PS1] n = 4: 24 messages, n replies, and the client accepts at delay 5', () => {
  const world = new PbftWorld(4);
  const began = world.now;
  world.write();
  world.run(20);
  expect(sum(counted(world))).toBe(24);
  expect(world.replies).toBe(4);
  expect(world.settled.get(1)).toBe(began + 5);
});

describe.each(sizes)('n = %i', (n) => {
  test('1,000 decisions cost 2n(n-1) each and n(n-1) every K; nothing is sent twice', () => {
    const world = new PbftWorld(n, { checkers: 'off' });
    const { checkpointEvery } = settingOf(roster(n), {});
    world.writeEach(1_000);
    world.run(2_000);
    const theory = inTotal(
      [messagesPer('decision', n), 1_000],
      [messagesPer('checkpoint', n), Math.floor(1_000 / checkpointEvery)],
    );
    expect(sum(messagesPer('decision', n))).toBe(2 * n * (n - 1));
    expect(counted(world)).toEqual(theory);
    expect(world.states().every(({ executed }) => executed === 1_000)).toBe(true);
  });

  test('a crashed backup takes exactly its prepares and commits away', () => {
    const world = new PbftWorld(n);
    world.crash(n - 1);
    const decisions = 10;
    world.writeEach(decisions);
    const { PREPARE, COMMIT, ...rest } = counted(world);
    expect(rest['PRE-PREPARE']).toBe(decisions * (n - 1));
    expect(PREPARE).toBe(decisions * (n - 2) * (n - 1));
    expect(COMMIT).toBe(decisions * (n - 1) * (n - 1));
  });

  test('a crashed primary costs (n-1)² VIEW-CHANGEs and n - 1 NEW-VIEWs; [P22] one more for each that comes after the quorum', () => {
    const world = new PbftWorld(n);
    world.crash(0);
    world.write();
    world.run(4_000);
    expect(world.settled.size).toBe(1);
    expect(world.state(1).view).toBe(1);
    const { 'VIEW-CHANGE': moves, 'NEW-VIEW': begins } = counted(world);
    const theory = messagesPer('view change', n);
    const late = n - 1 - byzantineQuorum(n);
    expect(moves).toBe(theory['VIEW-CHANGE']);
    expect(begins).toBe((theory['NEW-VIEW'] ?? 0) + late);
  });
});

test('a batch of many requests costs what one costs', () => {
  const world = new PbftWorld(4);
  world.write(500);
  world.run(50);
  expect(world.settled.size).toBe(500);
  expect(counted(world)).toEqual(messagesPer('decision', 4));
  expect(world.state(0).executed).toBe(1);
  expect(world.digests()[0]).toBe(world.digests()[3]);
});

describe('what each message is for', () => {
  /** All that was sent, by the kinds that a screen counts. */
  function sorted(world: PbftWorld): Record<string, number> {
    const sorters = new Map<string, ReturnType<typeof counting.sorter>>();
    const totals: Record<string, number> = {};
    for (const { from, to, message } of world.sent.splice(0)) {
      const sorter = sorters.get(from) ?? counting.sorter();
      sorters.set(from, sorter);
      const kind = sorter.sort(to, message);
      totals[kind] = (totals[kind] ?? 0) + 1;
    }
    return totals;
  }

  test.each(sizes)('n = %i: the formula is that of messagesPer, and is what is measured', (n) => {
    const world = new PbftWorld(n);
    world.writeEach(100);
    world.run(2_000);
    const { checkpoint, ...kinds } = sorted(world);
    expect(checkpoint).toBe(
      Math.floor(100 / settingOf(roster(n), {}).checkpointEvery) * n * (n - 1),
    );
    const [formula] = counting.formulas;
    const each = Object.entries(formula?.perDecision(n) ?? {});
    expect(kinds).toEqual(Object.fromEntries(each.map(([kind, count]) => [kind, 100 * count])));
  });

  test('votes for one slot in a second view are apart, and so is what helps who fell behind', () => {
    const world = new PbftWorld(4);
    world.stop = (_from, _to, message) =>
      message.type === 'COMMIT' && message.statement.body.view === 0;
    world.write();
    world.run(8_000);
    expect(world.settled.size).toBe(1);
    const kinds = sorted(world);
    expect(kinds['view change']).toBeGreaterThan(0);
    // Of the backups of view 1, the old primary says PREPARE for the first time, the others for the second.
    expect(kinds).toMatchObject({ 'PRE-PREPARE': 3, PREPARE: 12 });
    expect(kinds['again']).toBeGreaterThanOrEqual(6);
    world.crash(0);
    world.write();
    world.run(100);
    expect(sorted(world)['help']).toBeUndefined();
    world.restart(0);
    world.run(8_000);
    expect(sorted(world)['help']).toBeGreaterThan(0);
  });
});
