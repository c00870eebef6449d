/**
 * What a vote is still good for (§4.2, §4.3): a quorum of equal ones settles a slot or a checkpoint, and whatever agrees
 * with it afterwards changes nothing. What contradicts it is looked at, always.
 */
import type { ReplicaId } from '../core/ids.ts';
import type { Use } from '../core/protocol.ts';
import type { Signed } from '../core/signed.ts';
import type { Checkpoint, Commit, PbftMessage, Prepare } from './messages.ts';
import { isInWindow } from './rules.ts';
import { primaryOf, quorumOf } from './setting.ts';
import { batchOf, type PbftState, type Slot } from './state.ts';

export function useOf(state: Readonly<PbftState>, message: PbftMessage): Use {
  if (state.stopped !== null) return 'needed';
  switch (message.type) {
    case 'PREPARE':
      return useOfPrepare(state, message.statement);
    case 'COMMIT':
      return useOfCommit(state, message.statement);
    case 'CHECKPOINT':
      return useOfCheckpoint(state, message.statement);
    default:
      return 'needed';
  }
}

/** P6, P7: beside the pre-prepare a quorum less one, a backup's own among them. */
function useOfPrepare(state: PbftState, { body, signer }: Signed<Prepare>): Use {
  const { view, n, digest } = body;
  if (signer === primaryOf(view, state.setting)) return 'needed';
  const general = useOfVote(state, body, signer);
  if (general !== null) return general;
  const slot = state.slots.get(n);
  const prepared = slot?.prepared?.prePrepare.body;
  if (prepared?.view === view) return prepared.digest === digest ? 'settled' : 'needed';
  const own = saysPrepare(state, slot, body) ? 1 : 0;
  const held = slot ? equalVotes(slot.prepares, body, state.self) : 0;
  return { countsFor: countsFor(body), wanted: quorumOf(state.setting) - 1 - own - held };
}

/** P9: a quorum, its own among them, since it says COMMIT before it can be committed here. */
function useOfCommit(state: PbftState, { body, signer }: Signed<Commit>): Use {
  const general = useOfVote(state, body, signer);
  if (general !== null) return general;
  const slot = state.slots.get(body.n);
  if (slot?.decision) return slot.decision.digest === body.digest ? 'settled' : 'needed';
  const held = slot ? equalVotes(slot.commits, body, state.self) : 0;
  return { countsFor: countsFor(body), wanted: quorumOf(state.setting) - 1 - held };
}

/** P11: a quorum, its own among them once it has executed as much. Of what is beyond the window P12 tells. */
function useOfCheckpoint(state: PbftState, { body, signer }: Signed<Checkpoint>): Use {
  const { setting, stable, executed, checkpoints, self } = state;
  const { n, digest } = body;
  if (!setting.voters.includes(signer)) return 'needed';
  if (n <= stable.n) return 'settled';
  if (!isInWindow(n, state)) return 'needed';
  let held = executed >= n ? 1 : 0;
  for (const [id, own] of checkpoints) {
    if (id !== self && own.get(n)?.body.digest === digest) held++;
  }
  return { countsFor: `CHECKPOINT ${n} ${digest}`, wanted: quorumOf(setting) - held };
}

/** What holds of both kinds, `null` if the vote is to be counted. P13: nothing of a view that was left counts. */
function useOfVote(state: PbftState, { view, n }: Prepare | Commit, signer: ReplicaId): Use | null {
  if (!state.setting.voters.includes(signer)) return 'needed';
  if (view < state.view || n <= state.stable.n) return 'settled';
  const counts = view === state.view && state.active && isInWindow(n, state);
  return counts ? null : 'needed';
}

/** Whether this replica says the same PREPARE as soon as it can, or said it. */
function saysPrepare(
  { self, setting }: PbftState,
  slot: Slot | undefined,
  { view, digest }: Prepare,
): boolean {
  if (primaryOf(view, setting) === self) return false;
  const accepted = slot?.prePrepare?.body;
  if (accepted?.view !== view) return true;
  return accepted.digest === digest && slot !== undefined && batchOf(slot, digest) !== null;
}

function equalVotes(
  votes: ReadonlyMap<ReplicaId, Signed<Prepare | Commit>>,
  { view, digest }: Prepare | Commit,
  self: ReplicaId,
): number {
  let equal = 0;
  for (const [id, { body }] of votes) {
    if (id !== self && body.view === view && body.digest === digest) equal++;
  }
  return equal;
}

const countsFor = ({ kind, view, n, digest }: Prepare | Commit): string =>
  `${kind} ${view} ${n} ${digest}`;
