/** What a certificate brings about: a new view, a lock, a commit (C4 to C6, C16, C20). */
import { digestOf } from './block.ts';
import { blockWrite } from './durable.ts';
import { commit } from './execution.ts';
import type { Block, Certificate, SyncInfo, TimeoutCertificate } from './messages.ts';
import { waitForBatch } from './requests.ts';
import { leaderOf } from './rotation.ts';
import { beginningOf, note, type HotStuff } from './state.ts';
import { nodeOf, type Node } from './tree.ts';

/** C4, C24. `qc` was found to be one. It moves the view even where its block is not here (C16). */
export function learnCertificate(hotStuff: HotStuff, qc: Certificate): void {
  const { state } = hotStuff;
  if (qc.view > state.highQC.view) {
    state.highQC = qc;
    if (state.highTC?.[0] && state.highTC[0].body.view <= qc.view) state.highTC = null;
    if (qc.view >= state.view) enterView(hotStuff, qc.view + 1, 'certificate');
  }
  const certified = state.nodes.get(qc.block);
  if (certified) onCertified(hotStuff, certified);
}

/** C20. `tc` was found to end `view`. */
export function learnTimeouts(hotStuff: HotStuff, tc: TimeoutCertificate, view: number): void {
  const { state } = hotStuff;
  if (view < state.view) return;
  state.highTC = tc;
  enterView(hotStuff, view + 1, 'timeouts');
}

/** C23: takes over what another can prove. `false` if it cannot. */
export function learnSync(hotStuff: HotStuff, { highQC, highTC }: SyncInfo): boolean {
  const { rules, state } = hotStuff;
  if (!rules.isCertificate(highQC, state.setting)) return false;
  learnCertificate(hotStuff, highQC);
  if (highTC === null) return true;
  const view = rules.viewEndedBy(highTC, highQC, state.setting);
  if (view === null) return false;
  learnTimeouts(hotStuff, highTC, view);
  return true;
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

/** C5 and C6, for every block that is found to be certified, whatever the order. */
function onCertified(hotStuff: HotStuff, certified: Node): void {
  const { rules, state } = hotStuff;
  const locked = rules.lockedBy(certified);
  if (locked.view > state.lock.view) state.lock = locked;
  const committed = rules.committedBy(certified);
  if (committed) commit(hotStuff, committed);
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
  const node = nodeOf(block, digest, { parent, committed: rules.committedBy(parent) });
  state.nodes.set(digest, node);
  effects.push({ type: 'persist', writes: [blockWrite(block, digest)] });
  waitForBatch(hotStuff, block.batch);
  onCertified(hotStuff, parent);
  if (state.highQC.block === digest) onCertified(hotStuff, node);
  return node;
}

/** The digest of `block`, which is known of one's own. */
export function digestIn({ state: { drafted } }: HotStuff, block: Block): string {
  return drafted?.block === block ? drafted.digest : digestOf(block);
}
