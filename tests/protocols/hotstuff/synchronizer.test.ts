/** How replicas come into one view and leave it together, on the bench: number 3 of four. */
import { describe, expect, test } from 'vitest';
import type { Block, HotStuffMessage } from '#protocols/hotstuff/messages.ts';
import { r } from '../fixtures/ids.ts';
import { batch } from '../pbft/statements.ts';
import { Bench, notesOf, sentOf, votesOf } from './bench.ts';
import {
  blockOf,
  certificate,
  chain,
  noSync,
  proposalOf,
  quorum,
  showing,
  timeout,
  timeoutMessage,
  timeouts,
  vote,
  votesIn,
} from './statements.ts';

/** One with something to do. */
function busy(blocks: readonly Block[] = []): Bench {
  const bench = new Bench();
  bench.step({ type: 'request', requests: batch(9) });
  bench.propose(...blocks);
  return bench;
}

const timersOf = (effects: ReturnType<Bench['step']>) =>
  effects.filter((e) => e.type === 'setTimer' || e.type === 'cancelTimer');

describe('[C21] a view', () => {
  test('is timed while there is something to commit, and no longer (C19)', () => {
    const bench = new Bench();
    expect(timersOf(bench.born)).toEqual([]);
    const one = blockOf(1, null, { batch: batch(1) });
    expect(timersOf(bench.propose(one))).toMatchObject([{ type: 'setTimer', timer: 'view' }]);
    const two = blockOf(2, one);
    const three = blockOf(3, two);
    bench.propose(two, three);
    expect(timersOf(bench.propose(blockOf(4, three)))).toEqual([
      { type: 'cancelTimer', timer: 'view' },
    ]);
  });

  test('that ended too late is given up, on the disk first, and again and again with the same words', () => {
    const bench = busy(chain(1));
    const [first] = sentOf(bench.timeout('view'), 'TIMEOUT');
    expect(first?.to).toHaveLength(4);
    expect(first?.statement.body).toEqual({ kind: 'TIMEOUT', view: 1, highView: 0 });
    expect(bench.disk.get('safety')).toMatchObject({ lastVoted: 1, timeout: { view: 1 } });
    const [again] = sentOf(bench.timeout('view'), 'TIMEOUT');
    expect(again?.statement.body).toEqual(first?.statement.body);
    expect(bench.state.fruitlessViews).toBe(1);
  });

  test('[C27] [CS18] takes the last vote along, as long as nobody has the certificate', () => {
    const bench = busy(chain(1));
    expect(sentOf(bench.timeout('view'), 'TIMEOUT')[0]?.vote?.body).toMatchObject({ view: 1 });
    bench.receive(timeoutMessage(0, 1, { sync: showing(certificate(chain(1)[0] as Block)) }));
    expect(bench.state.view).toBe(2);
    expect(sentOf(bench.timeout('view'), 'TIMEOUT')[0]?.vote).toBeNull();
  });
});

describe('[C20] timeouts', () => {
  test('of a quorum end the view, and make the certificate that proves it', () => {
    const bench = busy(chain(1));
    bench.timeout('view');
    bench.receive(timeoutMessage(0, 1));
    expect(bench.state.view).toBe(1);
    bench.receive(timeoutMessage(1, 1));
    expect(bench.state.view).toBe(2);
    expect(bench.state.highTC?.map(({ body }) => body.view)).toEqual([1, 1, 1]);
  });

  test('of one replica, or of different views, end nothing', () => {
    const bench = busy(chain(1));
    bench.timeout('view');
    for (let i = 0; i < 4; i++) bench.receive(timeoutMessage(0, 1));
    bench.receive(timeoutMessage(1, 3));
    bench.receive(timeoutMessage(9, 1));
    expect(bench.state.view).toBe(1);
    expect(bench.state.timeouts.size).toBe(3);
  });

  test('[C27] their votes make the certificate whose leader is gone', () => {
    const [one] = chain(1) as [Block];
    const bench = busy([one]);
    bench.timeout('view');
    bench.receive(timeoutMessage(0, 1, { vote: vote(0, one) }));
    bench.receive(timeoutMessage(1, 1, { vote: vote(1, one) }));
    expect(bench.state.highQC).toMatchObject({ view: 1 });
    expect(bench.state.highTC).toBeNull();
    expect(bench.state.view).toBe(2);
  });

  test('[C22] [CS25] of f + 1 are joined, of f are not', () => {
    const bench = busy(chain(1));
    expect(sentOf(bench.receive(timeoutMessage(0, 1)), 'TIMEOUT')).toEqual([]);
    const effects = bench.receive(timeoutMessage(1, 1));
    expect(notesOf(effects)).toContainEqual({ note: 'timedOut', view: 1, reason: 'others' });
    expect(bench.state.view).toBe(2);
  });

  test('[HB11] that name a certificate which does not come with them are refused', () => {
    const bench = busy();
    const message: HotStuffMessage = {
      type: 'TIMEOUT',
      statement: timeout(0, 5, 4),
      sync: noSync,
      vote: null,
    };
    expect(notesOf(bench.receive(message))).toContainEqual({
      note: 'certificateRefused',
      from: r(2),
    });
    expect(bench.state.timeouts.size).toBe(0);
  });
});

describe('[C23] [C24] sync info', () => {
  const highQC = certificate(chain(1, 2, 3).at(-1) as Block);

  test('[CS20] brings a replica many views behind there in one step', () => {
    const bench = busy();
    bench.receive({ type: 'SYNC', sync: showing(highQC, timeouts(40, quorum(), 3)) });
    expect(bench.state.view).toBe(41);
  });

  test('[CS20] is given to whoever shows less, and to nobody else', () => {
    const bench = new Bench();
    bench.receive({ type: 'SYNC', sync: showing(highQC, timeouts(4, quorum(), 3)) });
    const late = bench.receive(timeoutMessage(2, 2), r(2));
    expect(sentOf(late, 'SYNC')).toMatchObject([{ to: [r(2)], sync: { highQC: { view: 3 } } }]);
    const older = showing(certificate(chain(1)[0] as Block));
    expect(sentOf(bench.receive({ type: 'SYNC', sync: older }), 'SYNC')).toHaveLength(1);
    const equal = showing(highQC, timeouts(4, quorum(), 3));
    expect(sentOf(bench.receive({ type: 'SYNC', sync: equal }), 'SYNC')).toEqual([]);
  });

  test.each([
    ['a certificate of too few', showing({ ...highQC, votes: votesIn(highQC).slice(1) })],
    ['timeouts of too few', showing(highQC, timeouts(40, [0, 1]))],
    ['timeouts that know of a higher certificate', showing(highQC, timeouts(40, quorum(), 7))],
  ])('is refused with %s', (_name, sync) => {
    const bench = busy();
    const effects = bench.receive({ type: 'SYNC', sync });
    expect(notesOf(effects)).toContainEqual({ note: 'certificateRefused', from: r(2) });
    expect(bench.state.view).toBeLessThanOrEqual(4);
  });

  test('[C20] a bare number moves nobody', () => {
    const bench = busy();
    bench.receive(timeoutMessage(0, 1_000));
    bench.receive(timeoutMessage(1, 1_000));
    expect(bench.state.view).toBe(1);
  });
});

describe('[C25] a timer', () => {
  test('runs longer with views that led to nothing, and as usual after a commit', () => {
    const bench = busy(chain(1));
    const ticks = (): number[] => {
      const { view } = bench.state;
      bench.timeout('view');
      const effects = [0, 1].flatMap((by) => bench.receive(timeoutMessage(by, view)));
      return timersOf(effects).flatMap((e) => (e.type === 'setTimer' ? [e.ticksMin] : []));
    };
    expect([1, 2, 3, 4, 5, 6].flatMap(ticks)).toEqual([300, 300, 600, 600, 600, 1_200]);
    expect(bench.state.view).toBe(7);
    const eight = blockOf(8, null);
    const nine = blockOf(9, eight);
    const ten = blockOf(10, nine);
    bench.propose(eight, nine, ten, blockOf(11, ten));
    expect(bench.state.fruitlessViews).toBe(0);
  });
});

test('[C26] a proposal of a later view comes with what leads there, and is voted for at once', () => {
  const bench = new Bench();
  const [one] = chain(1) as [Block];
  bench.propose(one);
  const nine = blockOf(9, one);
  expect(votesOf(bench.receive(proposalOf(nine), nine.proposer))).toEqual([[9, r(2)]]);
});

test('[K13] who wakes up asks the others, and sets its timer anew', () => {
  const bench = busy(chain(1));
  const effects = bench.step({ type: 'wake', elapsedTicks: 90_000 });
  expect(sentOf(effects, 'SYNC').map(({ to }) => to)).toEqual([[r(0), r(1), r(2)]]);
  expect(timersOf(effects)).toMatchObject([{ type: 'setTimer', timer: 'view' }]);
});
