/**
 * What each message of a running PBFT is sent for. A slot is decided by one PRE-PREPARE, PREPARE and COMMIT of each to
 * each; what is said of it another time, in a later view or because it was lost, is counted apart.
 */
import type { Counts, CountSorter } from '../core/counts.ts';
import { Firsts } from '../core/firsts.ts';
import type { ReplicaId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import { messagesPer } from './counts.ts';
import type { PbftMessage } from './messages.ts';

/** Slots below the newest by so many are not spoken of any more. */
const rememberedSlots = 2 * limits.slotsInWindowMax;

class Sorter implements CountSorter<PbftMessage> {
  readonly #sent = new Map<string, Firsts>();

  begin(): void {
    // A message of PBFT says by itself what it is for.
  }

  sort(to: ReplicaId, message: PbftMessage): string {
    const { type } = message;
    switch (type) {
      case 'PRE-PREPARE':
      case 'PREPARE':
      case 'COMMIT': {
        const key = `${type} ${to}`;
        const firsts = this.#sent.get(key) ?? new Firsts(rememberedSlots);
        this.#sent.set(key, firsts);
        return firsts.take(message.statement.body.n) ? type : 'again';
      }
      case 'CHECKPOINT':
        return 'checkpoint';
      case 'VIEW-CHANGE':
      case 'NEW-VIEW':
        return 'view change';
      case 'REQUEST':
        return 'client';
      case 'STATUS':
      case 'DECIDED':
      case 'STABLE':
      case 'BATCH':
      case 'FETCH':
      case 'FETCH-BATCH':
      case 'STATE':
      case 'DATA':
        return 'help';
    }
  }
}

export const counts: Counts<PbftMessage> = {
  kinds: [
    { id: 'PRE-PREPARE', title: 'PRE-PREPARE' },
    { id: 'PREPARE', title: 'PREPARE' },
    { id: 'COMMIT', title: 'COMMIT' },
  ],
  apart: [
    { id: 'again', title: 'votes sent again, or in a later view' },
    { id: 'checkpoint', title: 'checkpoints' },
    { id: 'view change', title: 'view changes' },
    { id: 'help', title: 'help for who fell behind' },
    { id: 'client', title: 'passed on for clients' },
  ],
  formulas: [
    {
      title: 'of any batch',
      text: '2n(n − 1)',
      perDecision: (n) => messagesPer('decision', n),
    },
  ],
  decided: ({ commitIndex }) => commitIndex,
  sorter: () => new Sorter(),
};
