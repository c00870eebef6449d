/** A witness whose memory outlives its worker. */
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { Signed } from '#protocols/core/signed.ts';
import { protocolNamed } from '#protocols/registry.ts';
import { StatementStore } from './statement-store.ts';
import type { Witness } from './witness.ts';
import type { EpochSetting } from './worker-messages.ts';

/** How often what was heard is written, in ms: a crash takes so much of it at most. */
const writeMs = 1_000;

type Hears = Pick<Witness, 'signed' | 'verified'>;

/** Tells `witness` what earlier lives of its replica in `epoch` heard, and remembers for the next what it hears. */
export function remembering(witness: Witness, self: ReplicaId, epoch: EpochSetting): Hears | null {
  const { accountability } = protocolNamed(epoch.protocol);
  if (!accountability) return null;
  const store = new StatementStore(self, epoch.cluster, accountability.statement);
  void store.load().then((statements) => {
    witness.recall(statements);
    setInterval(() => void store.flush(), writeMs);
  });
  const and = (hear: (statement: Signed) => void) => (statement: Signed) => {
    hear(statement);
    store.keep(statement);
  };
  return { signed: and(witness.signed), verified: and(witness.verified) };
}
