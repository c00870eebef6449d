/** One HotStuff replica on the bench. */
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { Json } from '#protocols/core/replica.ts';
import * as chainedRules from '#protocols/hotstuff/chained/rules.ts';
import type { Block, HotStuffMessage } from '#protocols/hotstuff/messages.ts';
import type { HotStuffNote } from '#protocols/hotstuff/notes.ts';
import { createReplica } from '#protocols/hotstuff/replica.ts';
import type { Rules } from '#protocols/hotstuff/rules.ts';
import type { HotStuffOptions } from '#protocols/hotstuff/setting.ts';
import type { HotStuffEffect, HotStuffState } from '#protocols/hotstuff/state.ts';
import { r } from '../fixtures/ids.ts';
import { ReplicaBench } from '../fixtures/replica-bench.ts';
import { proposalOf } from './statements.ts';

export interface Born {
  readonly n?: number;
  readonly self?: ReplicaId;
  readonly disk?: ReadonlyMap<string, Json>;
  readonly rules?: Rules;
  readonly options?: Partial<HotStuffOptions>;
}

export class Bench extends ReplicaBench<HotStuffMessage, HotStuffState, HotStuffNote> {
  constructor({ n = 4, self = r(3), disk, rules = chainedRules, options }: Born = {}) {
    super({ n, self, disk }, (context) => createReplica(context, rules, options));
  }

  timeout(timer: 'view' | 'fetch'): readonly HotStuffEffect[] {
    return this.step({ type: 'timeout', timer });
  }

  receive(message: HotStuffMessage, from = r(2)): readonly HotStuffEffect[] {
    return this.step({ type: 'receive', from, message });
  }

  /** The proposals of these blocks, one after the other. */
  propose(...blocks: readonly Block[]): readonly HotStuffEffect[] {
    return blocks.flatMap((block) => this.receive(proposalOf(block), block.proposer));
  }
}

export function sentOf<T extends HotStuffMessage['type']>(
  effects: readonly HotStuffEffect[],
  type: T,
) {
  return effects.flatMap((e) =>
    e.type === 'send' && e.message.type === type
      ? [{ to: e.to, ...(e.message as Extract<HotStuffMessage, { type: T }>) }]
      : [],
  );
}

export function notesOf(effects: readonly HotStuffEffect[]): HotStuffNote[] {
  return effects.flatMap((e) => (e.type === 'note' ? [e.note] : []));
}

export function reasonsOf(effects: readonly HotStuffEffect[]): string[] {
  return notesOf(effects).flatMap((note) => ('reason' in note ? [note.reason] : []));
}

/** Views of the votes that are given, with whom they go to. */
export function votesOf(effects: readonly HotStuffEffect[]): [number, ReplicaId | undefined][] {
  return sentOf(effects, 'VOTE').map(({ to, statement }) => [statement.body.view, to[0]]);
}
