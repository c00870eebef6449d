/** What a replica signs: one thing of each kind, never again in a view it left, and nothing that its disk does not hold (PI7, K2). */
import type { DiskOf, Violation } from '../core/checker.ts';
import { canonical } from '../core/encoding.ts';
import type { ReplicaId } from '../core/ids.ts';
import type { Json } from '../core/replica.ts';
import { notYetSigned, type Signed } from '../core/signed.ts';
import { digits } from './durable.ts';
import type {
  Checkpoint,
  NewView,
  PbftStatement,
  PreparedCertificate,
  PrePrepare,
  ViewChange,
} from './messages.ts';
import type { PbftEffect } from './state.ts';

export class SignedInvariants {
  /** What left its machine. What a crash undid before that, nobody saw. */
  readonly #released = new Map<string, string>();
  /** Of each replica the highest view to which a VIEW-CHANGE of it left its machine, or was said in this life. */
  readonly #left = new Map<ReplicaId, number>();
  readonly #leftInLife = new Map<ReplicaId, number>();
  readonly #diskOf: DiskOf;

  constructor(diskOf: DiskOf) {
    this.#diskOf = diskOf;
  }

  forget(self: ReplicaId): void {
    this.#leftInLife.delete(self);
  }

  /** What a step has the host sign: views that were left are past. Adds to `found` what does not hold. */
  said(self: ReplicaId, effects: readonly PbftEffect[], found: Violation[]): void {
    for (const effect of effects) {
      for (const { body, signer, signature } of statementsOf(effect)) {
        if (signer !== self || signature !== notYetSigned || body.kind === 'CHECKPOINT') continue;
        const left = Math.max(this.#left.get(self) ?? 0, this.#leftInLife.get(self) ?? 0);
        if (body.kind === 'VIEW-CHANGE') this.#leftInLife.set(self, Math.max(left, body.view));
        else if (body.view < left) {
          const text = `${self} said ${body.kind} ${placeOf(body)} in a view it left`;
          found.push({ id: 'PI7', text });
        }
      }
    }
  }

  /** When an effect leaves the machine: one statement of a kind, and on the disk, or something later is. */
  released(self: ReplicaId, effect: PbftEffect, found: Violation[]): void {
    for (const { body, signer } of statementsOf(effect)) {
      if (signer !== self) continue;
      const place = placeOf(body);
      const key = `${self} ${body.kind} ${place}`;
      const text = textOf(body);
      const before = this.#released.get(key) ?? text;
      this.#released.set(key, before);
      if (before !== text)
        found.push({ id: 'PI7', text: `${self} said two ${body.kind} ${place}` });
      if (body.kind === 'VIEW-CHANGE') {
        this.#left.set(self, Math.max(this.#left.get(self) ?? 0, body.view));
      }
      if (this.#isDurable(self, body)) continue;
      found.push({ id: 'K2', text: `${body.kind} ${place} of ${self} left before it was durable` });
    }
  }

  #isDurable(self: ReplicaId, body: PbftStatement): boolean {
    const disk = this.#diskOf(self) as ReadonlyMap<string, unknown>;
    if ('n' in body) {
      const stable = disk.get('stable') as { readonly n: number } | undefined;
      if (stable && stable.n >= body.n) return true;
    }
    if ('view' in body && ((disk.get('view') ?? 0) as number) > body.view) return true;
    switch (body.kind) {
      case 'PRE-PREPARE':
      case 'PREPARE': {
        const held = disk.get(`pre/${digits(body.n)}`) as Signed<PrePrepare> | undefined;
        const said = disk.get('newViewSaid') as Pick<NewView, 'view'> | undefined;
        if (said?.view === body.view && body.kind === 'PRE-PREPARE') return true;
        return held?.body.view === body.view && held.body.digest === body.digest;
      }
      case 'COMMIT': {
        const held = disk.get(`prepared/${digits(body.n)}`) as PreparedCertificate | undefined;
        const prepared = held?.prePrepare.body;
        return prepared?.view === body.view && prepared.digest === body.digest;
      }
      case 'CHECKPOINT':
        return isHeld(disk.get(`checkpoint/${digits(body.n)}`) as Checkpoint | undefined, body);
      case 'VIEW-CHANGE':
        return isHeld(disk.get('viewChange') as ViewChange | undefined, body);
      case 'NEW-VIEW':
        return (disk.get('newViewSaid') as Pick<NewView, 'view'> | undefined)?.view === body.view;
    }
  }
}

/** Of a message that is one, with those a NEW-VIEW makes; what it only passes on is somebody's of long ago. */
function statementsOf(effect: PbftEffect): readonly Signed<PbftStatement>[] {
  if (effect.type !== 'send' || !('statement' in effect.message)) return [];
  const { statement } = effect.message;
  const { body } = statement;
  return body.kind === 'NEW-VIEW' ? [statement, ...body.prePrepares] : [statement];
}

function isHeld(record: PbftStatement | undefined, body: PbftStatement): boolean {
  return record !== undefined && textOf(record) === textOf(body);
}

/** The pre-prepares of a NEW-VIEW are signed with it, and so not before it is said first. */
function unsigned(body: PbftStatement): unknown {
  if (body.kind !== 'NEW-VIEW') return body;
  return { ...body, prePrepares: body.prePrepares.map((prePrepare) => prePrepare.body) };
}

/** A view change is large, and said to many: its text is made once. */
const texts = new WeakMap<PbftStatement, string>();

function textOf(body: PbftStatement): string {
  // Of one place, the digest says all.
  if ('digest' in body) return body.digest;
  let text = texts.get(body);
  if (text === undefined) texts.set(body, (text = canonical(unsigned(body) as unknown as Json)));
  return text;
}

/** What a replica may say one thing about. */
function placeOf(body: PbftStatement): string {
  switch (body.kind) {
    case 'CHECKPOINT':
      return `of ${body.n}`;
    case 'VIEW-CHANGE':
    case 'NEW-VIEW':
      return `to ${body.view}`;
    default:
      return `of ${body.n} in ${body.view}`;
  }
}
