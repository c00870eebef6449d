/** What a replica says of view changes has a bound, however long the history is: it must fit one message (PI6, K11). */
import type { Violation } from '../core/checker.ts';
import type { NewView, ViewChange } from './messages.ts';
import { quorumOf, type Setting } from './setting.ts';
import type { PbftEffect, PbftState } from './state.ts';

/** Of its own VIEW-CHANGEs and NEW-VIEWs among `effects`. Adds to `found` what does not hold. */
export function checkSizes(
  { self, setting }: Readonly<PbftState>,
  effects: readonly PbftEffect[],
  found: Violation[],
): void {
  for (const effect of effects) {
    if (effect.type !== 'send' || !('statement' in effect.message)) continue;
    const { body, signer } = effect.message.statement;
    if (signer !== self || !('viewChanges' in body || 'prepared' in body)) continue;
    const problem =
      body.kind === 'NEW-VIEW' ? newViewExcess(body, setting) : viewChangeExcess(body, setting);
    if (problem !== null) found.push({ id: 'PI6', text: `${self} says ${body.kind} ${problem}` });
  }
}

/** P15, P16: of each slot of the window at most one certificate, and of each as much as proves it. */
function viewChangeExcess(
  { stable, checkpoints, prepared }: ViewChange,
  setting: Setting,
): string | null {
  if (checkpoints.length > setting.voters.length) return `with ${checkpoints.length} checkpoints`;
  const slots = prepared.map(({ prePrepare }) => prePrepare.body.n);
  const beyond = slots.find((n) => n <= stable || n > stable + setting.window);
  if (beyond !== undefined) return `with slot ${beyond}, outside of the window above ${stable}`;
  if (new Set(slots).size < slots.length) return 'with two certificates of one slot';
  const most = Math.max(0, ...prepared.map(({ prepares }) => prepares.length));
  return most < quorumOf(setting) ? null : `with ${most} prepares where fewer prove it`;
}

function newViewExcess({ viewChanges, prePrepares }: NewView, setting: Setting): string | null {
  if (viewChanges.length > quorumOf(setting)) return `with ${viewChanges.length} view changes`;
  return prePrepares.length > setting.window ? `with ${prePrepares.length} pre-prepares` : null;
}
