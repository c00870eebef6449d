/** What a certificate brings about: a new view, a lock, a commit (C4 to C6, C16, C20). */
import { blocksMax, tcsMax } from '../core/tree-summary.ts';
import { digestOf } from './block.ts';
import { learnCheckpoint } from './checkpoints.ts';
import { blockWrite } from './durable.ts';
import { commit } from './execution.ts';
import type { Block, Certificate, Phase, SyncInfo, TimeoutCertificate } from './messages.ts';
import { waitForBatch } from './requests.ts';
import { leaderOf } from './rotation.ts';
import { beginningOf, note, send, syncInfoOf, type HotStuff } from './state.ts';
import { tellIfOtherwise } from './telling.ts';
import { nodeOf, type Node } from './tree.ts';

/** C4, C24. `qc` was found to be one. It moves the view even where its block is not here (C16). */
export function learnCertificate(hotStuff: HotStuff, qc: Certificate): void {
  const { state, rules } = hotStuff;
  const { phase, view } = qc;
  tellIfOtherwise(hotStuff, qc);
  if (phase === rules.phases[0] && view > state.highQC.view) state.highQC = qc;
  if (phase === 'commit' && view > (state.decided?.view ?? 0)) state.decided = qc;
  if (rules.endsView(qc)) {
    if (state.highTC?.[0] && state.highTC[0].body.view <= view) state.highTC = null;
    if (view >= state.view) enterView(hotStuff, view + 1, 'certificate');
  }
  // What a lower one would lock or commit, the branch of the highest will.
  const isHighest = qc === state.highQC || qc === state.decided || phase === 'pre-commit';
  const certified = state.nodes.get(qc.block);
  if (isHighest && certified) onCertified(hotStuff, certified, qc);
}

/** C20. `tc` was found to end `view`. */
export function learnTimeouts(hotStuff: HotStuff, tc: TimeoutCertificate, view: number): void {
  const { state } = hotStuff;
  if (view < state.view) return;
  state.highTC = tc;
  state.newestTCs.push(tc);
  if (state.newestTCs.length > tcsMax) state.newestTCs.shift();
  enterView(hotStuff, view + 1, 'timeouts');
}

/** C23: takes over what another can prove. `false` if it cannot. */
export function learnSync(hotStuff: HotStuff, { highQC, decided, highTC }: SyncInfo): boolean {
  const { rules, state } = hotStuff;
  if (!isOfPhase(hotStuff, highQC, rules.phases[0])) return false;
  if (decided !== null) {
    if (!isOfPhase(hotStuff, decided, 'commit')) return false;
    learnCertificate(hotStuff, decided);
  }
  const view = highTC && rules.viewEndedBy(highTC, highQC, state.setting);
  if (highTC && view === null) return false;
  if (highTC && view !== null) learnTimeouts(hotStuff, highTC, view);
  // A phase that ends no view shows nothing of one that this replica is not in.
  if (!rules.endsView(highQC) && highQC.view > state.view) return false;
  learnCertificate(hotStuff, highQC);
  return true;
}

/** A certificate of this phase, or genesis. */
export function isOfPhase({ rules, state }: HotStuff, qc: Certificate, phase: Phase): boolean {
  return (qc.phase === phase || qc.view === 0) && rules.isCertificate(qc, state.setting);
}

function enterView(hotStuff: HotStuff, view: number, by: 'certificate' | 'timeouts'): void {
  const { state } = hotStuff;
  state.view = view;
  state.heard = null;
  state.suspended = null;
  const beginning = beginningOf(state);
  const isKnown = by === 'timeouts' || beginning || state.setting.rotation.type === 'round-robin';
  const leader = isKnown ? leaderOf(view, beginning, state.setting) : null;
  note(hotStuff, { note: 'viewEntered', view, leader, by });
}

/** After every step: basic HotStuff tells the leader of a view that was entered what it has (H5). */
export function sayNewView(hotStuff: HotStuff): void {
  const { state, rules } = hotStuff;
  const { view, setting } = state;
  if (rules.phases.length === 1 || state.greeted >= view || state.stopped !== null) return;
  state.greeted = view;
  const leader = leaderOf(view, beginningOf(state), setting);
  send(hotStuff, [leader], { type: 'NEW-VIEW', view, sync: syncInfoOf(state) });
}

/** C5 and C6, for every block that is found to be certified, whatever the order. */
function onCertified(hotStuff: HotStuff, certified: Node, qc: Certificate): void {
  const { rules, state } = hotStuff;
  const { phase } = qc;
  const locked = rules.lockedBy(certified, phase);
  if (locked && locked.view > state.lock.view) state.lock = locked;
  const committed = rules.committedBy(certified, phase);
  if (committed) commit(hotStuff, committed);
  if (phase === rules.phases[0]) learnCheckpoint(hotStuff, certified, qc);
}

/** Puts a block on its parent, which must be the one its certificate is for (C12). */
export function addBlock(
  hotStuff: HotStuff,
  block: Block,
  { parent, digest }: { readonly parent: Node; readonly digest: string },
): Node {
  const { state, rules, effects } = hotStuff;
  const known = state.nodes.get(digest);
  if (known) return known;
  const { phase } = block.justify;
  const committed = rules.committedBy(parent, phase);
  const node = nodeOf(block, digest, { parent, committed });
  state.nodes.set(digest, node);
  state.newest.push(node);
  if (state.newest.length > blocksMax) state.newest.shift();
  effects.push({ type: 'persist', writes: [blockWrite(block, digest)] });
  waitForBatch(hotStuff, block.batch);
  onCertified(hotStuff, parent, block.justify);
  for (const qc of [state.highQC, state.decided]) {
    if (qc?.block === digest) onCertified(hotStuff, node, qc);
  }
  return node;
}

/** The digest of `block`, which is known of one's own. */
export function digestIn({ state: { drafted } }: HotStuff, block: Block): string {
  return drafted?.block === block ? drafted.digest : digestOf(block);
}
