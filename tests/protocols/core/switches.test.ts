import { expect, test } from 'vitest';
import { switchesProblem, withSwitch, type Switch } from '#protocols/core/switches.ts';
import { protocolNames, protocols } from '#protocols/registry.ts';

const offer = (name: string, excludes: readonly string[] = []): Switch => ({
  name,
  title: name.toUpperCase(),
  gives: '',
  costs: '',
  excludes,
});
const offered = [offer('a', ['b']), offer('b', ['a']), offer('c')];

test('what a switch excludes goes off when it comes on, and nothing comes on when it goes off', () => {
  expect(withSwitch(['a', 'c'], 'b', true, offered)).toEqual(['c', 'b']);
  expect(withSwitch(['c', 'b'], 'b', false, offered)).toEqual(['c']);
  expect(withSwitch(['a'], 'c', true, offered)).toEqual(['a', 'c']);
});

test('two that exclude each other are refused by name, and an unknown name is not', () => {
  expect(switchesProblem(['a', 'b'], offered)).toBe('“A” and “B” exclude each other.');
  expect(switchesProblem(['b', 'c', 'unheard-of'], offered)).toBeNull();
});

test.each(protocolNames)('%s: whom a switch excludes excludes it, too', (name) => {
  const { switches } = protocols[name] as { switches: readonly Switch[] };
  for (const { name: one, excludes = [] } of switches) {
    for (const other of excludes) {
      const rival = switches.find((candidate) => candidate.name === other);
      expect(rival?.excludes).toContain(one);
    }
  }
});
