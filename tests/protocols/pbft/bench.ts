/** One PBFT replica on the bench. */
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { Json } from '#protocols/core/replica.ts';
import type { Batch, PbftMessage } from '#protocols/pbft/messages.ts';
import type { PbftNote } from '#protocols/pbft/notes.ts';
import { createReplica } from '#protocols/pbft/replica.ts';
import * as honest from '#protocols/pbft/rules.ts';
import type { PbftOptions } from '#protocols/pbft/setting.ts';
import type { PbftEffect, PbftState } from '#protocols/pbft/state.ts';
import { r } from '../fixtures/ids.ts';
import { ReplicaBench } from '../fixtures/replica-bench.ts';
import { carrying, commit, prepare, prePrepare, primary } from './statements.ts';

export interface Born {
  readonly n?: number;
  readonly self?: ReplicaId;
  readonly disk?: ReadonlyMap<string, Json>;
  readonly rules?: honest.Rules;
  readonly options?: Partial<PbftOptions>;
  readonly switches?: readonly string[];
}

export class Bench extends ReplicaBench<PbftMessage, PbftState, PbftNote> {
  constructor({ n = 4, self = r(1), disk, switches, rules = honest, options }: Born = {}) {
    super({ n, self, disk, switches }, (context) => createReplica(context, rules, options));
  }

  timeout(timer: 'request' | 'new view' | 'status' | 'answers'): readonly PbftEffect[] {
    return this.step({ type: 'timeout', timer });
  }

  receive(message: PbftMessage, from = r(3)): readonly PbftEffect[] {
    return this.step({ type: 'receive', from, message });
  }

  /** A pre-prepare by the primary of `view`. */
  prePrepare(view: number, n: number, batch: Batch): readonly PbftEffect[] {
    const statement = prePrepare(view, n, batch, primary(view, this.state.setting.voters.length));
    return this.receive({ type: 'PRE-PREPARE', statement, batch });
  }

  /** Prepares of `by`. */
  prepare(by: readonly number[], view: number, n: number, batch: Batch): readonly PbftEffect[] {
    return by.flatMap((i) => this.receive(carrying(prepare(r(i), view, n, batch))));
  }

  commit(by: readonly number[], view: number, n: number, batch: Batch): readonly PbftEffect[] {
    return by.flatMap((i) => this.receive(carrying(commit(r(i), view, n, batch))));
  }

  /** Slot `n` of view 0 from beginning to end, with the help of the replicas 2 and 3 of four. */
  decide(n: number, batch: Batch): readonly PbftEffect[] {
    return [
      ...this.prePrepare(0, n, batch),
      ...this.prepare([2, 3], 0, n, batch),
      ...this.commit([2, 3], 0, n, batch),
    ];
  }
}

/** What is sent to others, in order. */
export function sent(effects: readonly PbftEffect[]): PbftMessage[] {
  return effects.flatMap((e) =>
    e.type === 'send' && e.to.some((id) => id !== r(1)) ? [e.message] : [],
  );
}

export function sentOf<T extends PbftMessage['type']>(effects: readonly PbftEffect[], type: T) {
  return sent(effects).filter((m): m is Extract<PbftMessage, { type: T }> => m.type === type);
}

export function notesOf(effects: readonly PbftEffect[]): PbftNote[] {
  return effects.flatMap((e) => (e.type === 'note' ? [e.note] : []));
}

export function reasonsOf(effects: readonly PbftEffect[]): string[] {
  return notesOf(effects).flatMap((note) => ('reason' in note ? [note.reason] : []));
}

export function applied(effects: readonly PbftEffect[]): number[] {
  return effects.flatMap((e) => (e.type === 'apply' ? [e.index] : []));
}
