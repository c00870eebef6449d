/** What every protocol owes its host, whether rooms run it or only the simulator does. */
import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import type { Effect, Event } from '#protocols/core/replica.ts';
import { clientReplySchema, type ClientMessage } from '#protocols/core/client.ts';
import { limits } from '#protocols/core/limits.ts';
import { Service } from '#protocols/core/service.ts';
import { withSwitch } from '#protocols/core/switches.ts';
import { profiles } from '#protocols/core/timing.ts';
import { laboratoryNamed } from '#protocols/laboratory.ts';
import { protocolNames, type ProtocolName } from '#protocols/registry.ts';
import { timers as hotStuffTimers } from '#protocols/hotstuff/pacemaker.ts';
import { timers as pbftTimers } from '#protocols/pbft/pacemaker.ts';
import { timers as raftTimers } from '#protocols/raft/pacemaker.ts';
import { r, roster } from './fixtures/ids.ts';
import { hotStuffMessage } from './hotstuff/arbitrary.ts';
import { pbftMessage, signedClientRequest } from './pbft/arbitrary.ts';
import { signIn } from './pbft/statements.ts';
import { clientQuery, clientRequest, raftMessage } from './raft/arbitrary.ts';

/** Who adds a protocol says here what its messages look like. */
const messages: Record<ProtocolName, fc.Arbitrary<unknown>> = {
  raft: raftMessage,
  pbft: pbftMessage,
  hotstuff: hotStuffMessage,
  jolteon: hotStuffMessage,
  basichotstuff: hotStuffMessage,
};
const timerNames: Record<ProtocolName, readonly string[]> = {
  raft: Object.values(raftTimers),
  pbft: Object.values(pbftTimers),
  hotstuff: Object.values(hotStuffTimers),
  jolteon: Object.values(hotStuffTimers),
  basichotstuff: Object.values(hotStuffTimers),
};
const whereSigned = fc.oneof(signedClientRequest, clientRequest, clientQuery);
const clientMessages: Record<ProtocolName, fc.Arbitrary<ClientMessage>> = {
  raft: fc.oneof(clientRequest, clientQuery),
  pbft: fc.oneof(
    signedClientRequest,
    clientRequest,
    clientQuery.map((query) => ({ ...query, read: 'quorum' as const })),
  ),
  hotstuff: whereSigned,
  jolteon: whereSigned,
  basichotstuff: whereSigned,
};
/** Puts the signature of replica 0 under what it says. */
const signs: Record<ProtocolName, (message: unknown) => unknown> = {
  raft: (message) => message,
  pbft: (message) => signIn(r(0), message),
  hotstuff: (message) => signIn(r(0), message),
  jolteon: (message) => signIn(r(0), message),
  basichotstuff: (message) => signIn(r(0), message),
};

function eventsOf(name: ProtocolName): fc.Arbitrary<Event<unknown>[]> {
  const event: fc.Arbitrary<Event<unknown>> = fc.oneof(
    {
      weight: 6,
      // Replica 0 is the one under test, replica 9 a stranger.
      arbitrary: fc.record({
        type: fc.constant('receive' as const),
        from: fc.constantFrom(0, 1, 1, 1, 2, 2, 9).map(r),
        message: messages[name],
      }),
    },
    fc.record({
      type: fc.constant('unverified' as const),
      from: fc.constantFrom(1, 2, 9).map(r),
      message: messages[name],
    }),
    {
      weight: 2,
      arbitrary: fc.record({
        type: fc.constant('timeout' as const),
        timer: fc.constantFrom(...timerNames[name], '', '__proto__'),
      }),
    },
    fc.record({
      type: fc.constant('operate' as const),
      operation: fc.record({
        type: fc.constant('changeMembership' as const),
        voters: fc.array(fc.nat(5).map(r), { maxLength: 5 }),
        learners: fc.array(fc.nat(5).map(r), { maxLength: 2 }),
      }),
    }),
    fc.record({ type: fc.constant('wake' as const), elapsedTicks: fc.nat(2_000) }),
    fc.record({
      type: fc.constant('request' as const),
      requests: fc.array(clientMessages[name], { maxLength: 3 }),
    }),
    fc.record({
      type: fc.constant('operate' as const),
      operation: fc.record({
        type: fc.constant('transferLeadership' as const),
        to: fc.nat(3).map(r),
      }),
    }),
  );
  return fc.array(event, { maxLength: 60, size: 'max' });
}

/** Steps a fresh replica through `events`, every other time with as many switches on as go together; what it says to itself comes back at once. */
function play(name: ProtocolName, events: readonly Event<unknown>[]) {
  const protocol = laboratoryNamed(name).protocol;
  const service = new Service();
  const voters = roster(Math.max(3, protocol.votersMin));
  const offered = protocol.switches;
  const all = offered.reduce<string[]>((on, one) => withSwitch(on, one.name, true, offered), []);
  const switches = events.length % 2 === 0 ? [] : all;
  const context = { self: r(0), voters, timing: profiles.fast, service, switches };
  const replica = protocol.create(context);
  const effects: Effect<unknown, unknown>[] = [];
  const inbox: Event<unknown>[] = [{ type: 'start', durable: new Map(), incarnation: 1 }];
  for (const event of [...inbox, ...events]) {
    const due: Event<unknown>[] = [event];
    for (let next = due.shift(); next; next = due.shift()) {
      for (const effect of replica.step(next)) {
        const sent = effect.type === 'send' ? signs[name](effect.message) : null;
        effects.push(effect.type === 'send' ? { ...effect, message: sent } : effect);
        if (effect.type !== 'send' || !effect.to.includes(r(0))) continue;
        due.push({ type: 'receive', from: r(0), message: sent });
      }
    }
  }
  return { effects, summary: protocol.summarize(replica.state), digest: service.digest() };
}

describe.each(protocolNames)('%s', (name) => {
  const protocol = laboratoryNamed(name).protocol;
  const events = eventsOf(name);

  test('[K12] no input makes a step throw, and what comes out is well-formed', () => {
    fc.assert(
      fc.property(events, (sequence) => {
        const { effects, summary } = play(name, sequence);
        for (const effect of effects) {
          if (effect.type === 'send') v.parse(protocol.message, effect.message);
          if (effect.type === 'note') v.parse(protocol.note, effect.note);
          if (effect.type === 'reply') v.parse(clientReplySchema, effect.reply);
          if (effect.type === 'setTimer') {
            expect(effect.ticksMin).toBeGreaterThan(0);
            expect(effect.ticksMax).toBeGreaterThanOrEqual(effect.ticksMin);
          }
        }
        expect(() => JSON.stringify(summary)).not.toThrow();
      }),
      { numRuns: 1_500, seed: 1 },
    );
  });

  test('[K1] the same events give the same effects', () => {
    fc.assert(
      fc.property(events, (sequence) => {
        expect(JSON.stringify(play(name, sequence))).toBe(JSON.stringify(play(name, sequence)));
      }),
      { numRuns: 200, seed: 2 },
    );
  });

  test('a message crosses the wire unchanged', () => {
    fc.assert(
      fc.property(messages[name], (message) => {
        const crossed = v.parse(protocol.message, JSON.parse(JSON.stringify(message)));
        expect(crossed).toEqual(message);
        expect(protocol.summarizeMessage(crossed).name).not.toBe('');
      }),
      { numRuns: 500, seed: 3 },
    );
  });

  test('[K7] one bad number, one field too many or too few, and a message is none', () => {
    fc.assert(
      fc.property(messages[name], fc.nat(), (message, choice) => {
        const object = message as Record<string, unknown>;
        const fields = Object.keys(object);
        const field = fields[choice % fields.length] as string;
        const fewer = Object.fromEntries(
          fields.filter((f) => f !== field).map((f) => [f, object[f]]),
        );
        expect(v.is(protocol.message, fewer)).toBe(false);
        expect(v.is(protocol.message, { ...object, extra: 1 })).toBe(false);
        if (typeof object[field] !== 'number') return;
        for (const bad of [NaN, -0, -1, 0.5, 2 ** 53, Infinity, limits.integerMax + 1, '1', null]) {
          expect(v.is(protocol.message, { ...object, [field]: bad })).toBe(false);
        }
      }),
      { numRuns: 500, seed: 4 },
    );
  });

  test('[K1] effects of timeouts that are not its own are none', () => {
    const { effects } = play(name, []);
    expect(play(name, [{ type: 'timeout', timer: 'no such timer' }]).effects).toEqual(effects);
  });
});
