/** C7: what is committed is executed, oldest first and once, and its clients are answered. */
import { requestKey } from '../core/signed-batch.ts';
import { learnCheckpoint, takeCheckpoint } from './checkpoints.ts';
import type { Batch } from './messages.ts';
import { answer } from './requests.ts';
import { headOf, note, type HotStuff } from './state.ts';
import { stopSigning } from './stop.ts';
import { ancestorAt, pathFrom, type Node } from './tree.ts';

/** `node` is committed, and with it all that it stands on. */
export function commit(hotStuff: HotStuff, node: Node): void {
  const { state, rules } = hotStuff;
  if (state.stopped !== null) return;
  if (node.height <= state.committed.height) {
    const kept = ancestorAt(state.committed, node.height);
    if (kept && kept !== node) return refuse(hotStuff, node);
    return;
  }
  const path = pathFrom(state.committed, node);
  if (!path) return refuse(hotStuff, node);
  state.committed = node;
  state.fruitlessViews = rules.fruitlessAfterCommit(state);
  for (const next of path) {
    executeBatch(hotStuff, next.block?.batch ?? []);
    takeCheckpoint(hotStuff, next);
  }
  note(hotStuff, { note: 'committed', view: node.view, height: node.height });
  // A block may be certified before all is executed that it names.
  const head = headOf(state);
  if (head) learnCheckpoint(hotStuff, head, state.highQC);
}

/** H7: "a conflict … means that more than f lied". */
function refuse(hotStuff: HotStuff, { height }: Node): void {
  stopSigning(
    hotStuff,
    `a block at height ${height} is committed that conflicts with a committed one`,
  );
}

function executeBatch(hotStuff: HotStuff, batch: Batch): void {
  const { state, rules, context, effects } = hotStuff;
  const { service } = context;
  for (const request of batch) {
    const wasStopped = service.stopped;
    const index = ++state.index;
    const outcome = rules.execute(service, request, index);
    effects.push({ type: 'apply', index, command: request.command, result: outcome.result });
    if (service.stopped && !wasStopped) {
      note(hotStuff, { note: 'epochEnded', index, digest: service.digest() });
    }
    answer(hotStuff, request, outcome);
    state.requests.delete(requestKey(request));
  }
}
