/** Votes: given once a view, sent to the next leader, counted into certificates (C3, C11, C27). */
import { say, type Signed } from '../core/signed.ts';
import { learnCertificate } from './certifying.ts';
import { safetyWrite } from './durable.ts';
import type { TimeoutCertificate, Vote } from './messages.ts';
import type { VoteRefusal } from './notes.ts';
import { leaderOf } from './rotation.ts';
import { note, send, type HotStuff } from './state.ts';
import type { Node } from './tree.ts';

/** C3: vote, lock and highest certificate are one write, before the vote leaves. */
export function voteFor(hotStuff: HotStuff, node: Node, tc: TimeoutCertificate | null): void {
  const { state, rules, effects } = hotStuff;
  const { block, view, digest, justifyView, parent } = node;
  if (!block || !parent || state.stopped !== null) return;
  if (!rules.isVotingOpen(view, state)) {
    return withhold(hotStuff, node, view === state.view ? 'voted' : 'other-view');
  }
  if (!rules.mayVote(node, tc, state)) return withhold(hotStuff, node, 'locked');
  const lockView = rules.lockedBy(parent).view;
  const vote: Vote = { kind: 'VOTE', view, block: digest, justifyView, lockView };
  state.lastVoted = view;
  state.vote = vote;
  effects.push({ type: 'persist', writes: [safetyWrite(state)] });
  sayVote(hotStuff, vote, node);
}

/** To the leader of the next view, which makes them a certificate. */
export function sayVote(hotStuff: HotStuff, vote: Vote, node: Node): void {
  const { self, setting } = hotStuff.state;
  const next = leaderOf(vote.view + 1, node, setting);
  send(hotStuff, [next], { type: 'VOTE', statement: say(self, vote) });
}

function withhold(hotStuff: HotStuff, { block, view }: Node, reason: VoteRefusal): void {
  if (!block) return;
  note(hotStuff, { note: 'voteWithheld', from: block.proposer, view, reason });
}

/** From its voter, or beside a timeout (C27): who has a quorum has a certificate. */
export function onVote(hotStuff: HotStuff, vote: Signed<Vote>): void {
  const { state, rules } = hotStuff;
  const { body, signer } = vote;
  if (body.view <= state.highQC.view || !state.setting.voters.includes(signer)) return;
  if (!rules.replaces(vote, state.votes.get(signer))) return;
  state.votes.set(signer, vote);
  const votes = rules.votesWith(vote, state.votes, state.setting);
  if (!votes) return;
  const { view, block } = body;
  note(hotStuff, { note: 'certified', view, block });
  learnCertificate(hotStuff, { view, block, votes });
}
