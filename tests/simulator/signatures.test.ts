/** A protocol whose members sign, in the simulator: its symbolic signatures do what real ones do. */
import { describe, expect, test } from 'vitest';
import { quietWorld, type Step } from '#protocols/core/schedule.ts';
import type { MemberId, ReplicaId } from '#protocols/core/ids.ts';
import type { Bug } from '#protocols/core/laboratory.ts';
import type { Effect, Event } from '#protocols/core/replica.ts';
import { notYetSigned, say, type Signed } from '#protocols/core/signed.ts';
import type { AnyLaboratory } from '#protocols/laboratory.ts';
import { Simulation } from '#lib/simulator/simulation.ts';
import { SymbolicKeys } from '#lib/simulator/symbolic.ts';
import { TraceDigest } from '#lib/simulator/story.ts';
import { requests } from './fixtures.ts';
import { toyLaboratory, type ToyMessage } from './signed-protocol.ts';

const laboratory = toyLaboratory as unknown as AnyLaboratory;
const world = { ...quietWorld, nodes: 4, clients: 2 };

interface Played {
  readonly simulation: Simulation;
  readonly statements: Signed[];
  readonly digest: string;
}

/** The last machine sends echoes in the first one's name, under a signature it has seen. */
const forger: Bug<unknown, unknown, unknown> = {
  name: 'forger',
  title: 'a replica speaks in the name of another',
  seenIn: 'G5',
  breaks: 'safety',
  scripts: [],
  create: (context, snapshots) => {
    const { voters, self } = context;
    const replica = laboratory.create(context, snapshots);
    if (self !== voters.at(-1)) return replica;
    const forge = (message: ToyMessage): ToyMessage => {
      if (message.type !== 'ECHO') return message;
      const signer = voters[0] as ReplicaId;
      return { ...message, statement: { ...message.statement, signer, signature: forged } };
    };
    const step = (event: Event<unknown>): readonly Effect<unknown, unknown>[] =>
      replica.step(event).map((effect) => {
        if (effect.type !== 'send') return effect;
        return { ...effect, message: forge(effect.message as ToyMessage) };
      });
    return { state: replica.state, step };
  },
};
const forged = 'ab'.repeat(64);

function play(steps: readonly Step[], until: number, bug: typeof forger | null = null): Played {
  const digest = new TraceDigest();
  const statements: Signed[] = [];
  const simulation = new Simulation({
    laboratory,
    world,
    bug,
    trace: digest.add.bind(digest),
    hears: (_, statement) => statements.push(statement),
  });
  simulation.start();
  const due = [...steps];
  while (Math.min(due[0]?.at ?? Infinity, simulation.queue.next) <= until) {
    const step = due[0];
    if (step && step.at <= simulation.queue.next) {
      due.shift();
      simulation.inject(step);
    } else simulation.runNext();
  }
  return { simulation, statements, digest: digest.hex() };
}

describe('a signed protocol', () => {
  test('runs: its clients sign, its replicas sign, every arrival is verified, and all is answered', () => {
    const { simulation, statements } = play(requests(20), 5_000);
    expect(simulation.watch.violation).toBeNull();
    const { history } = simulation.clients;
    expect(history.map(({ result }) => result?.ok)).toEqual(Array(20).fill(true));
    expect(simulation.counts.refused).toBe(0);
    expect(statements.filter(({ signature }) => signature === notYetSigned)).toEqual([]);
    expect(new Set(statements.map(({ body }) => body.kind))).toEqual(
      new Set(['PROPOSE', 'ECHO', 'DONE']),
    );
  });

  test('refuses what a replica says in the name of another, counts it, and goes on without', () => {
    const { simulation, statements } = play(requests(5), 5_000, forger);
    expect(simulation.counts.refused).toBe(5);
    expect(statements.filter(({ signature }) => signature === forged)).toEqual([]);
    expect(simulation.clients.history.map(({ result }) => result?.ok)).toEqual(Array(5).fill(true));
  });

  test('gives the same trace for the same seed', () => {
    expect(play(requests(20), 5_000).digest).toBe(play(requests(20), 5_000).digest);
  });

  test('takes a query for a command where replicas answer none', () => {
    const query: Step = { type: 'query', at: 2_000, client: 1, key: 'k' };
    const { simulation } = play([...requests(3), query], 5_000);
    expect(simulation.watch.violation).toBeNull();
    expect(simulation.clients.history.at(-1)).toMatchObject({
      served: 'log',
      command: { op: 'get', key: 'k' },
      result: { ok: true, value: '2' },
    });
  });
});

describe('a symbolic signature', () => {
  const [ana, ben] = [1, 2].map((n) => n.toString(16).padStart(32, '0') as MemberId) as [
    MemberId,
    MemberId,
  ];
  const stranger = 'f'.repeat(32) as MemberId;
  const domain = { protocol: 'toy', version: 1, cluster: 'ab'.repeat(32), epoch: 1 };
  const keys = new SymbolicKeys(7, domain, [ana, ben]);
  const body = { kind: 'VOTE', view: 3, digest: 'aa' };
  const signed = keys.signerOf(ana).sign(body) as Signed<typeof body>;
  const copy = (statement: object) => JSON.parse(JSON.stringify(statement)) as Signed;

  test('is good as the object it was made as, and as a copy out of bytes, whatever the order of its keys', () => {
    expect(signed.signature).toMatch(/^[0-9a-f]{128}$/);
    expect(keys.verify(signed)).toBe(true);
    expect(keys.verify(copy(signed))).toBe(true);
    const turned = { ...copy(signed), body: { digest: 'aa', view: 3, kind: 'VOTE' } };
    expect(keys.verify(turned)).toBe(true);
  });

  test.each([
    ['nothing', {}, false],
    ['the body', { body: { ...body, view: 4 } }, true],
    ['two values of the body', { body: { kind: 'VOTE', view: 'aa', digest: 3 } }, true],
    ['the kind', { body: { ...body, kind: 'vote' } }, true],
    ['the signer', { signer: ben }, true],
    ['the signer to a stranger', { signer: stranger }, true],
    [
      'the signature',
      { signature: signed.signature.replace(/.$/, (last) => (last === '0' ? '1' : '0')) },
      true,
    ],
    ['the signature to none', { signature: notYetSigned }, true],
  ])('is not good once somebody has changed %s', (_, change, refused) => {
    expect(keys.verify({ ...signed, ...change })).toBe(!refused);
  });

  test('of a stranger, of another seed, protocol, version, cluster or epoch is not good', () => {
    const others = [
      new SymbolicKeys(8, domain, [ana]),
      new SymbolicKeys(7, { ...domain, protocol: 'other' }, [ana]),
      new SymbolicKeys(7, { ...domain, version: 2 }, [ana]),
      new SymbolicKeys(7, { ...domain, cluster: 'cd'.repeat(32) }, [ana]),
      new SymbolicKeys(7, { ...domain, epoch: 2 }, [ana]),
    ];
    for (const other of others) {
      const foreign = other.signerOf(ana).sign(body) as Signed;
      expect(keys.verify(foreign)).toBe(false);
      expect(keys.verify(copy(foreign))).toBe(false);
    }
    expect(keys.verify(keys.signerOf(stranger).sign(body) as Signed)).toBe(false);
    expect(keys.verify(say(ana, body))).toBe(false);
  });
});
