/** What must hold of one replica in one life, step by step: cheap, exact, and blind to the others. */
import type { Violation } from '../core/checker.ts';
import { limits } from '../core/limits.ts';
import { endedView, headOf, type HotStuffState } from './state.ts';

export class LocalInvariants {
  #view = 0;
  #lock = 0;
  #high = 0;
  #voted = 0;
  #height = 0;
  #index = 0;
  #stable = 0;

  /** After a step. Adds to `found` what does not hold. */
  check(state: Readonly<HotStuffState>, found: Violation[]): void {
    const { self, view, lock, highQC, lastVoted, committed, index } = state;
    const fail = (id: string, text: string) => found.push({ id, text: `${self}: ${text}` });
    if (view < this.#view) fail('C20', `view ${view} after view ${this.#view}`);
    if (lock.view < this.#lock) fail('CI4', 'the lock went back');
    if (highQC.view < this.#high) fail('CI4', 'the highest certificate went back');
    if (lastVoted < this.#voted) fail('CI4', 'the last vote went back');
    if (lock.view > highQC.view) fail('CI4', 'a lock above the highest certificate');
    if (committed.height < this.#height || index < this.#index) fail('CI8', 'committed less');
    const proven = endedView(state);
    if (view !== proven + 1) fail('C20', `view ${view}, and only ${proven} is proven`);
    if (lastVoted > view) fail('C3', `voted in view ${lastVoted}, in view ${view}`);
    this.#checkBounds(state, found);
    this.#checkKept(state, found);
    this.#view = view;
    this.#lock = lock.view;
    this.#high = highQC.view;
    this.#voted = lastVoted;
    this.#height = committed.height;
    this.#index = index;
  }

  /** C14, K11: nothing is pruned that no checkpoint stands for, and all is pruned that one does, but for K blocks. */
  #checkKept(state: Readonly<HotStuffState>, found: Violation[]): void {
    const { self, root, stable, snapshots, setting, stopped } = state;
    const fail = (id: string, text: string) => found.push({ id, text: `${self} ${text}` });
    const height = stable?.height ?? 0;
    if (height < this.#stable) fail('C14', 'has an older checkpoint than before');
    this.#stable = height;
    if (root.height > height) fail('C14', `pruned height ${height + 1}, and nothing stands for it`);
    if (root.height < height - setting.checkpointEvery) fail('K11', `keeps height ${root.height}`);
    const named = headOf(state)?.block?.checkpoint?.height ?? 0;
    if (stopped === null && named > height && snapshots.has(named))
      fail('K11', `prunes nothing for height ${named}`);
  }

  /** K11: whatever others send, so much is kept and no more. */
  #checkBounds(state: Readonly<HotStuffState>, found: Violation[]): void {
    const { self, setting, votes, timeouts, newViews, requests } = state;
    const kept: readonly (readonly [number, number, string])[] = [
      [votes.size, setting.voters.length, 'votes'],
      [timeouts.size, setting.voters.length, 'timeouts'],
      [newViews.size, setting.voters.length, 'new views'],
      [requests.size, limits.requestsWaitingMax, 'requests'],
      [state.snapshots.size, 2, 'snapshots'],
      [state.incoming?.pieces.size ?? 0, limits.statePiecesMax, 'pieces'],
    ];
    for (const [count, max, what] of kept) {
      if (count > max) found.push({ id: 'K11', text: `${self} keeps ${count} ${what}` });
    }
  }
}
