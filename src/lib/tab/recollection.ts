/** A witness whose memory outlives its worker. */
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { Signed, Standing } from '#protocols/core/signed.ts';
import { protocolNamed } from '#protocols/registry.ts';
import { StatementStore } from './statement-store.ts';
import type { Witness } from './witness.ts';
import type { EpochSetting } from './worker-messages.ts';

/** How often what was heard is written, in ms: a crash takes so much of it at most. */
const writeMs = 1_000;

type Hears = Pick<Witness, 'signed' | 'letIn'>;

/**
 * Tells `witness` what earlier lives of its replica in `epoch` heard, and remembers for the next what it hears, but for
 * what nobody has verified.
 */
export function remembering(witness: Witness, self: ReplicaId, epoch: EpochSetting): Hears | null {
  const { accountability } = protocolNamed(epoch.protocol);
  if (!accountability) return null;
  const store = new StatementStore(self, epoch.cluster, accountability.statement);
  void store.load().then((statements) => {
    witness.recall(statements);
    setInterval(() => void store.flush(), writeMs);
  });
  return {
    signed: (statement: Signed) => {
      witness.signed(statement);
      store.keep(statement);
    },
    letIn: (statement: Signed, standing: Standing) => {
      witness.letIn(statement, standing);
      if (standing === 'verified') store.keep(statement);
    },
  };
}
