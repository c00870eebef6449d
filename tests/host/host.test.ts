import { describe, expect, test } from 'vitest';
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { Effect, Write } from '#protocols/core/replica.ts';
import { limits } from '#protocols/core/limits.ts';
import type { Arrival } from '#lib/host/environment.ts';
import { peer, self, third, World, type Script } from './world.ts';

const put = (key: string): Write => ({ type: 'put', key, value: 1 });
const send = (message: string, ...to: ReplicaId[]): Effect<string, string> => ({
  type: 'send',
  to,
  message,
});
const persist = (key: string): Effect<string, string> => ({ type: 'persist', writes: [put(key)] });
const timer = (name: string, ticks: number): Effect<string, string> => ({
  type: 'setTimer',
  timer: name,
  ticksMin: ticks,
  ticksMax: ticks,
});

const from = (message: string, incarnation = 1, cluster = 'c'): Arrival<string> => ({
  type: 'envelope',
  from: peer,
  envelope: { cluster, incarnation, lamport: 5, clock: [0, 7, 0], messages: [message] },
});
const kinds = (world: World): string[] => world.events.map(({ type }) => type);
const received = (world: World): string[] =>
  world.events.flatMap((event) => (event.type === 'receive' ? [event.message] : []));

describe('effects', () => {
  test('[K2] what stands before the first persist leaves at once, what stands after waits for the disk', () => {
    const world = new World(({ type }) =>
      type === 'receive' ? [send('early', peer), persist('a'), send('late', peer)] : [],
    ).start();
    world.host.receive(from('x'));
    expect(world.log).toEqual(['2: early', 'write a']);
    world.written();
    expect(world.log).toEqual(['2: early', 'write a', '2: late']);
  });

  test('one write for all that one turn brought; events that come meanwhile wait for it', () => {
    const world = new World((event) =>
      event.type === 'receive' ? [persist(event.message), send(`ack ${event.message}`, peer)] : [],
    ).start();
    for (const message of ['a', 'b', 'c']) world.host.receive(from(message));
    expect(world.log).toEqual(['write a']);
    world.written();
    expect(world.log.slice(1)).toEqual(['2: ack a', 'write b c']);
    world.written();
    expect(world.log.slice(3)).toEqual(['2: ack b ack c']);
  });

  test('[K4] what a replica tells itself after a persist comes back once the disk has it, ahead of the inbox', () => {
    const world = new World((event) =>
      event.type === 'receive' && event.message === 'go' ? [persist('a'), send('mine', self)] : [],
    ).start();
    world.host.receive(from('go'));
    world.host.receive(from('next'));
    expect(received(world)).toEqual(['go']);
    world.written();
    expect(received(world)).toEqual(['go', 'mine', 'next']);
  });

  test('receivers of the very same message share one envelope', () => {
    const world = new World((event) =>
      event.type === 'receive' ? [send('all', peer, third), send('one', third)] : [],
    ).start();
    world.host.receive(from('x'));
    expect(world.log).toEqual(['2: all', '3: all one']);
  });

  test('a write that fails halts the replica visibly: nothing that depends on it leaves', () => {
    const world = new World(({ type }) =>
      type === 'receive' ? [persist('a'), send('late', peer), timer('t', 10)] : [],
    ).start();
    world.host.receive(from('x'));
    world.written({ ok: false, error: 'disk full' });
    world.host.receive(from('y'));
    world.pass(1_000);
    expect(world.why).toBe('disk full');
    expect(world.log).toEqual(['write a']);
    expect(received(world)).toEqual(['x']);
  });
});

describe('order within a turn', () => {
  test('due timers go before the inbox', () => {
    const world = new World((event) => (event.type === 'start' ? [timer('t', 10)] : [])).start();
    world.time += 10;
    world.host.receive(from('x'));
    expect(kinds(world)).toEqual(['start', 'timeout', 'receive']);
  });

  test('client requests go after the inbox, in one batch of all that the turn brought', () => {
    const world = new World(() => []).start();
    const command = { op: 'get', key: 'k' } as const;
    const request = { client: `${peer}/00000000` as never, ackedBelow: 1, command };
    world.host.pause();
    world.host.receive({ type: 'requests', requests: [{ ...request, seq: 1 }] });
    world.host.receive(from('x'));
    world.host.receive({ type: 'requests', requests: [{ ...request, seq: 2 }] });
    world.host.wake();
    expect(kinds(world)).toEqual(['start', 'wake', 'receive', 'request']);
    expect(world.events.at(-1)).toMatchObject({ requests: [{ seq: 1 }, { seq: 2 }] });
  });

  test('a timer that was cancelled or set anew in the same turn does not fire', () => {
    const world = new World((event) => {
      if (event.type === 'start') return [timer('a', 10), timer('b', 10)];
      if (event.type !== 'timeout') return [];
      return [{ type: 'cancelTimer', timer: event.timer === 'a' ? 'b' : 'a' }];
    }).start();
    world.pass(10);
    expect(kinds(world)).toEqual(['start', 'timeout']);
  });
});

describe('time that stands still', () => {
  const ticking: Script<string> = ({ type }) =>
    type === 'start' || type === 'timeout' || type === 'wake' ? [timer('t', 100)] : [];

  test('[K13] a pause becomes one wake with its length, not a burst of timeouts', () => {
    const world = new World(ticking).start();
    world.host.pause();
    world.pass(60_000);
    expect(kinds(world)).toEqual(['start']);
    world.host.wake();
    expect(world.events.slice(1)).toEqual([{ type: 'wake', elapsedTicks: 60_000 }]);
    world.pass(100);
    expect(kinds(world)).toEqual(['start', 'wake', 'timeout']);
  });

  test('[K13] a machine that stood still is noticed by whatever happens first', () => {
    const world = new World(ticking).start();
    world.time += 5_000;
    world.host.receive(from('stale'));
    expect(kinds(world)).toEqual(['start', 'wake', 'receive']);
  });

  test('a timer that is only a little late is a timeout', () => {
    const world = new World(ticking).start();
    world.pass(150);
    expect(kinds(world)).toEqual(['start', 'timeout']);
  });

  test('a freeze stops the clock: afterwards the timer has as long to go as before', () => {
    const world = new World(ticking).start();
    world.pass(60);
    world.host.freeze();
    world.host.receive(from('held'));
    world.pass(10_000);
    expect(kinds(world)).toEqual(['start']);
    world.host.unfreeze();
    expect(kinds(world)).toEqual(['start', 'receive']);
    world.pass(39);
    expect(kinds(world)).not.toContain('timeout');
    world.pass(1);
    expect(kinds(world)).toContain('timeout');
    expect(kinds(world)).not.toContain('wake');
  });
});

describe('the door', () => {
  test('another epoch and an earlier life of the sender are dropped and counted', () => {
    const world = new World(() => []).start();
    world.host.receive(from('new life', 3));
    world.host.receive(from('old life', 2));
    world.host.receive(from('other epoch', 4, 'd'));
    expect(received(world)).toEqual(['new life']);
    expect(world.host.counters.stale).toBe(2);
  });

  test('a paused replica keeps a bounded inbox, the newest', () => {
    const world = new World(() => []).start();
    world.host.pause();
    for (let i = 0; i <= limits.inboxEnvelopesMax; i++) world.host.receive(from(String(i)));
    world.host.wake();
    expect(received(world)).toHaveLength(limits.inboxEnvelopesMax);
    expect(received(world)[0]).toBe('1');
    expect(world.host.counters.overflowed).toBe(1);
  });

  test('the trace counts every step, and carries Lamport and vector clock', () => {
    const world = new World(() => []).start();
    world.host.receive(from('x'));
    expect(world.traces).toMatchObject([
      { number: 1, lamport: 1, clock: [1, 0, 0], cause: { type: 'start' } },
      { number: 2, lamport: 6, clock: [2, 7, 0], cause: { type: 'receive', from: peer } },
    ]);
  });
});
