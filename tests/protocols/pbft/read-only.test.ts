/** Reads that take no place in the order (TOCS 2002, §5.1.3): replica 1 of four on the bench, a backup; then a cluster. */
import { describe, expect, test } from 'vitest';
import type { ClientQuery } from '#protocols/core/client.ts';
import { bugs } from '#protocols/pbft/bugs.ts';
import { mayAnswerRead } from '#protocols/pbft/read-rules.ts';
import type { PbftEffect } from '#protocols/pbft/state.ts';
import { c, r } from '../fixtures/ids.ts';
import { Bench, sent, type Born } from './bench.ts';
import { batch, carrying, viewChange } from './statements.ts';
import { PbftWorld } from './world.ts';

const readOnly = ['read-only'];
const both = ['read-only', 'tentative-execution'];
const bench = (switches = readOnly, born: Born = {}) => new Bench({ switches, ...born });

function ask(on: Bench, query: number, more: Partial<ClientQuery> = {}): readonly PbftEffect[] {
  const asked = { client: c(0), query, key: 'x', read: 'quorum', minIndex: 0, ...more } as const;
  return on.step({ type: 'request', requests: [asked] });
}

/** `number value index`. */
function reads(effects: readonly PbftEffect[]): string[] {
  return effects.flatMap((effect) => {
    if (effect.type !== 'reply' || effect.reply.type !== 'read') return [];
    const { query, result, index } = effect.reply;
    return [`${query} ${result.value} ${index}`];
  });
}

function prepared(on: Bench, n: number): readonly PbftEffect[] {
  return [...on.prePrepare(0, n, batch(n)), ...on.prepare([2], 0, n, batch(n))];
}

describe('a read is answered', () => {
  test('at once from what is committed, with its index, and nobody else hears of it', () => {
    const on = bench();
    on.decide(1, batch(1));
    const effects = ask(on, 1);
    expect(reads(effects)).toEqual(['1 1 1']);
    expect(sent(effects)).toEqual([]);
    expect(on.state.index).toBe(1);
  });

  test('not from less than its client has seen', () => {
    const on = bench();
    on.decide(1, batch(1));
    expect(reads(ask(on, 1, { minIndex: 2 }))).toEqual([]);
    expect(reads(on.decide(2, batch(2)))).toEqual(['1 2 2']);
  });

  test('once all that was executed tentatively before it is committed, and from no later one', () => {
    const on = bench(both);
    prepared(on, 1);
    expect(reads(ask(on, 1))).toEqual([]);
    prepared(on, 2);
    // Slot 2 is executed tentatively in the same step.
    expect(reads(on.commit([2, 3], 0, 1, batch(1)))).toEqual(['1 1 1']);
    expect(on.state.tentative?.n).toBe(2);
  });

  test('never while anything is executed tentatively, whatever it waits for', () => {
    const on = bench(both);
    prepared(on, 1);
    const query = { client: c(0), query: 1, key: 'x', read: 'quorum', minIndex: 0 } as const;
    expect(on.state.tentative?.n).toBe(1);
    expect(mayAnswerRead({ from: 0, query }, on.state)).toBe(false);
    on.commit([2, 3], 0, 1, batch(1));
    expect(mayAnswerRead({ from: 0, query }, on.state)).toBe(true);
  });

  test('not after a view change took back what its writer may count as done', () => {
    const on = bench(both);
    prepared(on, 1);
    for (const i of [2, 3]) on.receive(carrying(viewChange(r(i), 1)), r(i));
    expect(on.state.tentative).toBeNull();
    expect(reads(ask(on, 1))).toEqual([]);
  });

  test('[K2] not in a later life from less than in this one', () => {
    const on = bench(readOnly, { options: { checkpointEvery: 2 } });
    on.decide(1, batch(1));
    on.decide(2, batch(2));
    const again = bench(readOnly, { options: { checkpointEvery: 2 }, disk: on.disk });
    expect(again.state.executed).toBe(0);
    expect(reads(ask(again, 1))).toEqual([]);
    again.commit([2, 3], 0, 1, batch(1));
    expect(reads(again.commit([2, 3], 0, 2, batch(2)))).toEqual(['1 2 2']);
  });

  test('never where it is off', () => {
    const on = new Bench();
    on.decide(1, batch(1));
    expect(ask(on, 1)).toEqual([]);
    expect(on.disk.has('executed')).toBe(false);
  });
});

describe('a cluster', () => {
  test('a read takes two delays, and no message between replicas', () => {
    const world = new PbftWorld(4, { switches: readOnly });
    world.writeEach(1);
    world.run(100);
    const before = world.sent.length;
    world.read();
    world.run(2);
    expect(world.simulation.clients.history.at(-1)).toMatchObject({ served: 'quorum', index: 1 });
    expect(world.sent).toHaveLength(before);
  });

  test('one that f + 1 answer alike is ordered after a while', () => {
    const world = new PbftWorld(4, { switches: readOnly });
    world.writeEach(1);
    world.crash(2);
    world.crash(3);
    world.read();
    world.run(300);
    expect(world.simulation.clients.history.at(-1)?.result).toBeNull();
    world.restart(2);
    world.restart(3);
    world.run(10_000);
    expect(world.simulation.clients.history.at(-1)).toMatchObject({ served: 'log', index: 2 });
  });
});

/** PB14: the primary serves 1 and 2, leaves 3 out, and answers no client. */
describe('[PS33] [PB14] [D11] the trap of Berger, Reiser and Bessani', () => {
  const bug = bugs.find(({ name }) => name === 'left-out-stay-behind');

  function trapped(switches: readonly string[], asPublished: boolean): PbftWorld {
    const world = new PbftWorld(4, {
      switches: [...switches],
      ...(asPublished && bug ? { bug } : {}),
    });
    world.turn(0, 'PB14');
    world.write();
    world.run(20_000);
    world.read();
    world.run(20_000);
    return world;
  }

  const answered = ({ simulation }: PbftWorld): number =>
    simulation.clients.history.filter(({ answeredAt }) => answeredAt !== null).length;

  test('exhibit: read-only requests on, and nothing passed on: the client waits, for its write too, and no view changes', () => {
    const world = trapped(readOnly, true);
    expect(answered(world)).toBe(0);
    expect([1, 2, 3].map((i) => world.state(i).executed)).toEqual([2, 2, 0]);
    // The read was ordered after a while, in vain. Who is left out gives the primary up, and nobody joins it: f are not f + 1.
    expect([1, 2].map((i) => world.state(i).view)).toEqual([0, 0]);
    expect(world.state(3).active).toBe(false);
  });

  test('with them off, f + 1 answers are enough', () => {
    expect(answered(trapped([], true))).toBe(2);
  });

  test('with them on, and decisions passed on with their proof, it is answered', () => {
    const world = trapped(readOnly, false);
    expect(answered(world)).toBe(2);
    expect(world.state(3).executed).toBeGreaterThanOrEqual(1);
  });
});
