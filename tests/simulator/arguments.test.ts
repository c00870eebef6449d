import { expect, test } from 'vitest';
import { BadArguments, bugsArguments, simulateArguments } from '#lib/simulator/arguments.ts';

test('what is not said is a sensible run', () => {
  const { plan, laboratory, bug, checkers } = simulateArguments([]);
  expect(laboratory.protocol.name).toBe('raft');
  expect(plan).toEqual({
    mode: 'safety',
    outsiders: 'meddling',
    nodes: [5],
    seeds: [1, 100],
    eventsMax: 20_000,
    liars: 'tolerated',
    switches: [],
  });
  expect([bug, checkers]).toEqual([null, null]);
});

test('switches are those of the protocol, by name', () => {
  const on = 'tentative-execution,read-only';
  const told = simulateArguments(['--protocol', 'pbft', '--nodes', '4', '--switches', on]);
  expect(told.plan.switches).toEqual(on.split(','));
});

test('sizes are a list, seeds a range or one', () => {
  expect(simulateArguments(['--nodes', '3,4,7']).plan.nodes).toEqual([3, 4, 7]);
  expect(simulateArguments(['--seeds', '5..9']).plan.seeds).toEqual([5, 9]);
  expect(simulateArguments(['--seeds', '24']).plan.seeds).toEqual([24, 24]);
});

test.each([
  [['--nodes', '3x'], '--nodes'],
  [['--nodes', '32'], '--nodes'],
  [['--nodes', ''], '--nodes'],
  [['--seeds', '9..5'], '--seeds'],
  [['--events', '-1'], '--events'],
  [['--mode', 'hope'], '--mode'],
  [['--liars', '-1'], '--liars'],
  [['--protocol', 'paxos'], '--protocol'],
  [['--bug', 'none such'], 'planted bug'],
  [['--switches', 'read-only'], 'no switches'],
  [['--protocol', 'pbft', '--switches', 'speed'], '--switches'],
  [['--protocol', 'hotstuff', '--switches', 'reputation,steady-leaders'], 'exclude each other'],
  [['--nonsense'], 'nonsense'],
  [['stray'], 'stray'],
])('%j is refused in a sentence', (args, named) => {
  expect(() => simulateArguments(args)).toThrow(BadArguments);
  expect(() => simulateArguments(args)).toThrow(named);
});

test('the bug lab takes one bug or all', () => {
  expect(bugsArguments(['--only', 'log-not-compared']).bugs).toHaveLength(1);
  expect(bugsArguments([]).bugs.length).toBeGreaterThan(20);
  expect(() => bugsArguments(['--only', 'x'])).toThrow(BadArguments);
});
