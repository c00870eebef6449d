/** What a tab's links do, event by event. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stepTab, type TabEvent, type TabOrder, type TabState } from '#lib/tab/lifecycle.ts';

const born: TabState = { presence: 'visible', network: 'online' };
const kept: TabEvent = { type: 'pageshow', kept: true };

/** The state and all orders after these events. */
function run(events: readonly TabEvent[]): { state: TabState; orders: TabOrder[] } {
  let state = born;
  const orders: TabOrder[] = [];
  for (const event of events) {
    const step = stepTab(state, event);
    state = step.state;
    orders.push(...step.orders);
  }
  return { state, orders };
}

const plain = (...types: ('visible' | 'hidden' | 'freeze' | 'resume' | 'pagehide')[]) =>
  types.map((type): TabEvent => ({ type }));

describe('a tab', () => {
  test('that is hidden keeps its links, and says that its page is slowed', () => {
    expect(run(plain('hidden'))).toEqual({
      state: { presence: 'hidden', network: 'online' },
      orders: ['tell'],
    });
  });

  test('that is looked at again holds the screen again: browsers let go of it', () => {
    expect(run(plain('hidden', 'visible')).orders).toContain('hold the screen');
  });

  test('that is frozen says so while it can, and keeps its links', () => {
    const { state, orders } = run(plain('hidden', 'freeze'));
    expect(state.presence).toBe('frozen');
    expect(orders).toEqual(['tell', 'tell']);
  });

  test('that thaws probes its links and tells that it is back', () => {
    expect(run(plain('hidden', 'freeze', 'resume')).orders.slice(2)).toEqual([
      'probe links',
      'tell',
    ]);
  });

  test('that slept without a word probes its links all the same', () => {
    expect(run([{ type: 'slept', ms: 60_000 }]).orders).toEqual(['probe links', 'tell']);
  });

  test('that is left says goodbye, and does nothing more', () => {
    const { state, orders } = run([
      ...plain('pagehide', 'hidden', 'freeze', 'resume', 'visible'),
      { type: 'online' },
      { type: 'slept', ms: 9_000 },
    ]);
    expect(state.presence).toBe('away');
    expect(orders).toEqual(['goodbye']);
  });

  test('that is brought back as it was enters again, as after a reload', () => {
    expect(run([...plain('pagehide'), kept]).orders).toEqual([
      'goodbye',
      'enter again',
      'hold the screen',
    ]);
  });

  test('that is shown for the first time enters nothing twice', () => {
    expect(run([{ type: 'pageshow', kept: false }, kept]).orders).toEqual([]);
  });

  test('whose network comes back restarts its links at once, and not before', () => {
    expect(run([{ type: 'offline' }])).toEqual({
      state: { presence: 'visible', network: 'offline' },
      orders: [],
    });
    expect(run([{ type: 'offline' }, { type: 'online' }]).orders).toEqual(['restart links']);
  });

  test('whose network is another one restarts its links at once', () => {
    expect(run([{ type: 'network' }]).orders).toEqual(['restart links']);
  });
});

describe('whatever happens to a tab', () => {
  const event = fc.oneof(
    fc.constantFrom(
      ...plain('visible', 'hidden', 'freeze', 'resume', 'pagehide'),
      { type: 'online' } as const,
      { type: 'offline' } as const,
      { type: 'network' } as const,
    ),
    fc.record({ type: fc.constant('pageshow' as const), kept: fc.boolean() }),
    fc.record({ type: fc.constant('slept' as const), ms: fc.nat() }),
  );

  test('its links say goodbye only when the page is left, and it enters again once for each', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const { orders, state } = run(events);
        const passages = orders.filter((order) => order === 'goodbye' || order === 'enter again');
        passages.forEach((order, i) => expect(order).toBe(i % 2 ? 'enter again' : 'goodbye'));
        expect(state.presence === 'away').toBe(passages.length % 2 === 1);
      }),
    );
  });
});
