/**
 * No framing: whatever an honest replica of PBFT says in a long life, with view changes, crashes, retransmissions and
 * liars round it, in whatever order it is seen, is never evidence against it.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Signed } from '#protocols/core/signed.ts';
import { pbftAccountability as pbft } from '#protocols/pbft/evidence.ts';
import type { PbftStatement, PreparedCertificate, ViewChange } from '#protocols/pbft/messages.ts';
import { r } from '../fixtures/ids.ts';
import {
  by,
  certificate,
  checkpoint,
  commit,
  jurisdictionOf,
  prepare,
  prePrepare,
  stableAt,
  viewChange,
} from './testimony.ts';

const size = 4;
const honest = 3;
const jurisdiction = jurisdictionOf(size);

type Move =
  | { type: 'propose' | 'prepare' | 'commit'; n: number; name: string }
  | { type: 'checkpoint'; n: number }
  | { type: 'move'; views: number }
  | { type: 'resend'; salt: string };

const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({
    type: fc.constantFrom('propose' as const, 'prepare' as const, 'commit' as const),
    n: fc.integer({ min: 1, max: 10 }),
    name: fc.constantFrom('a', 'b', 'c'),
  }),
  fc.record({ type: fc.constant('checkpoint' as const), n: fc.integer({ min: 1, max: 8 }) }),
  fc.record({ type: fc.constant('move' as const), views: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ type: fc.constant('resend' as const), salt: fc.constantFrom('', '1', '2') }),
);

/** P4 to P22, as far as they say what an honest replica may sign. */
class HonestSigner {
  readonly said: Signed<PbftStatement>[] = [];
  #view = 0;
  #stable = 0;
  /** By slot: what it accepted in this view. */
  #accepted = new Map<number, string>();
  /** P: by slot, the certificate of the highest view. */
  readonly #prepared = new Map<number, { name: string; certificate: PreparedCertificate }>();

  make(step: Move): void {
    switch (step.type) {
      case 'propose':
        if (this.#view % size === honest) this.#accept(step.n, step.name, prePrepare);
        return;
      case 'prepare':
        if (this.#view % size !== honest) this.#accept(step.n, step.name, prepare);
        return;
      case 'commit': {
        const name = this.#accepted.get(step.n);
        if (name === undefined || step.n <= this.#stable) return;
        const shown = certificate(this.#view, step.n, name, size);
        this.#prepared.set(step.n, { name, certificate: shown });
        return this.#say(commit(this.#view, step.n, name));
      }
      case 'checkpoint':
        if (step.n <= this.#stable) return;
        this.#say(checkpoint(step.n, `state ${step.n}`));
        this.#stable = step.n;
        for (const n of this.#prepared.keys()) if (n <= step.n) this.#prepared.delete(n);
        return;
      case 'move':
        this.#view += step.views;
        this.#accepted = new Map();
        return this.#say(this.#account());
      case 'resend':
        for (const { signer, body } of [...this.said]) {
          if (signer === r(honest)) this.said.push(by(honest, body, step.salt));
        }
    }
  }

  #accept(n: number, name: string, form: typeof prepare | typeof prePrepare): void {
    if (n <= this.#stable || this.#accepted.has(n)) return;
    this.#accepted.set(n, name);
    this.#say(form(this.#view, n, name));
  }

  #account(): ViewChange {
    const prepared = [...this.#prepared]
      .sort(([a], [b]) => a - b)
      .map(([, { certificate: shown }]) => shown);
    const checkpoints = this.#stable > 0 ? stableAt(this.#stable) : [];
    return viewChange(this.#view, { stable: this.#stable, checkpoints, prepared });
  }

  /** And a liar says the same of slots, and the contrary. */
  #say(body: PbftStatement): void {
    this.said.push(by(honest, body));
    if (body.kind !== 'COMMIT') return;
    this.said.push(by(2, body), by(2, commit(body.view, body.n, 'another')));
  }
}

test('[B.4] what an honest replica signs is never evidence against it, in any order', () => {
  let statements = 0;
  let liars = 0;
  fc.assert(
    fc.property(
      fc.array(move, { maxLength: 40, size: 'max' }),
      fc.infiniteStream(fc.nat()),
      (moves, order) => {
        const signer = new HonestSigner();
        for (const step of moves) if (signer.said.length < 200) signer.make(step);
        const watch = pbft.createWatch(jurisdiction);
        const shuffled = signer.said
          .map((statement) => ({ statement, at: order.next().value ?? 0 }))
          .sort((a, b) => a.at - b.at);
        for (const { statement } of shuffled) {
          statements++;
          for (const { accused } of watch.see(statement)) {
            expect(accused).not.toBe(r(honest));
            liars++;
          }
        }
      },
    ),
    { numRuns: 600, seed: 4 },
  );
  expect(statements).toBeGreaterThan(10_000);
  // The watch is not blind.
  expect(liars).toBeGreaterThan(0);
});
