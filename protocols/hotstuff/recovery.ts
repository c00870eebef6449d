/** A life begins, or goes on after a stop: every statement not superseded is said again, unchanged. */
import type { DurableState } from '../core/replica.ts';
import { addBlock, learnCertificate } from './certifying.ts';
import { recover, type Recovered } from './durable.ts';
import { sayProposal } from './proposing.ts';
import { endedView, note, type HotStuff } from './state.ts';
import { stopSigning } from './stop.ts';
import { makeStable } from './checkpoints.ts';
import { restoreState } from './state-transfer.ts';
import { askAround, sayTimeout } from './synchronizer.ts';
import { sayVote } from './voting.ts';

export function onStart(hotStuff: HotStuff, durable: DurableState): void {
  const { state } = hotStuff;
  if (durable.size === 0) return;
  const recovered = recover(durable);
  if (!recovered.ok) return stopSigning(hotStuff, recovered.error);
  if (!takeOverStable(hotStuff, recovered)) {
    return stopSigning(hotStuff, 'stable: not the state that a quorum vouched for');
  }
  takeOver(hotStuff, recovered);
  note(hotStuff, { note: 'recovered', view: state.view, blocks: recovered.blocks.length });
  if (recovered.stopped !== null) {
    state.stopped = recovered.stopped;
    return note(hotStuff, { note: 'assumptionBroken', text: recovered.stopped });
  }
  sayAgain(hotStuff, recovered);
  askAround(hotStuff);
}

/** `false` if the disk holds another state than a quorum vouched for. */
function takeOverStable(hotStuff: HotStuff, { stable }: Recovered): boolean {
  if (!stable) return true;
  if (!hotStuff.rules.isVouchedFor(stable.snapshot.pieceDigests, stable)) return false;
  makeStable(hotStuff, stable);
  return restoreState(hotStuff, stable.snapshot);
}

function takeOver(hotStuff: HotStuff, { safety, proposal, blocks }: Recovered): void {
  const { state } = hotStuff;
  if (safety) {
    state.lastVoted = safety.lastVoted;
    state.vote = safety.vote;
    state.lock = safety.lock;
    state.timeout = safety.timeout;
    state.highTC = safety.highTC;
    state.view = endedView(safety) + 1;
  }
  for (const { block, digest } of blocks) {
    const parent = state.nodes.get(block.justify.block);
    if (parent) addBlock(hotStuff, block, { parent, digest });
    learnCertificate(hotStuff, block.justify);
  }
  if (safety?.decided) learnCertificate(hotStuff, safety.decided);
  if (safety) learnCertificate(hotStuff, safety.highQC);
  state.proposed = proposal?.view ?? 0;
}

/** In the view it was in: its block, its vote, its timeout. */
function sayAgain(hotStuff: HotStuff, { proposal }: Recovered): void {
  const { state } = hotStuff;
  const { view, vote, timeout, nodes } = state;
  const block = proposal && nodes.get(proposal.block)?.block;
  if (block && proposal.view === view) sayProposal(hotStuff, proposal, block);
  const voted = vote && nodes.get(vote.block);
  if (voted && vote.view >= view - 1) sayVote(hotStuff, vote, voted);
  if (timeout?.view === view) sayTimeout(hotStuff, timeout);
}

/** K13: timers are set anew, once; and others may have gone on meanwhile. */
export function onWake(hotStuff: HotStuff): void {
  const { state } = hotStuff;
  if (state.stopped !== null) return;
  state.timedView = null;
  state.fetching = null;
  askAround(hotStuff);
}
