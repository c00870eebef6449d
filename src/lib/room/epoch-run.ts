/**
 * One epoch on this tab: its client and its replica. Who came late has a replica too, if it wants a seat: it is
 * silent until a leader sends it entries, first as a learner.
 */
import type { Evidence } from '#protocols/core/evidence.ts';
import type { Command, ReadMode } from '#protocols/core/client.ts';
import type { ClientId, MemberId, ReplicaId } from '#protocols/core/ids.ts';
import type { ExecutedSlot } from '#protocols/core/protocol.ts';
import type { ServiceSnapshot } from '#protocols/core/service.ts';
import type { Section } from '../mesh/transport.ts';
import type { HistoryPage } from '../tab/client-history.ts';
import { ClientMachine, type Settled } from '../tab/client-machine.ts';
import { ReplicaMachine, type MachineState } from '../tab/replica-machine.ts';
import type { LoadOptions } from '../tab/load.ts';
import type { Dispatch, EpochSetting, FromReplica, LoadReport } from '../tab/worker-messages.ts';
import { settingOf, type Genesis } from './genesis.ts';
import type { Seat } from './seats.ts';
import { Membership } from './membership.ts';
import { TraceIntake } from './trace-intake.ts';

export interface EpochEvents {
  send(dispatches: readonly Dispatch[]): void;
  trace(bytes: Uint8Array): void;
  machine(state: MachineState): void;
  store(shown: Extract<FromReplica, { type: 'store' }>): void;
  ended(end: Extract<FromReplica, { type: 'ended' }>): void;
  settled(settled: Settled): void;
  evidence(evidence: Evidence): void;
  executed(slots: readonly ExecutedSlot[]): void;
  lies(told: Extract<FromReplica, { type: 'lies' }>): void;
  refused(from: MemberId, error: string): void;
}

export class EpochRun {
  readonly genesis: Genesis;
  readonly setting: EpochSetting;
  readonly membership: Membership;
  readonly intake: TraceIntake;
  /** `null` for a screen without a seat, and until the state the epoch starts from is here. */
  machine: ReplicaMachine | null = null;
  /** Aborted when the epoch is over for this tab. */
  readonly #over = new AbortController();
  readonly #seat: Seat;
  readonly #events: EpochEvents;
  readonly #client: ClientMachine;
  readonly #hosts: boolean;
  #frozen = false;

  /** @param wantsSeat whether a tab that is not on the roster keeps a replica ready. */
  constructor(genesis: Genesis, seat: Seat, wantsSeat: boolean, events: EpochEvents) {
    this.genesis = genesis;
    this.setting = settingOf(genesis);
    this.intake = new TraceIntake(this.setting);
    this.membership = new Membership(this.setting.voters);
    this.#seat = seat;
    this.#hosts = wantsSeat || this.seated;
    this.#events = events;
    const { id: self, secretKey } = seat.identity;
    this.#client = new ClientMachine(
      { self, secretKey, epoch: this.setting },
      {
        send: (to, bytes) => events.send([{ to: [to], sections: [{ kind: 'request', bytes }] }]),
        settled: events.settled,
        refused: events.refused,
      },
    );
  }

  /** Whether this tab's replica is a member of the cluster, voter or learner. */
  get seated(): boolean {
    return this.membership.members.includes(this.#seat.id);
  }

  /** Starts the replica, if this tab has one, once `base` has given the state to start from. */
  async begin(base: (stopped: AbortSignal) => Promise<ServiceSnapshot | null>): Promise<void> {
    if (!this.#hosts) return;
    const state = await base(this.#over.signal);
    if (this.#over.signal.aborted) return;
    const { id: self, secretKey } = this.#seat.identity;
    this.machine = new ReplicaMachine(
      { self, secretKey, epoch: this.setting, base: state },
      {
        send: this.#events.send,
        trace: this.#events.trace,
        store: this.#events.store,
        ended: this.#events.ended,
        refused: this.#events.refused,
        evidence: this.#events.evidence,
        executed: this.#events.executed,
        lies: this.#events.lies,
        changed: (machine) => this.#onMachine(machine),
      },
    );
    this.machine.setFrozen(this.#frozen);
    await this.restart();
  }

  /** Starts the replica again on the disk it has. */
  async restart(): Promise<void> {
    const next = await this.#seat.nextReplicaIncarnation();
    if (this.#over.signal.aborted || !this.machine) return;
    if (next.ok) this.machine.start(next.incarnation);
    else this.#events.machine({ condition: 'halted', why: next.error, damaged: false });
  }

  submit(command: Command): number {
    return this.#client.submit(command);
  }

  /** Reads without an entry in the log; answered like a command. */
  query(key: string, read: ReadMode): number {
    return this.#client.query(key, read);
  }

  /** Keeps the cluster busy with this tab's client, and says what that took. */
  load(options: LoadOptions): Promise<LoadReport> {
    return this.#client.load(options);
  }

  /** The client of this tab, as its commands name it. */
  get client(): ClientId {
    return this.#client.id;
  }

  /** What this tab's client asked and was answered, from operation `first` on. */
  history(first: number): Promise<HistoryPage> {
    return this.#client.history(first);
  }

  setFrozen(frozen: boolean): void {
    this.#frozen = frozen;
    this.machine?.setFrozen(frozen);
  }

  /** What one frame brought for the replica and the client of this tab. */
  deliver(from: ReplicaId, sections: readonly Section[]): void {
    const work = sections.filter(({ kind }) => kind === 'consensus' || kind === 'request');
    if (work.length > 0) this.machine?.deliver(from, work);
    for (const { kind, bytes } of sections) {
      if (kind === 'reply') this.#client.deliver(from, bytes);
    }
  }

  /** The epoch is over for this tab: its replica and its client stop. */
  close(): void {
    this.#over.abort();
    this.machine?.crash();
    this.#client.close();
  }

  #onMachine(state: MachineState): void {
    if (this.#over.signal.aborted) return;
    if (state.condition === 'starting' && this.machine) this.#client.connect(this.machine);
    if (state.condition === 'crashed' || state.condition === 'halted') this.#client.connect(null);
    this.#events.machine(state);
  }
}
