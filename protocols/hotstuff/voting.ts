/** Votes: given once a view and phase, counted into certificates by a leader (C3, C11, C27). */
import type { Aggregate } from '../core/aggregate.ts';
import type { Answer } from '../core/replica.ts';
import { sayTheSame, type Signed } from '../core/signed.ts';
import { announce } from './announcing.ts';
import { sayCountable } from './certificates.ts';
import { learnCertificate } from './certifying.ts';
import { safetyWrite } from './durable.ts';
import type { Certificate, CertifyingVotes, Phase, TimeoutCertificate, Vote } from './messages.ts';
import type { VoteRefusal } from './notes.ts';
import { leaderOf } from './rotation.ts';
import { beginningOf, note, send, type HotStuff } from './state.ts';
import { tellIfOtherwise } from './telling.ts';
import type { Node } from './tree.ts';

/** The vote that a proposal asks for. */
export function voteFor(hotStuff: HotStuff, node: Node, tc: TimeoutCertificate | null): void {
  const { state, rules } = hotStuff;
  const { view } = node;
  if (!rules.isVotingOpen(view, state)) {
    return withhold(hotStuff, node, view === state.view ? 'voted' : 'other-view');
  }
  if (!rules.mayVouchFor(node, state)) return withhold(hotStuff, node, 'other-state');
  if (!rules.mayVote(node, tc, state)) return withhold(hotStuff, node, 'locked');
  giveVote(hotStuff, node, rules.phases[0]);
}

/** C3: vote, lock and highest certificate are one write, before the vote leaves. */
export function giveVote(hotStuff: HotStuff, node: Node, phase: Phase): void {
  const { state, effects } = hotStuff;
  const { block, view, digest, justifyView, parent } = node;
  if (!block || !parent || state.stopped !== null) return;
  const lockView = lockViewOf(hotStuff, node, phase);
  const vote: Vote = { kind: 'VOTE', phase, view, block: digest, justifyView, lockView };
  state.lastVoted = view;
  state.vote = vote;
  effects.push({ type: 'persist', writes: [safetyWrite(state)] });
  sayVote(hotStuff, vote, node);
}

/** What the certificate that asks for this vote locks: the block's own, or that of the phase before. */
function lockViewOf({ rules }: HotStuff, node: Node, phase: Phase): number {
  const before = rules.phases[rules.phases.indexOf(phase) - 1];
  const locked = before
    ? rules.lockedBy(node, before)
    : node.parent && rules.lockedBy(node.parent, node.block?.justify.phase ?? phase);
  return locked?.view ?? 0;
}

/** To the leader that makes them a certificate. */
export function sayVote(hotStuff: HotStuff, vote: Vote, node: Node): void {
  const { state, rules } = hotStuff;
  const counting = rules.countingView(vote);
  const beginning = counting === vote.view ? beginningOf(state) : node;
  const leader = leaderOf(counting, beginning, state.setting);
  const statement = sayCountable(state.self, vote, state.setting);
  send(hotStuff, [leader], { type: 'VOTE', statement });
}

function withhold(hotStuff: HotStuff, { block, view }: Node, reason: VoteRefusal): void {
  if (!block) return;
  note(hotStuff, { note: 'voteWithheld', from: block.proposer, view, reason });
}

/** From its voter, or beside a timeout (C27): who has a quorum has a certificate. */
export function onVote(hotStuff: HotStuff, vote: Signed<Vote>): void {
  const { state, rules } = hotStuff;
  const { body, signer } = vote;
  if (!rules.mayCountVote(vote, state)) return;
  tellIfOtherwise(hotStuff, body);
  if (!rules.replacesVote(vote, state.votes.get(signer))) return;
  state.votes.set(signer, vote);
  count(hotStuff, vote);
}

/** The votes that are equal to `vote`, if they are a quorum. Shares must be put together first, and nobody has looked at them. */
function count(hotStuff: HotStuff, vote: Signed<Vote>): void {
  const { state, rules, effects } = hotStuff;
  const votes = rules.votesWith(vote, state.votes, state.setting);
  if (!votes || isCounted(vote.body, state)) return;
  if (state.setting.certificates === 'list') return onCounted(hotStuff, vote.body, votes);
  if (state.asked && sayTheSame(state.asked, vote.body)) return;
  state.asked = vote.body;
  effects.push({ type: 'ask', job: { type: 'aggregate', shares: votes } });
}

/** Where shares were false, the others may be a quorum without them, now or with the next vote. */
export function onAnswer(hotStuff: HotStuff, answer: Answer): void {
  const { state } = hotStuff;
  if (state.stopped !== null) return;
  // Nothing else is ever asked about.
  const vote = (answer.type === 'aggregate' ? answer.aggregate : answer).body as Vote;
  if (state.asked && sayTheSame(state.asked, vote)) state.asked = null;
  if (answer.type === 'aggregate') {
    if (isCounted(vote, state)) return;
    return onCounted(hotStuff, vote, answer.aggregate as Aggregate<Vote>);
  }
  for (const signer of answer.signers) {
    state.falseSharers.add(signer);
    state.votes.delete(signer);
    note(hotStuff, { note: 'shareRefused', from: signer, view: vote.view });
  }
  const other = [...state.votes.values()].find(({ body }) => sayTheSame(body, vote));
  if (other) count(hotStuff, other);
}

function onCounted(hotStuff: HotStuff, { phase, view, block }: Vote, votes: CertifyingVotes): void {
  const certificate: Certificate = { phase, view, block, votes };
  note(hotStuff, { note: 'certified', phase, view, block });
  announce(hotStuff, certificate);
  learnCertificate(hotStuff, certificate);
}

/** One vote more than a quorum changes nothing. */
function isCounted({ phase, view }: Vote, { highQC, lock }: HotStuff['state']): boolean {
  return phase === 'pre-commit' ? lock.view >= view : phase !== 'commit' && highQC.view >= view;
}
