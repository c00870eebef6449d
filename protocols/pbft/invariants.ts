/**
 * What must hold of a whole cluster, over its history: who checks it sees every replica, which none of them can. Feed
 * it each honest replica's state after each step, and the effects of the step.
 */
import type { Checker, DiskOf, Violation } from '../core/checker.ts';
import type { ReplicaId } from '../core/ids.ts';
import type { Event } from '../core/replica.ts';
import { Findings, Lives } from '../core/lives.ts';
import { ServiceInvariants } from '../core/service-invariants.ts';
import { stableProof } from './checkpoint-rules.ts';
import { checkDecision, LocalInvariants } from './invariants-local.ts';
import { checkSizes } from './invariants-sizes.ts';
import { SignedInvariants } from './invariants-signed.ts';
import { checkTentative } from './invariants-tentative.ts';
import type { NewView, PbftMessage } from './messages.ts';
import type { PbftNote } from './notes.ts';
import type { Setting } from './setting.ts';
import type { PbftEffect, PbftState, Slot } from './state.ts';

interface Life {
  readonly state: Readonly<PbftState>;
  readonly local: LocalInvariants;
  /** What was seen of it: nothing is looked at twice. */
  view: number;
  newView: NewView | null;
  stable: number;
  executed: number;
  readonly decided: Set<number>;
  readonly prepared: Map<number, number>;
}

interface Decided {
  readonly digest: string;
  /** The lowest view in which somebody was committed-local with it. */
  view: number;
}

interface Taken {
  readonly newView: NewView;
  /** The highest checkpoint that its view changes prove, whatever they claim. */
  readonly provenStable: number;
}

export class ClusterInvariants implements Checker<PbftMessage, PbftState, PbftNote> {
  readonly #lives = new Lives<PbftState, Life>(newLife);
  /** By sequence number. */
  readonly #decided = new Map<number, Decided>();
  /** By view and sequence number. */
  readonly #prepared = new Map<string, string>();
  /** Every NEW-VIEW that an honest replica took, by view. */
  readonly #newViews = new Map<number, Taken[]>();
  /** The highest view that an honest replica was in, or moved to. */
  #highest = 0;
  /** Digests of checkpoints, by sequence number. */
  readonly #checkpoints = new Map<number, string>();
  /** Commands executed up to a slot. */
  readonly #indices = new Map<number, number>();
  readonly #service = new ServiceInvariants('PI4');
  readonly #signed: SignedInvariants;
  readonly #found = new Findings();

  constructor(diskOf: DiskOf) {
    this.#signed = new SignedInvariants(diskOf);
  }

  check(
    state: Readonly<PbftState>,
    effects: readonly PbftEffect[],
    event: Event<PbftMessage>,
  ): readonly Violation[] {
    const life = this.#lives.of(state);
    this.#checkView(life);
    for (const slot of state.slots.values()) this.#checkSlot(life, slot);
    this.#checkNewView(life);
    this.#checkExecuted(life);
    this.#checkCheckpoints(life);
    checkTentative(state, effects, this.#found.list);
    this.#service.check(state.self, effects, this.#found.list);
    this.#signed.said(state.self, effects, this.#found.list);
    life.local.check(state, effects, this.#found.list);
    life.local.checkHeard(state, event, this.#found.list);
    checkSizes(state, effects, this.#found.list);
    if (state.stopped !== null) this.#found.fail('A1', `${state.self} saw that ${state.stopped}`);
    return this.#found.take();
  }

  released(self: ReplicaId, effect: PbftEffect): readonly Violation[] {
    this.#signed.released(self, effect, this.#found.list);
    return this.#found.take();
  }

  forget(self: ReplicaId): void {
    this.#lives.end(self);
    this.#signed.forget(self);
  }

  distrust(self: ReplicaId): void {
    this.forget(self);
  }

  /** P21: no view is reached but by the timeouts of honest replicas, one step each: who joins others goes where one of these is. */
  #checkView(life: Life): void {
    const { self, view } = life.state;
    if (view === life.view) return;
    if (view > this.#highest && view > life.view + 1) {
      this.#found.fail('P21', `${self} leaps from view ${life.view} to view ${view}`);
    }
    life.view = view;
    this.#highest = Math.max(this.#highest, view);
  }

  #checkSlot(life: Life, slot: Slot): void {
    const { n, prepared, decision } = slot;
    if (prepared && life.prepared.get(n) !== prepared.prePrepare.body.view) {
      const { view, digest } = prepared.prePrepare.body;
      life.prepared.set(n, view);
      this.#checkPrepared(view, n, digest);
    }
    if (!decision || life.decided.has(n)) return;
    life.decided.add(n);
    checkDecision(slot, life.state, this.#found.list);
    const view = decision.commits[0]?.body.view ?? 0;
    this.#checkDecided(n, decision.digest, view);
  }

  /** PI2: in one view at most one batch is prepared at a number. */
  #checkPrepared(view: number, n: number, digest: string): void {
    const key = `${view} ${n}`;
    const known = this.#prepared.get(key) ?? digest;
    this.#prepared.set(key, known);
    if (known !== digest) this.#found.fail('PI2', `two batches prepared at ${n} in view ${view}`);
  }

  /** PI1: one batch for each number, whatever the views. */
  #checkDecided(n: number, digest: string, view: number): void {
    const known = this.#decided.get(n);
    if (known && known.digest !== digest) this.#found.fail('PI1', `two batches committed at ${n}`);
    if (known && known.view <= view) return;
    this.#decided.set(n, { digest, view });
    for (const [later, newViews] of this.#newViews) {
      if (later <= view) continue;
      for (const newView of newViews) this.#checkCarried(newView, n, digest);
    }
  }

  /** PI3: what is committed in a view, every later NEW-VIEW proposes again, or has in a checkpoint that it proves. */
  #checkNewView(life: Life): void {
    const { newView, setting } = life.state;
    if (!newView || life.newView === newView.body) return;
    const { body } = newView;
    life.newView = body;
    const known = this.#newViews.get(body.view) ?? [];
    this.#newViews.set(body.view, known);
    const taken = { newView: body, provenStable: provenStable(body, setting) };
    known.push(taken);
    for (const [n, { digest, view }] of this.#decided) {
      if (view < body.view) this.#checkCarried(taken, n, digest);
    }
  }

  #checkCarried({ newView, provenStable }: Taken, n: number, digest: string): void {
    if (n <= provenStable) return;
    const { view, prePrepares } = newView;
    const proposed = prePrepares.find(({ body }) => body.n === n)?.body.digest;
    if (proposed !== digest)
      this.#found.fail('PI3', `view ${view} lost what was committed at ${n}`);
  }

  /** PI4: the same number of commands up to each slot; what they are, their indices say. */
  #checkExecuted(life: Life): void {
    const { self, executed, index } = life.state;
    if (executed === life.executed) return;
    life.executed = executed;
    const known = this.#indices.get(executed) ?? index;
    this.#indices.set(executed, known);
    if (known !== index)
      this.#found.fail('PI4', `${self} executed ${index} commands up to ${executed}`);
  }

  /** PI8: one digest for each checkpoint, own or proven. */
  #checkCheckpoints(life: Life): void {
    const { self, stable, snapshots } = life.state;
    for (const { n, digest } of snapshots.values()) this.#checkDigest(self, n, digest);
    if (stable.n === life.stable) return;
    life.stable = stable.n;
    this.#checkDigest(self, stable.n, stable.digest);
  }

  #checkDigest(self: ReplicaId, n: number, digest: string): void {
    const known = this.#checkpoints.get(n) ?? digest;
    this.#checkpoints.set(n, known);
    if (known !== digest) this.#found.fail('PI8', `${self} has another state after slot ${n}`);
  }
}

function provenStable({ viewChanges }: NewView, setting: Setting): number {
  const proven = viewChanges.map(({ body }) => stableProof(body.checkpoints, setting)?.n ?? 0);
  return Math.max(0, ...proven);
}

function newLife(state: Readonly<PbftState>): Life {
  return {
    state,
    local: new LocalInvariants(),
    view: state.view,
    newView: null,
    stable: 0,
    executed: 0,
    decided: new Set(),
    prepared: new Map(),
  };
}
