/** What a replica signs: one vote a view, none after its timeout, and nothing that its disk does not hold (CI3, K2). */
import type { DiskOf, Violation } from '../core/checker.ts';
import { canonical } from '../core/encoding.ts';
import type { ReplicaId } from '../core/ids.ts';
import type { Json } from '../core/replica.ts';
import { notYetSigned, type Signed } from '../core/signed.ts';
import type { Safety } from './durable.ts';
import type { HotStuffMessage, HotStuffStatement, Proposal } from './messages.ts';
import type { HotStuffEffect } from './state.ts';

export class SignedInvariants {
  /** What left its machine. What a crash undid before that, nobody saw. */
  readonly #released = new Map<string, string>();
  /** What it had its host sign, in whichever life. */
  readonly #said = new Set<string>();
  /** Of each replica the highest view that it said it gives up, in this life or to others. */
  readonly #gaveUp = new Map<ReplicaId, number>();
  /** Of each replica the highest such view that left its machine. */
  readonly #gaveUpToOthers = new Map<ReplicaId, number>();
  readonly #diskOf: DiskOf;

  constructor(diskOf: DiskOf) {
    this.#diskOf = diskOf;
  }

  /** It crashed: what of its timeouts has not left its machine was never said. */
  forget(self: ReplicaId): void {
    this.#gaveUp.set(self, this.#gaveUpToOthers.get(self) ?? 0);
  }

  /** What a step has the host sign: no vote comes after a timeout of its view. A vote may be said again. */
  said(self: ReplicaId, effects: readonly HotStuffEffect[], found: Violation[]): void {
    for (const effect of effects) {
      if (effect.type !== 'send') continue;
      const { message } = effect;
      if (message.type !== 'VOTE' && message.type !== 'TIMEOUT') continue;
      const { body, signer, signature } = message.statement;
      if (signer !== self || signature !== notYetSigned) continue;
      const gaveUp = this.#gaveUp.get(self) ?? 0;
      if (body.kind === 'TIMEOUT') this.#gaveUp.set(self, Math.max(gaveUp, body.view));
      const key = `${self} ${canonical(body as unknown as Json)}`;
      if (body.kind === 'VOTE' && body.view <= gaveUp && !this.#said.has(key)) {
        const text = `${self} voted in view ${body.view} after it gave up ${gaveUp}`;
        found.push({ id: 'CI3', text });
      }
      this.#said.add(key);
    }
  }

  /** When an effect leaves the machine: one statement of a kind a view, and its disk says the same. */
  released(self: ReplicaId, effect: HotStuffEffect, found: Violation[]): void {
    if (effect.type !== 'send') return;
    for (const { body, signer } of statementsIn(effect.message)) {
      if (signer !== self) continue;
      const { kind, view } = body;
      if (kind === 'TIMEOUT') {
        this.#gaveUpToOthers.set(self, Math.max(view, this.#gaveUpToOthers.get(self) ?? 0));
      }
      const key = `${self} ${kind} ${view}`;
      const text = canonical(body as unknown as Json);
      const before = this.#released.get(key) ?? text;
      this.#released.set(key, before);
      if (before !== text) {
        found.push({ id: 'CI3', text: `${self} said two ${kind} of view ${view}` });
      }
      if (this.#isDurable(self, body)) continue;
      found.push({ id: 'K2', text: `${kind} ${view} of ${self} left before it was durable` });
    }
  }

  #isDurable(self: ReplicaId, body: HotStuffStatement): boolean {
    const disk = this.#diskOf(self) as ReadonlyMap<string, unknown>;
    if (body.kind === 'PROPOSAL') {
      const held = disk.get('proposal') as Proposal | undefined;
      return held !== undefined && (held.view > body.view || held.block === body.block);
    }
    const safety = disk.get('safety') as Safety | undefined;
    if (!safety || safety.lastVoted < body.view) return false;
    if (body.kind === 'TIMEOUT') return (safety.timeout?.view ?? 0) >= body.view;
    const isLocked = safety.lock.view >= body.lockView && safety.highQC.view >= body.justifyView;
    return isLocked && (safety.vote?.view ?? 0) >= body.view;
  }
}

/** Those that are said, not those that certificates pass on. */
function* statementsIn(message: HotStuffMessage): Generator<Signed<HotStuffStatement>, void> {
  if ('statement' in message) yield message.statement;
  if (message.type === 'TIMEOUT' && message.vote) yield message.vote;
}
