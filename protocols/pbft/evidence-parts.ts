/** Statements within statements. */
import type { Signed } from '../core/signed.ts';
import type { NewView, PbftStatement, ViewChange } from './messages.ts';

/** All statements inside one, itself last: the certificates of a view change are statements of others. */
export function* statementsIn(
  statement: Signed<PbftStatement>,
): Generator<Signed<PbftStatement>, void> {
  const { body } = statement;
  if (body.kind === 'VIEW-CHANGE') yield* insideViewChange(body);
  else if (body.kind === 'NEW-VIEW') yield* insideNewView(body);
  yield statement;
}

function* insideViewChange({
  checkpoints,
  prepared,
}: ViewChange): Generator<Signed<PbftStatement>> {
  yield* checkpoints;
  for (const { prePrepare, prepares } of prepared) {
    yield prePrepare;
    yield* prepares;
  }
}

function* insideNewView({ viewChanges, prePrepares }: NewView): Generator<Signed<PbftStatement>> {
  for (const viewChange of viewChanges) yield* statementsIn(viewChange);
  yield* prePrepares;
}
