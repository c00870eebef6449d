/** Blocks: proposed by the leader of a view, taken in by everyone (C8, C12, C19). */
import { say, type Signed } from '../core/signed.ts';
import { addBlock, digestIn, isOfPhase, learnCertificate, learnTimeouts } from './certifying.ts';
import { digestOf } from './block.ts';
import { checkpointUpon } from './checkpoints.ts';
import { blockWrite, proposalWrite } from './durable.ts';
import type { Block, HotStuffMessage, Proposal } from './messages.ts';
import type { ProposalRefusal } from './notes.ts';
import { highestNamed, proposalFor } from './proposal.ts';
import { batchUpon } from './requests.ts';
import { leaderOf } from './rotation.ts';
import { beginningOf, headOf, missingIn, note, send, type HotStuff } from './state.ts';
import { voteFor } from './voting.ts';

type ProposalMessage = Extract<HotStuffMessage, { type: 'PROPOSAL' }>;

/** After every step: whoever leads the view and has something to propose does so, once. */
export function proposeIfDue(hotStuff: HotStuff): void {
  const { state, rules } = hotStuff;
  const { view, self, setting } = state;
  if (state.stopped !== null || state.proposed >= view || state.lastVoted >= view) return;
  const parent = headOf(state);
  if (!parent || leaderOf(view, beginningOf(state), setting) !== self) return;
  if (missingIn(state) || !rules.mayPropose(state)) return;
  // C8, E12: not below what its own timeouts name.
  if (highestNamed(state.highTC) > state.highQC.view) return;
  const batch = batchUpon(parent, hotStuff);
  if (batch.length === 0 && !rules.needsPush(parent, state)) return;
  const block: Block = {
    view,
    height: parent.height + 1,
    proposer: self,
    justify: state.highQC,
    checkpoint: checkpointUpon(parent, hotStuff),
    batch,
  };
  const digest = digestOf(block);
  const body = proposalFor(block, digest, state.highTC);
  state.proposed = view;
  state.drafted = { block, digest };
  hotStuff.effects.push({
    type: 'persist',
    writes: [proposalWrite(body), blockWrite(block, digest)],
  });
  sayProposal(hotStuff, body, block);
}

/** To itself too: what it signs comes back to it signed, and durable (K4). */
export function sayProposal(hotStuff: HotStuff, body: Proposal, block: Block): void {
  const { self, setting, highTC: tc, decided } = hotStuff.state;
  const statement = say(self, body);
  send(hotStuff, setting.voters, { type: 'PROPOSAL', statement, block, tc, decided });
}

/** C8, C12. Whoever brings it, the leader of the view signed it. */
export function onProposal(hotStuff: HotStuff, message: ProposalMessage): void {
  const { state } = hotStuff;
  const { statement, block, tc, decided } = message;
  const digest = digestIn(hotStuff, block);
  const reason = reasonToRefuse(hotStuff, message, digest);
  if (reason !== null) return refuse(hotStuff, statement, reason);
  const ended = block.view - 1;
  if (decided) learnCertificate(hotStuff, decided);
  learnCertificate(hotStuff, block.justify);
  if (tc) learnTimeouts(hotStuff, tc, ended);
  // One of a view that is over counts only if it is the one that was certified.
  const isMissing = missingIn(state)?.block === digest;
  if (block.view === state.view || isMissing) takeIn(hotStuff, message, digest);
}

function reasonToRefuse(
  hotStuff: HotStuff,
  { statement, block, tc, decided }: ProposalMessage,
  digest: string,
): ProposalRefusal | null {
  const { rules, state } = hotStuff;
  if (statement.signer !== block.proposer) return 'not-leader';
  const { phase, view } = block.justify;
  if (phase !== rules.phases[0] && view > 0) return 'no-certificate';
  if (decided && !isOfPhase(hotStuff, decided, 'commit')) return 'no-certificate';
  return rules.reasonToRefuseProposal(statement, { block, digest }, { tc, decided }, state);
}

function takeIn(hotStuff: HotStuff, message: ProposalMessage, digest: string): void {
  const { state, rules } = hotStuff;
  const { statement, block, tc } = message;
  const parent = state.nodes.get(block.justify.block);
  if (!parent) return suspend(hotStuff, message);
  if (!rules.mayStandOn(parent, block, state.setting)) {
    return refuse(hotStuff, statement, 'not-leader');
  }
  const isCurrent = block.view === state.view;
  if (isCurrent && state.heard) {
    if (state.heard.digest !== digest) refuse(hotStuff, statement, 'second-block');
    return;
  }
  if (isCurrent) state.heard = { view: block.view, digest, statement, isTold: false };
  const node = addBlock(hotStuff, block, { parent, digest });
  if (isCurrent) voteFor(hotStuff, node, tc);
}

/** C12: kept until its parent is here, the first that its leader may have said. */
function suspend({ state }: HotStuff, message: ProposalMessage): void {
  const { statement, block, tc, decided } = message;
  const { setting, view, suspended } = state;
  const mayLead =
    setting.rotation.type === 'reputation' || leaderOf(view, null, setting) === statement.signer;
  if (block.view !== view || suspended || !mayLead) return;
  state.suspended = { statement, block, tc, decided };
}

/** After every step: its parent may have come. */
export function resume(hotStuff: HotStuff): void {
  const { suspended, nodes } = hotStuff.state;
  if (!suspended || !nodes.has(suspended.block.justify.block)) return;
  hotStuff.state.suspended = null;
  onProposal(hotStuff, { type: 'PROPOSAL', ...suspended });
}

function refuse(
  hotStuff: HotStuff,
  { signer, body: { view } }: Signed<Proposal>,
  reason: ProposalRefusal,
): void {
  note(hotStuff, { note: 'proposalRefused', from: signer, view, reason });
}
