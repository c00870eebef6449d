/** What the person at a replica asks of it, or why not. */
import type { Operation } from '../core/replica.ts';
import { changeMembership } from './membership.ts';
import type { OperationRefusal } from './notes.ts';
import type { Raft } from './state.ts';
import { startTransfer } from './transfer.ts';

export function onOperate(raft: Raft, operation: Operation): void {
  switch (operation.type) {
    case 'changeMembership': {
      const reason = changeMembership(raft, operation);
      if (reason !== null) refuseOperation(raft, operation, reason);
      return;
    }
    case 'transferLeadership': {
      const reason = startTransfer(raft, operation.to);
      if (reason !== null) refuseOperation(raft, operation, reason);
      return;
    }
  }
}

export function refuseOperation(
  { effects }: Raft,
  { type }: Operation,
  reason: OperationRefusal,
): void {
  effects.push({ type: 'note', note: { note: 'operationRefused', operation: type, reason } });
}
