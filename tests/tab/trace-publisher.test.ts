/** What of a replica's steps reaches the screens: everything while there is little, a sample of the routine when not. */
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import type { ReplicaId } from '#protocols/core/ids.ts';
import { Service } from '#protocols/core/service.ts';
import { profiles } from '#protocols/core/timing.ts';
import { raft } from '#protocols/raft/protocol.ts';
import type { RaftNote } from '#protocols/raft/notes.ts';
import type { RaftMessage } from '#protocols/raft/messages.ts';
import { unpack } from '#lib/host/packing.ts';
import { traceBatchSchema } from '#lib/host/trace-wire.ts';
import type { TracedEffect, TraceEvent } from '#lib/host/trace.ts';
import { TracePublisher, routineMax } from '#lib/tab/trace-publisher.ts';

const self = 'a'.repeat(32) as ReplicaId;
const other = 'b'.repeat(32) as ReplicaId;
const core = raft.create({ self, voters: [self], timing: profiles.fast, service: new Service() });
const summary = raft.summarize(core.state);

type Effects = readonly TracedEffect<RaftMessage, RaftNote>[];
const step = (number: number, effects: Effects = []): TraceEvent<RaftMessage, RaftNote> => ({
  replica: self,
  incarnation: 1,
  number,
  at: 1_000 + number,
  lamport: number,
  clock: [number],
  cause: { type: 'timeout', timer: 'election', silentTicks: 300 },
  effects,
});
const noted = (number: number): TraceEvent<RaftMessage, RaftNote> =>
  step(number, [{ type: 'note', note: { note: 'electionStarted', term: number } }]);
const applying = (number: number, characters: number): TraceEvent<RaftMessage, RaftNote> =>
  step(number, [
    {
      type: 'apply',
      index: number,
      command: { op: 'put', key: 'x', value: 'v'.repeat(characters) },
      result: { ok: true, value: null },
    },
  ]);

function publisher(protocol: typeof raft = raft) {
  const made = new TracePublisher(protocol, '0'.repeat(16), 1);
  const numbers = (): number[] => {
    const bytes = made.take(summary);
    expect(bytes.byteLength).toBeLessThan(16_384);
    const unpacked = unpack(bytes, 16_384);
    const { events } = JSON.parse(unpacked.ok ? new TextDecoder().decode(unpacked.plain) : '') as {
      events: TraceEvent<never, never>[];
    };
    return events.map(({ number }) => number);
  };
  return { made, numbers };
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('the trace of a replica', () => {
  test('is shown step by step while there is little of it', () => {
    const { made, numbers } = publisher();
    for (const number of range(1, routineMax)) made.add(step(number));
    expect(made.dueAfterMs).toBe(0);
    expect(numbers()).toEqual(range(1, routineMax));
    expect(made.dueAfterMs).toBe(1_000);
    made.add(step(99));
    expect(made.dueAfterMs).toBeLessThan(100);
  });

  test('is the newest part of the routine when there is much', () => {
    const { made, numbers } = publisher();
    for (const number of range(1, 500)) made.add(step(number));
    expect(numbers()).toEqual(range(501 - routineMax, 500));
  });

  test('leaves the screens time to read a large batch, but not before what a replica noted', () => {
    const { made, numbers } = publisher();
    for (const number of range(1, routineMax)) made.add(applying(number, 600));
    expect(numbers()).toHaveLength(routineMax);
    made.add(step(100));
    expect(made.dueAfterMs).toBeGreaterThan(250);
    made.add(noted(101));
    expect(made.dueAfterMs).toBe(0);
  });

  test('leaves out no step that a replica noted, and keeps the order', () => {
    const { made, numbers } = publisher();
    for (const number of range(1, 300)) made.add(number % 100 === 0 ? noted(number) : step(number));
    const shown = numbers();
    expect(shown).toEqual([...shown].sort((a, b) => a - b));
    expect(shown).toEqual(expect.arrayContaining([100, 200, 300]));
    expect(shown).toHaveLength(routineMax + 3);
  });

  test('shows a sample of what its protocol notes with every decision', () => {
    const isRoutine = ({ note }: RaftNote): boolean => note === 'electionStarted';
    const { made, numbers } = publisher({ ...raft, isRoutine });
    for (const number of range(1, 500)) made.add(noted(number));
    expect(numbers()).toEqual(range(501 - routineMax, 500));
  });

  test('[G6] tells of what is no message at all, and counts it as nothing', () => {
    const { made } = publisher();
    const all = [NaN, 2 ** 53, -1, 'x', { a: 1 }].map((bad) => {
      return { type: 'AppendEntriesResponse', term: bad, success: bad } as unknown as RaftMessage;
    });
    const broken = { type: 'NEWS', statement: NaN } as unknown as RaftMessage;
    made.add(
      step(
        1,
        [...all, broken].map((message) => ({ type: 'send', to: [other], message })),
      ),
    );
    const bytes = made.take(summary);
    const unpacked = unpack(bytes, 16_384);
    const text = unpacked.ok ? new TextDecoder().decode(unpacked.plain) : '';
    const schema = traceBatchSchema(raft.note);
    expect(v.is(schema, JSON.parse(text))).toBe(true);
    expect(text).toContain('malformed');
  });

  test('fits one frame however large its steps are, the newest first', () => {
    const { made, numbers } = publisher();
    for (const number of range(1, routineMax)) made.add(applying(number, 4_000));
    expect(numbers()).toEqual([14, 15, 16]);
  });

  test('goes on behind a step that fits no frame', () => {
    const { made, numbers } = publisher();
    const huge = Array.from({ length: 8 }, (_, i) => applying(i, 3_000).effects[0]);
    made.add(step(1, [...noted(1).effects, ...(huge as Effects)]));
    made.add(noted(2));
    expect(numbers()).toEqual([]);
    expect(numbers()).toEqual([2]);
  });
});
