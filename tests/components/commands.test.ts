import { describe, expect, it } from 'vitest';
import { checked, parseCommand, quickFor } from '#lib/components/commands.ts';
import { keyAction } from '#lib/components/keys.ts';
import { readModes, type Served } from '#protocols/core/client.ts';
import { limits } from '#protocols/core/limits.ts';

const every: readonly Served[] = ['log', ...readModes];

const command = (line: string, ways = every) => {
  const parsed = parseCommand(line, ways);
  return parsed.ok ? parsed.command : parsed.error;
};

describe('the command line', () => {
  it('reads the four operations', () => {
    expect(command('put colour = teal')).toEqual({ op: 'put', key: 'colour', value: 'teal' });
    expect(command('  GET colour ')).toEqual({ op: 'get', key: 'colour', read: 'log' });
    expect(command('delete colour')).toEqual({ op: 'delete', key: 'colour' });
    expect(command('cas colour = teal -> plum')).toEqual({
      op: 'cas',
      key: 'colour',
      expected: 'teal',
      value: 'plum',
    });
  });

  it('reads in the way that is asked for', () => {
    expect(command('get colour by Index')).toEqual({ op: 'get', key: 'colour', read: 'index' });
    expect(command('get stand by me by local')).toMatchObject({ read: 'local' });
    expect(command('get colour by heart')).toBe(
      'In this room a read goes by log, index, lease, local or quorum.',
    );
  });

  it('reads only in the ways of the room’s protocol', () => {
    const bft = ['log'] as const;
    expect(command('get colour', bft)).toMatchObject({ read: 'log' });
    expect(command('get colour by index', bft)).toBe('In this room a read goes by log.');
    expect(command('get colour by lease', ['log', 'index'])).toBe(
      'In this room a read goes by log or index.',
    );
    expect(quickFor(bft)).not.toContain('get colour by index');
    expect(quickFor(every)).toContain('get colour by index');
    for (const line of quickFor(bft)) expect(parseCommand(line, bft).ok).toBe(true);
  });

  it('keeps spaces and signs inside a value', () => {
    expect(command('put sum=1 + 1 = 2')).toEqual({ op: 'put', key: 'sum', value: '1 + 1 = 2' });
  });

  it('takes an empty old value for an absent key', () => {
    expect(command('cas colour = -> plum')).toMatchObject({ expected: null, value: 'plum' });
  });

  it('says how to write what it cannot read', () => {
    expect(command('')).toBe('Start with put, get, cas or delete.');
    expect(command('stop now')).toBe('Start with put, get, cas or delete.');
    expect(command('put colour')).toBe('Write it as: put key = value');
    expect(command('cas colour = teal')).toBe('Write it as: cas key = old -> new');
    expect(command('put = teal')).toBe('Name a key.');
  });

  it('refuses what the replicas would refuse', () => {
    const long = 'x'.repeat(limits.keyCharactersMax + 1);
    expect(checked({ op: 'get', key: long, read: 'log' }).ok).toBe(false);
    const big = 'x'.repeat(limits.valueCharactersMax + 1);
    expect(checked({ op: 'put', key: 'k', value: big }).ok).toBe(false);
    expect(checked({ op: 'put', key: 'k', value: '\ud800' }).ok).toBe(false);
    expect(checked({ op: 'put', key: 'k', value: '🙂' }).ok).toBe(true);
  });
});

describe('keys', () => {
  const press = { key: 'f', ctrlKey: false, metaKey: false, altKey: false, repeat: false };

  it('act on the page', () => {
    expect(keyAction(press, { tagName: 'BODY' })).toBe('freeze');
    expect(keyAction({ ...press, key: '?' }, { tagName: 'BUTTON' })).toBe('legend');
    expect(keyAction({ ...press, key: 'x' }, null)).toBeNull();
  });

  it('do nothing while somebody types', () => {
    for (const tagName of ['INPUT', 'TEXTAREA', 'SELECT']) {
      expect(keyAction(press, { tagName })).toBeNull();
    }
    expect(keyAction(press, { tagName: 'DIV', isContentEditable: true })).toBeNull();
  });

  it('leave the browser its own, and a key held down counts once', () => {
    expect(keyAction({ ...press, ctrlKey: true }, null)).toBeNull();
    expect(keyAction({ ...press, metaKey: true }, null)).toBeNull();
    expect(keyAction({ ...press, repeat: true }, null)).toBeNull();
  });
});
