/** One PBFT replica on the bench, fed by hand. What it says to itself comes back signed, as the host hands it over. */
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { Event, Json, Replica, Write } from '#protocols/core/replica.ts';
import { Service } from '#protocols/core/service.ts';
import { profiles } from '#protocols/core/timing.ts';
import type { Batch, PbftMessage } from '#protocols/pbft/messages.ts';
import type { PbftNote } from '#protocols/pbft/notes.ts';
import { createReplica } from '#protocols/pbft/replica.ts';
import * as rules from '#protocols/pbft/rules.ts';
import type { PbftOptions } from '#protocols/pbft/setting.ts';
import type { PbftEffect, PbftState } from '#protocols/pbft/state.ts';
import { r, roster } from '../fixtures/ids.ts';
import { carrying, commit, prepare, prePrepare, primary, signIn } from './statements.ts';

export interface Born {
  readonly n?: number;
  readonly self?: ReplicaId;
  readonly disk?: ReadonlyMap<string, Json>;
  readonly rules?: rules.Rules;
  readonly options?: Partial<PbftOptions>;
  readonly switches?: readonly string[];
}

export class Bench {
  readonly service = new Service();
  readonly replica: Replica<PbftMessage, PbftState, PbftNote>;
  readonly disk: Map<string, Json>;
  readonly born: readonly PbftEffect[];

  constructor({ n = 4, self = r(1), disk = new Map(), switches = [], ...rest }: Born = {}) {
    const { service } = this;
    const context = { self, voters: roster(n), timing: profiles.fast, service, switches };
    this.replica = createReplica(context, rest.rules ?? rules, rest.options);
    this.disk = new Map(disk);
    this.born = this.step({ type: 'start', durable: new Map(disk), incarnation: 1 });
  }

  get state(): Readonly<PbftState> {
    return this.replica.state;
  }

  /** All that comes of `event`, of what it has the replica say to itself included. */
  step(event: Event<PbftMessage>): readonly PbftEffect[] {
    const effects = [...this.replica.step(event)];
    for (const effect of effects.slice()) {
      if (effect.type === 'persist') effect.writes.forEach((write) => apply(this.disk, write));
      if (effect.type !== 'send' || !effect.to.includes(this.state.self)) continue;
      const message = signIn(this.state.self, effect.message);
      effects.push(...this.step({ type: 'receive', from: this.state.self, message }));
    }
    return effects;
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

function apply(disk: Map<string, Json>, write: Write): void {
  if (write.type === 'put') {
    disk.set(write.key, JSON.parse(JSON.stringify(write.value)) as Json);
    return;
  }
  for (const key of [...disk.keys()]) {
    if (key >= write.from && key < write.to) disk.delete(key);
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
