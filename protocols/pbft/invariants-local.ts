/** What must hold of one replica in one life, step by step: cheap, exact, and blind to the others. */
import type { Violation } from '../core/checker.ts';
import { limits } from '../core/limits.ts';
import { quorumOf } from './setting.ts';
import type { PbftState, Slot } from './state.ts';

export class LocalInvariants {
  #view = 0;
  #active = true;
  #stable = 0;
  #executed = 0;
  #index = 0;

  /** After a step. Adds to `found` what does not hold. */
  check(state: Readonly<PbftState>, found: Violation[]): void {
    this.#checkMonotone(state, found);
    this.#checkBounds(state, found);
    for (const slot of state.slots.values()) checkSlot(slot, state, found);
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
