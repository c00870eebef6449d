/** One digest over all that was executed: equal where PI1 holds, and different ever after where it once did not. */
import { describe, expect, test } from 'vitest';
import { r } from '../fixtures/ids.ts';
import { executedAbove, historyOf } from '#protocols/pbft/history.ts';
import { Bench } from './bench.ts';
import { batch, carrying, checkpoint, signedRequest } from './statements.ts';
import { PbftWorld } from './world.ts';

const every2 = { options: { checkpointEvery: 2 } };

describe('[PI8] the history', () => {
  test('[PI1] is the same at the same slot, after a crash and after a state that came as a whole', () => {
    const world = new PbftWorld(4);
    world.writeEach(5);
    world.cutOff(3);
    world.writeEach(70);
    world.crash(2);
    world.restart(2);
    world.mend();
    world.writeEach(1);
    world.run(8_000);
    const states = [0, 1, 2, 3].map((i) => world.state(i));
    expect(new Set(states.map(({ executed }) => executed)).size).toBe(1);
    expect(new Set(states.map(historyOf)).size).toBe(1);
    const fetched = executedAbove(world.state(3), 0)[0];
    expect(fetched?.digest).toBeNull();
    expect(executedAbove(world.state(0), fetched?.n ?? 0)).toEqual(
      executedAbove(world.state(3), fetched?.n ?? 0),
    );
  });

  test('differs ever after where one slot did, even if the states are equal again', () => {
    const put = (seq: number, value: string) => signedRequest(seq, { op: 'put', key: 'x', value });
    const [one, other] = [new Bench(every2), new Bench(every2)];
    const requests = [put(1, 'a'), signedRequest(2, { op: 'get', key: 'y' })];
    one.decide(1, requests);
    one.decide(2, []);
    other.decide(1, []);
    other.decide(2, requests);
    const service = ({ state }: Bench) =>
      (JSON.parse(state.snapshots.get(2)?.pieces.join('') ?? '{}') as { service?: unknown })
        .service;
    expect(service(one)).toEqual(service(other));
    expect(historyOf(one.state)).not.toBe(historyOf(other.state));
    expect(one.state.snapshots.get(2)?.digest).not.toBe(other.state.snapshots.get(2)?.digest);
    for (const bench of [one, other]) bench.decide(3, batch(3));
    expect(historyOf(one.state)).not.toBe(historyOf(other.state));
  });

  test('[PI6] remembers two windows of slots, each with its digest', () => {
    const bench = new Bench(every2);
    for (let n = 1; n <= 30; n++) {
      bench.decide(n, batch(n));
      const digest = bench.state.snapshots.get(n)?.digest;
      if (digest === undefined) continue;
      for (const i of [2, 3]) bench.receive(carrying(checkpoint(r(i), n, digest)));
    }
    const remembered = executedAbove(bench.state, 0).map(({ n }) => n);
    expect(remembered).toEqual([23, 24, 25, 26, 27, 28, 29, 30]);
    expect(executedAbove(bench.state, 28).map(({ n }) => n)).toEqual([29, 30]);
    expect(executedAbove(bench.state, 30)).toEqual([]);
  });
});
