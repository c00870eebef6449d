/** The normal case (§4.2): pre-prepare, prepare, commit. */
import { say, type Signed } from '../core/signed.ts';
import { digestOf, firstBatch, requestKey } from './batch.ts';
import { batchWrite, noBatchWrite, prePrepareWrite, preparedWrite } from './durable.ts';
import { executeReady } from './execution.ts';
import type { Batch, Commit, PbftMessage, PrePrepare, Prepare } from './messages.ts';
import type { PbftNote } from './notes.ts';
import { waitForBatch } from './requests.ts';
import { primaryOf, quorumOf } from './setting.ts';
import { batchOf, committedOutcome, leads, slotAt, type Pbft, type Slot } from './state.ts';
import { executeTentatively } from './tentative.ts';

/** Batches on their way at once: while they are, requests gather and make larger ones (P4). */
const batchesInFlightMax = 8;

/** P4, after every step: the primary assigns the next numbers, as far as the window goes. */
export function proposeWaiting(pbft: Pbft): void {
  const { state, rules, effects } = pbft;
  if (!leads(state) || state.stopped !== null) return;
  while (state.queue.size > 0) {
    const n = Math.max(state.lastProposed, state.stable.n) + 1;
    if (!rules.isInWindow(n, state) || n > state.executed + batchesInFlightMax) return;
    const batch = takeBatch(pbft);
    if (batch.length === 0) return;
    state.lastProposed = n;
    const digest = digestOf(batch);
    const body: PrePrepare = { kind: 'PRE-PREPARE', view: state.view, n, digest };
    const statement = say(state.self, body);
    slotAt(state, n).batches.set(digest, batch);
    const writes = [prePrepareWrite(statement), batchWrite(n, digest, batch)];
    effects.push({ type: 'persist', writes });
    sendToAll(pbft, { type: 'PRE-PREPARE', statement, batch });
  }
}

/** What was executed since it was queued needs no second place. */
function takeBatch(pbft: Pbft): Batch {
  const { queue, requests } = pbft.state;
  for (const [key, request] of queue) {
    if (requests.has(key) && committedOutcome(pbft, request) === null) continue;
    queue.delete(key);
    requests.delete(key);
  }
  const batch = firstBatch(queue.values());
  for (const request of batch) queue.delete(requestKey(request));
  return batch;
}

/** To all voters and to itself: what it signs comes back to it signed, and durable (K4). */
export function sendToAll({ state, effects }: Pbft, message: PbftMessage): void {
  effects.push({ type: 'send', to: state.setting.voters, message });
}

/** P5, §4.2. Whoever brings it, the primary of the view signed it. */
export function onPrePrepare(pbft: Pbft, statement: Signed<PrePrepare>, batch: Batch): void {
  const { state, rules } = pbft;
  const { n, digest } = statement.body;
  const held = state.slots.get(n);
  if (held?.prePrepare?.body.view === state.view && held.prePrepare.body.digest === digest) {
    return onBatch(pbft, n, batch);
  }
  const reason = rules.reasonToRefusePrePrepare(statement, batch, state);
  if (reason !== null) return refusePrePrepare(pbft, statement, reason);
  const slot = slotAt(state, n);
  slot.prePrepare = statement;
  if (statement.signer !== state.self) {
    keepBatch(pbft, slot, digest, batch);
    pbft.effects.push({ type: 'persist', writes: [prePrepareWrite(statement)] });
    sayPrepare(pbft, statement.body);
  }
  waitForBatch(pbft, batch);
  advance(pbft, slot);
}

function refusePrePrepare(
  { effects }: Pbft,
  { signer, body: { view, n } }: Signed<PrePrepare>,
  reason: Extract<PbftNote, { note: 'prePrepareRefused' }>['reason'],
): void {
  const note = { note: 'prePrepareRefused', from: signer, view, n, reason } as const;
  effects.push({ type: 'note', note });
}

/** Keeps `batch` and drops what nothing in the slot names any more (K11). */
function keepBatch({ effects }: Pbft, slot: Slot, digest: string, batch: Batch): void {
  const named = [
    digest,
    slot.prePrepare?.body.digest,
    slot.prepared?.prePrepare.body.digest,
    slot.decision?.digest,
  ];
  for (const other of slot.batches.keys()) {
    if (named.includes(other)) continue;
    slot.batches.delete(other);
    effects.push({ type: 'persist', writes: [noBatchWrite(slot.n, other)] });
  }
  if (slot.batches.has(digest)) return;
  slot.batches.set(digest, batch);
  effects.push({ type: 'persist', writes: [batchWrite(slot.n, digest, batch)] });
}

/** P18: a batch that a pre-prepare, a certificate or a decision names, and that was missing. Anyone may bring it. */
export function onBatch(pbft: Pbft, n: number, batch: Batch): void {
  const { state } = pbft;
  const slot = state.slots.get(n);
  if (!slot || batch.length === 0) return;
  const missing = missingBatches(slot);
  if (missing.length === 0) return;
  const digest = digestOf(batch);
  if (!missing.includes(digest)) return;
  keepBatch(pbft, slot, digest, batch);
  const { prePrepare } = slot;
  if (prePrepare?.body.digest === digest && state.active) {
    waitForBatch(pbft, batch);
    if (prePrepare.signer !== state.self) sayPrepare(pbft, prePrepare.body);
    advance(pbft, slot);
  }
  executeReady(pbft);
}

/** Digests that the slot needs the batch of. */
export function missingBatches(slot: Slot): string[] {
  const { prePrepare, decision } = slot;
  const named = [prePrepare?.body.digest, decision?.digest];
  return named.filter(
    (digest, i): digest is string =>
      digest !== undefined && named.indexOf(digest) === i && batchOf(slot, digest) === null,
  );
}

/** P6. Its pre-prepare is on the disk, or goes there in this turn. */
export function sayPrepare(pbft: Pbft, { view, n, digest }: PrePrepare): void {
  const { state } = pbft;
  if (primaryOf(view, state.setting) === state.self) return;
  const statement = say<Prepare>(state.self, { kind: 'PREPARE', view, n, digest });
  sendToAll(pbft, { type: 'PREPARE', statement });
}

export function sayCommit(pbft: Pbft, { view, n, digest }: PrePrepare): void {
  const statement = say<Commit>(pbft.state.self, { kind: 'COMMIT', view, n, digest });
  sendToAll(pbft, { type: 'COMMIT', statement });
}

/** P6, P7. */
export function onPrepare(pbft: Pbft, prepare: Signed<Prepare>): void {
  const { state, rules } = pbft;
  if (!rules.mayCountPrepare(prepare, state)) return noteIgnored(pbft, prepare);
  const slot = slotAt(state, prepare.body.n);
  const held = slot.prepares.get(prepare.signer);
  if (!rules.replacesVote(prepare, held)) return noteSecond(pbft, prepare, held);
  slot.prepares.set(prepare.signer, prepare);
  advance(pbft, slot);
}

/** P9. */
export function onCommit(pbft: Pbft, commit: Signed<Commit>): void {
  const { state, rules } = pbft;
  if (!rules.mayCountCommit(commit, state)) return noteIgnored(pbft, commit);
  const slot = slotAt(state, commit.body.n);
  const held = slot.commits.get(commit.signer);
  if (!rules.replacesVote(commit, held)) return noteSecond(pbft, commit, held);
  slot.commits.set(commit.signer, commit);
  advance(pbft, slot);
}

/** Late votes are nothing to speak of; a primary's prepare, and a stranger's vote, are. */
function noteIgnored({ state, effects }: Pbft, { body, signer }: Signed<Prepare | Commit>): void {
  const { kind, view, n } = body;
  const isVoter = state.setting.voters.includes(signer);
  const isPrimary = kind === 'PREPARE' && signer === primaryOf(view, state.setting);
  if (isVoter && !isPrimary) return;
  const reason = isVoter ? 'of-primary' : 'stranger';
  effects.push({ type: 'note', note: { note: 'voteIgnored', from: signer, kind, n, reason } });
}

function noteSecond(
  { effects }: Pbft,
  { body: { kind, view, n, digest }, signer }: Signed<Prepare | Commit>,
  held: Signed<Prepare | Commit> | undefined,
): void {
  if (held?.body.view !== view || held.body.digest === digest) return;
  const reason = 'second-digest' as const;
  effects.push({ type: 'note', note: { note: 'voteIgnored', from: signer, kind, n, reason } });
}

/** What a new vote or pre-prepare makes of a slot: P8, "when prepared: persist, multicast COMMIT", then P9, P10. */
export function advance(pbft: Pbft, slot: Slot): void {
  const { state, rules } = pbft;
  if (!state.active || slot.prePrepare?.body.view !== state.view) return;
  if (slot.prepared?.prePrepare.body.view !== state.view) {
    if (!rules.isPrepared(slot, state)) return;
    const { prePrepare } = slot;
    const prepares = rules.matchingPrepares(slot, state).slice(0, quorumOf(state.setting) - 1);
    const certificate = { prePrepare, prepares };
    slot.prepared = certificate;
    pbft.effects.push({ type: 'persist', writes: [preparedWrite(certificate)] });
    sayCommit(pbft, certificate.prePrepare.body);
    executeTentatively(pbft);
  }
  if (slot.decision || !rules.isCommittedLocal(slot, state)) return;
  const { digest } = slot.prePrepare.body;
  slot.decision = { digest, commits: rules.matchingCommits(slot, state) };
  executeReady(pbft);
}
