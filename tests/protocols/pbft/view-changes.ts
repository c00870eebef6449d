/** Proofs and view changes by the handful, for four replicas. */
import type { Signed } from '#protocols/core/signed.ts';
import type { ViewChange } from '#protocols/pbft/messages.ts';
import { settingOf } from '#protocols/pbft/setting.ts';
import { r, roster } from '../fixtures/ids.ts';
import type { Bench } from './bench.ts';
import { carrying, checkpoint, viewChange } from './statements.ts';

export const setting = settingOf(roster(4), {});
export const digest = 'e'.repeat(64);
export const proof = (n: number, by = [0, 1, 2]) => by.map((i) => checkpoint(r(i), n, digest));
/** View changes of `by` to `view`, all of them empty. */
export const empty = (view: number, by: readonly number[]) => by.map((i) => viewChange(r(i), view));
export const receiveAll = (bench: Bench, list: readonly Signed<ViewChange>[]) =>
  list.flatMap((each) => bench.receive(carrying(each), each.signer));
