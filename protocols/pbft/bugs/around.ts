/** Mistakes that are no rule's: planted between an honest replica and what it works with. */
import type { Event } from '../../core/replica.ts';
import type { PbftMessage } from '../messages.ts';
import { createReplica } from '../replica.ts';
import * as rules from '../rules.ts';
import { checkpointing } from '../setting.ts';
import { batchOf, leads, type PbftEffect, type PbftState } from '../state.ts';
import type { PbftBug } from './bug.ts';

/** SmartBFT needed the requests 484, 538, 553, 560 and 570 over two years for this one. */
const deliversTwice: PbftBug = {
  name: 'delivers-twice',
  title: 'What came decided from another is executed again once its own commits are counted.',
  seenIn: 'P10, PS21; classic mistake 15 (SmartBFT)',
  breaks: 'safety',
  scripts: [],
  create: (context, snapshots) => {
    const replica = createReplica(context, rules, checkpointing(snapshots));
    const state = replica.state as PbftState;
    const broughtByOthers = new Set<number>();
    return {
      state,
      step: (event) => {
        const effects = replica.step(event);
        for (const n of decidedBy(event)) if (n <= state.executed) broughtByOthers.add(n);
        const again = [...broughtByOthers].filter((n) => {
          const slot = state.slots.get(n);
          return slot && rules.isCommittedLocal(slot, state);
        });
        for (const n of again) broughtByOthers.delete(n);
        return [...effects, ...again.flatMap((n) => executeAgain(n, state))];
      },
    };
  },
};

function decidedBy(event: Event<PbftMessage>): number[] {
  if (event.type !== 'receive' || event.message.type !== 'DECIDED') return [];
  return event.message.commits.slice(0, 1).map(({ body }) => body.n);
}

function executeAgain(n: number, state: PbftState): PbftEffect[] {
  const slot = state.slots.get(n);
  const batch = slot?.decision && batchOf(slot, slot.decision.digest);
  return (batch ?? []).map(({ command }) => {
    const result = { ok: true, value: null } as const;
    return { type: 'apply', index: ++state.index, command, result };
  });
}

/** BFT-SMaRt, March 2022: "watch without a pending message". */
const copiesWaitedFor: PbftBug = {
  name: 'copies-waited-for',
  title:
    'A late copy of an executed request starts the timer of a backup: its client changes views.',
  seenIn: 'P2, P14, PS31; classic mistake 17 (BFT-SMaRt, 2022)',
  breaks: 'liveness',
  scripts: [],
  create: (context, snapshots) => {
    const replica = createReplica(context, rules, checkpointing(snapshots));
    const { service } = context;
    const outcomeOf = service.outcomeOf.bind(service);
    service.outcomeOf = (request) => (leads(replica.state) ? outcomeOf(request) : null);
    return replica;
  },
};

export const around: readonly PbftBug[] = [deliversTwice, copiesWaitedFor];
