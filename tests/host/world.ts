/** A world round one host whose clock, disk and signer stand still until told otherwise. */
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { Effect, Event, Write } from '#protocols/core/replica.ts';
import type { Signed } from '#protocols/core/signed.ts';
import { Host } from '#lib/host/host.ts';
import type { Environment, Outgoing } from '#lib/host/environment.ts';
import type { Signer } from '#lib/host/signer.ts';
import type { PersistOutcome } from '#lib/host/storage.ts';
import type { TraceEvent } from '#lib/host/trace.ts';

export const id = (n: number): ReplicaId => n.toString(16).padStart(32, '0') as ReplicaId;
export const [self, peer, third] = [id(1), id(2), id(3)];

export type Script<M> = (event: Event<M>) => readonly Effect<M, string>[];

export interface Edge<M> {
  readonly signer: Signer | null;
  readonly watch: ((statement: Signed) => void) | null;
  /** A message in the log. */
  readonly say: (message: M) => string;
}

export class World<M = string> implements Environment<M, string> {
  time = 1_000;
  alarmAt: number | null = null;
  /** In order: what left, and what reached the disk. */
  readonly log: string[] = [];
  readonly sent: M[] = [];
  readonly events: Event<M>[] = [];
  readonly traces: TraceEvent<M, string>[] = [];
  readonly disk: ((outcome: PersistOutcome) => void)[] = [];
  readonly host: Host<M, null, string>;
  readonly #edge: Edge<M>;
  why = '';

  constructor(script: Script<M>, edge: Edge<M> = { signer: null, watch: null, say: String }) {
    const replica = {
      state: null,
      step: (event: Event<M>) => {
        this.events.push(event);
        return script(event);
      },
    };
    const { signer, watch } = (this.#edge = edge);
    this.host = new Host(replica, this, {
      self,
      voters: [self, peer, third],
      cluster: 'c',
      incarnation: 1,
      stallTicks: 300,
      signer,
      watch,
      turned: null,
    });
  }
  now = (): number => this.time;
  wallClock = (): number => this.time;
  random = (): number => 0;
  setAlarm(at: number | null): void {
    this.alarmAt = at;
  }
  send({ messages }: Outgoing<M>): void {
    for (const { to, envelope } of messages) {
      const said = envelope.messages.map((message) => this.#edge.say(message));
      this.log.push(`${to.map((t) => Number(`0x${t}`)).join('+')}: ${said.join(' ')}`);
      this.sent.push(...envelope.messages);
    }
  }
  persist(writes: readonly Write[], done: (outcome: PersistOutcome) => void): void {
    this.log.push(`write ${writes.map((w) => (w.type === 'put' ? w.key : 'range')).join(' ')}`);
    this.disk.push(done);
  }
  trace(event: TraceEvent<M, string>): void {
    this.traces.push(event);
  }
  halted(why: string): void {
    this.why = why;
  }
  /** The disk finishes its oldest write. */
  written(outcome: PersistOutcome = { ok: true }): void {
    this.disk.shift()?.(outcome);
  }
  pass(ms: number): void {
    this.time += ms;
    if (this.alarmAt !== null && this.alarmAt <= this.time) this.host.alarm();
  }
  start(): this {
    this.host.start(new Map());
    return this;
  }
}
