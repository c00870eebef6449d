/** What must hold of one replica in one life, step by step: cheap, exact, and blind to the others. */
import type { Violation } from '../core/checker.ts';
import type { ReplicaId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import type { Event } from '../core/replica.ts';
import type { Signed } from '../core/signed.ts';
import { requestKey } from './batch.ts';
import type { PbftMessage, ViewChange } from './messages.ts';
import { primaryOf, quorumOf } from './setting.ts';
import type { PbftEffect, PbftState, Slot } from './state.ts';
import { reasonToRefuseViewChange } from './view-change-rules.ts';

export class LocalInvariants {
  #view = 0;
  #active = true;
  #stable = 0;
  #executed = 0;
  #index = 0;
  readonly #viewChanges = new Map<ReplicaId, Signed<ViewChange>>();
  /** Requests that it answered for good. */
  readonly #executedRequests = new Set<string>();

  /** After a step. Adds to `found` what does not hold. */
  check(state: Readonly<PbftState>, effects: readonly PbftEffect[], found: Violation[]): void {
    this.#checkMonotone(state, found);
    this.#checkBounds(state, found);
    this.#checkAwaited(state, effects, found);
    this.#checkViewChanges(state, found);
    for (const slot of state.slots.values()) checkSlot(slot, state, found);
  }

  /** P9: a vote of this view or a later one is kept, whether or not anything it is about is known. */
  checkHeard(state: Readonly<PbftState>, event: Event<PbftMessage>, found: Violation[]): void {
    if (event.type !== 'receive' || state.stopped !== null) return;
    const { message } = event;
    if (message.type !== 'PREPARE' && message.type !== 'COMMIT') return;
    const { body, signer } = message.statement;
    const { self, view, stable, setting, slots } = state;
    if (body.view < view || body.n <= stable.n || body.n > stable.n + setting.window) return;
    if (!setting.voters.includes(signer)) return;
    if (body.kind === 'PREPARE' && signer === primaryOf(body.view, setting)) return;
    const slot = slots.get(body.n);
    const held = (body.kind === 'PREPARE' ? slot?.prepares : slot?.commits)?.get(signer);
    if (held && held.body.view >= body.view) return;
    found.push({ id: 'P9', text: `${self} dropped a ${body.kind} of ${signer} for ${body.n}` });
  }

  /** P14: the timer runs for a request that is not executed. */
  #checkAwaited(
    { self, awaited, index, stopped }: Readonly<PbftState>,
    effects: readonly PbftEffect[],
    found: Violation[],
  ): void {
    for (const effect of effects) {
      if (effect.type !== 'reply' || effect.reply.type !== 'done') continue;
      const { to: client, reply } = effect;
      if (reply.index <= index) this.#executedRequests.add(requestKey({ client, seq: reply.seq }));
    }
    if (awaited === null || stopped !== null || !this.#executedRequests.has(awaited)) return;
    found.push({ id: 'P14', text: `${self} waits for ${awaited}, which it has executed` });
  }

  /** P16: the view changes it keeps prove what they say. */
  #checkViewChanges({ self, viewChanges, setting }: Readonly<PbftState>, found: Violation[]): void {
    for (const [signer, viewChange] of viewChanges) {
      if (this.#viewChanges.get(signer) === viewChange) continue;
      this.#viewChanges.set(signer, viewChange);
      const reason = reasonToRefuseViewChange(viewChange, setting);
      if (reason !== null)
        found.push({ id: 'P16', text: `${self} keeps a VIEW-CHANGE: ${reason}` });
    }
  }

  /** PI6, PI7: views, h and what is executed never decrease; a view that was left is not entered again. */
  #checkMonotone(state: Readonly<PbftState>, found: Violation[]): void {
    const { view, active, stable, executed, index } = state;
    const fail = (id: string, text: string) => found.push({ id, text: `${state.self}: ${text}` });
    if (view < this.#view) fail('PI7', `view ${view} after view ${this.#view}`);
    if (view === this.#view && active && !this.#active && state.newView?.body.view !== view) {
      fail('PI7', `view ${view} is active again without a NEW-VIEW`);
    }
    if (stable.n < this.#stable) fail('PI6', 'h went down');
    if (executed < this.#executed || index < this.#index) fail('PI4', 'executed less than before');
    if (stable.n > executed) fail('PI4', 'a stable checkpoint of what is not executed');
    this.#view = view;
    this.#active = active;
    this.#stable = stable.n;
    this.#executed = executed;
    this.#index = index;
  }

  /** PI6, K11: whatever others send, so much is kept and no more. */
  #checkBounds(state: Readonly<PbftState>, found: Violation[]): void {
    const { self, setting, slots, viewChanges, checkpoints, requests, snapshots } = state;
    const kept: readonly (readonly [number, number, string])[] = [
      [slots.size, setting.window, 'slots'],
      [viewChanges.size, setting.voters.length, 'view changes'],
      [checkpoints.size, setting.voters.length, 'signers of checkpoints'],
      [requests.size, limits.requestsWaitingMax, 'requests'],
      [snapshots.size, setting.window / setting.checkpointEvery, 'snapshots'],
    ];
    for (const [count, max, what] of kept) {
      if (count > max) found.push({ id: 'PI6', text: `${self} keeps ${count} ${what}` });
    }
    for (const held of checkpoints.values()) {
      const max = setting.window / setting.checkpointEvery + 1;
      if (held.size > max)
        found.push({ id: 'PI6', text: `${self} keeps ${held.size} checkpoints` });
    }
  }
}

/** P7 and P9 as the paper states them, counted anew: sets of identities, of one view and one digest. */
function checkSlot(slot: Slot, state: Readonly<PbftState>, found: Violation[]): void {
  const { n, prepares, commits, prepared, batches } = slot;
  const { self, stable, setting, view } = state;
  const fail = (id: string, text: string) =>
    found.push({ id, text: `${self}, slot ${n}: ${text}` });
  if (n <= stable.n || n > stable.n + setting.window) fail('PI6', 'outside the window');
  if (prepares.size > setting.voters.length || commits.size > setting.voters.length) {
    fail('PI6', 'more votes than voters');
  }
  if (batches.size > 4) fail('PI6', `${batches.size} batches`);
  if (slot.prePrepare && slot.prePrepare.body.view !== view && state.active) {
    fail('P5', 'a pre-prepare of another view');
  }
  if (slot.prePrepare && slot.prePrepare.signer !== primaryOf(slot.prePrepare.body.view, setting)) {
    fail('P5', 'a pre-prepare of another than the primary');
  }
  if (!prepared) return;
  const { body, signer: primary } = prepared.prePrepare;
  const backups = new Set(prepared.prepares.map(({ signer }) => signer));
  if (backups.has(primary)) fail('P6', 'prepared with a prepare of the primary');
  if (backups.size < quorumOf(setting) - 1) fail('P7', `prepared with ${backups.size} prepares`);
  const matching = prepared.prepares.every(
    (prepare) => prepare.body.view === body.view && prepare.body.digest === body.digest,
  );
  if (!matching) fail('P7', 'prepared with prepares of something else');
}

/** P9 and the proof of a decision: a quorum of distinct voters said COMMIT to the same, in one view. */
export function checkDecision(
  { n, decision }: Slot,
  { self, setting }: Readonly<PbftState>,
  found: Violation[],
): void {
  const view = decision?.commits[0]?.body.view;
  const same = (decision?.commits ?? []).filter(({ body, signer }) => {
    const isVoter = setting.voters.includes(signer);
    return isVoter && body.view === view && body.n === n && body.digest === decision?.digest;
  });
  const count = new Set(same.map(({ signer }) => signer)).size;
  if (count >= quorumOf(setting)) return;
  found.push({ id: 'P9', text: `${self}, slot ${n}: decided with ${count} equal commits` });
}
