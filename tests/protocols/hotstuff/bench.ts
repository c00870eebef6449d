/** One HotStuff replica on the bench, fed by hand. What it says to itself comes back signed, as the host hands it over. */
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { Event, Json, Replica, Write } from '#protocols/core/replica.ts';
import { Service } from '#protocols/core/service.ts';
import { profiles } from '#protocols/core/timing.ts';
import * as chainedRules from '#protocols/hotstuff/chained/rules.ts';
import type { Block, HotStuffMessage } from '#protocols/hotstuff/messages.ts';
import type { HotStuffNote } from '#protocols/hotstuff/notes.ts';
import { createReplica } from '#protocols/hotstuff/replica.ts';
import type { Rules } from '#protocols/hotstuff/rules.ts';
import type { HotStuffOptions } from '#protocols/hotstuff/setting.ts';
import type { HotStuffEffect, HotStuffState } from '#protocols/hotstuff/state.ts';
import { r, roster } from '../fixtures/ids.ts';
import { signIn } from '../pbft/statements.ts';
import { proposalOf } from './statements.ts';

export interface Born {
  readonly n?: number;
  readonly self?: ReplicaId;
  readonly disk?: ReadonlyMap<string, Json>;
  readonly rules?: Rules;
  readonly options?: Partial<HotStuffOptions>;
}

export class Bench {
  readonly service = new Service();
  readonly replica: Replica<HotStuffMessage, HotStuffState, HotStuffNote>;
  readonly disk: Map<string, Json>;
  readonly born: readonly HotStuffEffect[];

  constructor({ n = 4, self = r(3), disk = new Map(), ...rest }: Born = {}) {
    const context = { self, voters: roster(n), timing: profiles.fast, service: this.service };
    this.replica = createReplica(context, rest.rules ?? chainedRules, rest.options);
    this.disk = new Map(disk);
    this.born = this.step({ type: 'start', durable: new Map(disk), incarnation: 1 });
  }

  get state(): Readonly<HotStuffState> {
    return this.replica.state;
  }

  /** All that comes of `event`, of what it has the replica say to itself included. */
  step(event: Event<HotStuffMessage>): readonly HotStuffEffect[] {
    const effects = [...this.replica.step(event)];
    for (const effect of effects.slice()) {
      if (effect.type === 'persist') effect.writes.forEach((write) => apply(this.disk, write));
      if (effect.type !== 'send' || !effect.to.includes(this.state.self)) continue;
      const message = signIn(this.state.self, effect.message);
      effects.push(...this.step({ type: 'receive', from: this.state.self, message }));
    }
    return effects;
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

function apply(disk: Map<string, Json>, write: Write): void {
  if (write.type === 'put') {
    disk.set(write.key, JSON.parse(JSON.stringify(write.value)) as Json);
    return;
  }
  for (const key of [...disk.keys()]) {
    if (key >= write.from && key < write.to) disk.delete(key);
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
