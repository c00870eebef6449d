/** Storms with the invariants on, changes of membership and reads in every way; then liveness in the calm after them. */
import { describe, expect, test } from 'vitest';
import { lastIndexOf, lastPositionOf } from '#protocols/raft/log.ts';
import { storm } from '../fixtures/storm.ts';

/** `SEEDS=1000-2000 npx vitest run tests/protocols/raft/random` for a longer look, or for one seed again. */
const [first = 0, last = 159] = (process.env['SEEDS'] ?? '').split('-').flatMap((text) => {
  return text === '' ? [] : [Number(text)];
});
const parts = 8;

describe(`storms of seeds ${first} to ${last}`, () => {
  const all = Array.from({ length: parts }, (_, part) => part);
  test.each(all)('[I1–I17] part %i', { timeout: 600_000 }, (part) => {
    for (let seed = first + part; seed <= last; seed += parts) {
      try {
        check(seed);
      } catch (error) {
        throw new Error(`SEEDS=${seed}-${seed} npx vitest run tests/protocols/raft/random`, {
          cause: error,
        });
      }
    }
  });
});

function check(seed: number): void {
  const world = storm(seed);
  const states = world.states();
  expect(world.unanswered()).toBe(0);
  expect(world.historyProblem()).toBeNull();
  const alarms = ['assumptionBroken', 'acknowledgementIgnored', 'strangerIgnored'];
  expect(world.notes.filter(({ note }) => alarms.includes(note.note))).toEqual([]);
  expect(states.filter(({ role }) => role.name === 'leader')).toHaveLength(1);
  expect(new Set(states.map(({ log }) => JSON.stringify(lastPositionOf(log)))).size).toBe(1);
  expect(states.every(({ commitIndex, log }) => commitIndex === lastIndexOf(log))).toBe(true);
  const digests = states.map(({ self }) => world.service(self).digest());
  expect(new Set(digests).size).toBe(1);
}
