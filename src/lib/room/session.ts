/**
 * One member in one room: what it hears over its links, its part in the epoch, and its levers. Everything a screen
 * shows and every button of it ends here; what carries the links (WebRTC, or a loopback in one page) does not matter.
 */
import type { Command } from '#protocols/core/client.ts';
import type { MemberId, ReplicaId } from '#protocols/core/ids.ts';
import { limits } from '#protocols/core/limits.ts';
import { profiles } from '#protocols/core/timing.ts';
import { protocols, type AnyProtocol } from '#protocols/registry.ts';
import { decodeJson, encodeJson } from '../host/wire.ts';
import { traceBatchSchema, type TraceBatch } from '../host/trace-wire.ts';
import type { FaultyMesh, LinkFaults } from '../mesh/faults.ts';
import type { LinkStatus, Section } from '../mesh/transport.ts';
import type { Clock } from '../tab/clock.ts';
import type { Settled } from '../tab/client-machine.ts';
import type { MachineState } from '../tab/replica-machine.ts';
import type { FromReplica } from '../tab/worker-messages.ts';
import { BaseStates } from './base-state.ts';
import { CharterKeeper } from './charter-keeper.ts';
import { freezeMsMax, type Charter, type SignedCharter } from './charter.ts';
import { EpochRun } from './epoch-run.ts';
import { genesisDigest } from './genesis.ts';
import { Members } from './members.ts';
import { machineReportSchema, roomMessageBytesMax, roomMessageSchema } from './messages.ts';
import type { MachineReport, RoomMessage } from './messages.ts';
import type { Seat } from './seats.ts';

/** How often a tab says what its machine does, news or not, in ms: silence for three of these makes a seat stale. */
export const reportMs = 1_000;

/** What a session tells its screen. */
export type SessionNews =
  /** Members, links, charter, phase or machine: anything that is read again as a whole. */
  | { readonly type: 'changed' }
  | { readonly type: 'charter'; readonly charter: Charter; readonly before: Charter | null }
  | { readonly type: 'steps'; readonly from: ReplicaId; readonly batch: TraceBatch<unknown> }
  | { readonly type: 'machine'; readonly from: ReplicaId; readonly report: MachineReport }
  | { readonly type: 'store'; readonly shown: Extract<FromReplica, { type: 'store' }> }
  | { readonly type: 'settled'; readonly settled: Settled }
  | { readonly type: 'epoch'; readonly run: EpochRun }
  | { readonly type: 'link'; readonly status: LinkStatus };

export interface SessionOptions {
  readonly seat: Seat;
  readonly mesh: FaultyMesh;
  readonly clock: Clock;
  readonly code: string;
  readonly facilitator: MemberId;
  readonly wantsSeat: boolean;
  /** The disk of an earlier seat was wiped: this is a stranger with an old name. */
  readonly cameBackWiped: boolean;
  /** The key that a member's link proved, `null` before its first. */
  readonly keyOf: (member: MemberId) => Uint8Array | null;
}

/** That the `stop` of an epoch was executed, as a member says. */
export interface EndReport {
  readonly from: MemberId;
  readonly cluster: string;
  readonly index: number;
  readonly state: string;
}

export class RoomSession {
  readonly id: MemberId;
  readonly options: SessionOptions;
  readonly members = new Members();
  readonly keeper: CharterKeeper;
  /** Frames and messages refused at this tab's door, by member. */
  readonly refused = new Map<MemberId, number>();
  /** Who has said that an epoch's `stop` was executed, this tab's replica too. */
  readonly ends: EndReport[] = [];
  run: EpochRun | null = null;
  machine: MachineState | null = null;
  readonly #bases: BaseStates;
  readonly #listeners = new Set<(news: SessionNews) => void>();
  readonly #seat: Seat;
  readonly #mesh: FaultyMesh;
  #wantsSeat: boolean;
  #freezeLapsed = false;
  #freezeTimer: number | null = null;
  #left = false;

  constructor(options: SessionOptions) {
    const { seat, mesh, code, facilitator } = options;
    this.options = options;
    this.id = seat.id;
    this.#seat = seat;
    this.#mesh = mesh;
    this.#wantsSeat = options.wantsSeat;
    this.keeper = new CharterKeeper(seat, { code, facilitator }, (signed) => this.#adopt(signed));
    this.#bases = new BaseStates(seat, (state) => this.#tellAll({ type: 'stateWanted', state }));
    this.members.note(this.id, { name: seat.name, present: true, wantsSeat: this.#wantsSeat });
    mesh.onSections((from, sections) => this.#receive(from, sections));
    mesh.onLink((status) => this.#onLink(status));
  }

  /** Takes up what the seat remembers of the room; the facilitator of a new room writes its first charter. */
  async begin(): Promise<void> {
    await this.keeper.load();
    if (this.isFacilitator && !this.keeper.newest) await this.keeper.order(() => ({}));
    this.#reportLater();
  }

  get isFacilitator(): boolean {
    return this.id === this.options.facilitator;
  }

  get charter(): Charter | null {
    return this.keeper.newest?.charter ?? null;
  }

  /** Whether the room's time stands still for this tab. */
  get frozen(): boolean {
    return (this.charter?.frozen ?? false) && !this.#freezeLapsed;
  }

  get cameBackWiped(): boolean {
    return this.options.cameBackWiped;
  }

  get mesh(): FaultyMesh {
    return this.#mesh;
  }

  get wantsSeat(): boolean {
    return this.#wantsSeat;
  }

  /** Calls `listener` with all news until what it returns is called. */
  listen(listener: (news: SessionNews) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  setWantsSeat(wantsSeat: boolean): void {
    this.#wantsSeat = wantsSeat;
    this.members.note(this.id, { wantsSeat });
    this.#tellAll(this.#introduction());
    this.#tell({ type: 'changed' });
  }

  /** A member that the door announced or lost. */
  noteMember(id: MemberId, news: { name?: string; present: boolean }): void {
    const linked = this.#mesh.links().some(({ peer, state }) => peer === id && state === 'up');
    const present = news.present || linked;
    if (this.members.note(id, { ...news, present })) this.#tell({ type: 'changed' });
  }

  /** Terminates the replica's worker in mid-step. */
  crash(): void {
    this.run?.machine?.crash();
  }

  /** Starts the replica again from its disk. */
  async restart(): Promise<void> {
    await this.run?.restart();
  }

  pause(): void {
    this.run?.machine?.pause();
  }

  wake(): void {
    this.run?.machine?.wake();
  }

  setFaults(peer: MemberId, faults: Partial<LinkFaults>): void {
    this.#mesh.setFaults(peer, faults);
    this.#report();
    this.#tell({ type: 'changed' });
  }

  /** Ends every fault of this tab's links. */
  heal(): void {
    this.#mesh.heal();
    this.#report();
    this.#tell({ type: 'changed' });
  }

  /** The id that its result will carry, or `null` when no epoch runs. */
  submit(command: Command): number | null {
    return this.run?.submit(command) ?? null;
  }

  /** Says goodbye and stops everything. */
  leave(reason: string): void {
    if (this.#left) return;
    this.#left = true;
    this.run?.close();
    this.#mesh.leave(reason);
  }

  #receive(from: MemberId, sections: readonly Section[]): void {
    const work: Section[] = [];
    for (const section of sections) {
      if (section.kind === 'room') void this.#onRoom(from, section.bytes);
      else if (section.kind === 'trace') this.#onTrace(from, section.bytes);
      else work.push(section);
    }
    if (work.length > 0) this.run?.deliver(from, work);
  }

  async #onRoom(from: MemberId, bytes: Uint8Array): Promise<void> {
    const decoded = decodeJson(roomMessageSchema, bytes, roomMessageBytesMax);
    if (!decoded.ok) return this.#refuse(from);
    const problem = await this.#onRoomMessage(from, decoded.value);
    if (problem) this.#refuse(from);
  }

  /** What is wrong with the message, `null` if nothing is. */
  async #onRoomMessage(from: MemberId, message: RoomMessage): Promise<string | null> {
    switch (message.type) {
      case 'charter':
        return this.keeper.offer(message.signed);
      case 'member': {
        const { name, wantsSeat, linkedWith } = message;
        this.members.note(from, { name, wantsSeat, linkedWith, present: true });
        this.#tell({ type: 'changed' });
        return null;
      }
      case 'ended': {
        const { cluster, index, state } = message;
        this.#noteEnd({ from, cluster, index, state });
        return null;
      }
      case 'stateWanted': {
        const { state } = message;
        const snapshot = await this.#bases.find(state);
        if (snapshot) this.#say(from, { type: 'state', state, snapshot });
        return null;
      }
      case 'state':
        return this.#bases.offer(message.state, message.snapshot);
    }
  }

  #onTrace(from: MemberId, bytes: Uint8Array): void {
    const run = this.run;
    if (!run) return;
    const protocol: AnyProtocol = protocols[run.setting.protocol];
    const batch = decodeJson(traceBatchSchema(protocol.note), bytes, limits.messageBytesMax);
    if (batch.ok) {
      if (batch.value.cluster !== run.setting.cluster) return;
      return this.#tell({ type: 'steps', from, batch: batch.value });
    }
    const report = decodeJson(machineReportSchema, bytes, limits.messageBytesMax);
    if (!report.ok) return this.#refuse(from);
    if (report.value.cluster !== run.setting.cluster) return;
    this.#tell({ type: 'machine', from, report: report.value });
  }

  #refuse(from: MemberId): void {
    this.refused.set(from, (this.refused.get(from) ?? 0) + 1);
    this.#tell({ type: 'changed' });
  }

  #onLink(status: LinkStatus): void {
    if (status.state === 'up') {
      const { newest } = this.keeper;
      if (newest) this.#say(status.peer, { type: 'charter', signed: newest });
      this.members.note(status.peer, { present: true });
      for (const { from, cluster, index, state } of this.ends) {
        if (from === this.id) this.#say(status.peer, { type: 'ended', cluster, index, state });
      }
    }
    if (status.state === 'down') this.members.note(status.peer, { present: false });
    this.#tellAll(this.#introduction());
    this.#tell({ type: 'link', status });
    this.#tell({ type: 'changed' });
  }

  #introduction(): RoomMessage {
    const linkedWith = this.#linked();
    this.members.note(this.id, { linkedWith });
    return { type: 'member', name: this.#seat.name, wantsSeat: this.#wantsSeat, linkedWith };
  }

  #linked(): MemberId[] {
    const up = this.#mesh.links().filter(({ state }) => state === 'up' || state === 'suspect');
    return up.map(({ peer }) => peer);
  }

  #adopt(signed: SignedCharter): void {
    if (this.#left) return;
    const { charter } = signed;
    this.#tellAll({ type: 'charter', signed });
    const before = this.#last;
    this.#last = charter;
    if (before && charter.heals > before.heals) this.heal();
    if (charter.genesis) this.#enter(charter.genesis.genesis);
    this.#freeze(charter.frozen);
    this.#tell({ type: 'charter', charter, before });
    this.#tell({ type: 'changed' });
  }
  #last: Charter | null = null;

  #enter(genesis: NonNullable<Charter['genesis']>['genesis']): void {
    if (this.run && genesisDigest(this.run.genesis) === genesisDigest(genesis)) return;
    this.run?.close();
    this.machine = null;
    this.#mesh.setFlight(profiles[genesis.profile].flightTicks);
    const run = new EpochRun(genesis, this.#seat, {
      send: (dispatches) => {
        for (const { to, sections } of dispatches) this.#dispatch(to, sections);
      },
      trace: (bytes) => this.#publish(bytes),
      machine: (state) => {
        this.machine = state;
        this.#report();
        this.#tell({ type: 'changed' });
      },
      store: (shown) => this.#tell({ type: 'store', shown }),
      ended: (end) => void this.#onOwnEnd(end),
      settled: (settled) => this.#tell({ type: 'settled', settled }),
      refused: (from) => this.#refuse(from),
    });
    this.run = run;
    const { carried } = genesis;
    void run.begin((stopped) =>
      carried ? this.#bases.obtain(carried.state, stopped) : Promise.resolve(null),
    );
    this.#tell({ type: 'epoch', run });
  }

  #dispatch(to: readonly MemberId[], sections: readonly Section[]): void {
    for (const member of to) this.#mesh.send(member, sections);
  }

  /** Sends a batch of trace to every link that has nothing better to do, and to this tab's own screen. */
  #publish(bytes: Uint8Array): void {
    for (const peer of this.#linked()) {
      if (this.#mesh.idle(peer)) this.#mesh.send(peer, [{ kind: 'trace', bytes }]);
    }
    this.#onTrace(this.id, bytes);
    this.run?.machine?.traceTaken();
  }

  async #onOwnEnd(end: Extract<FromReplica, { type: 'ended' }>): Promise<void> {
    const { run } = this;
    if (!run) return;
    const { index, digest: state, snapshot } = end;
    await this.#bases.keep(state, snapshot);
    const { cluster } = run.setting;
    this.#noteEnd({ from: this.id, cluster, index, state });
    this.#tellAll({ type: 'ended', cluster, index, state });
  }

  #noteEnd(end: EndReport): void {
    const known = this.ends.some((e) => e.from === end.from && e.cluster === end.cluster);
    if (known) return;
    this.ends.push(end);
    this.#tell({ type: 'changed' });
  }

  #freeze(frozen: boolean): void {
    const { clock } = this.options;
    if (this.#freezeTimer !== null) clock.clear(this.#freezeTimer);
    this.#freezeTimer = null;
    this.#freezeLapsed = false;
    this.run?.setFrozen(frozen);
    if (!frozen) return;
    this.#freezeTimer = clock.setTimeout(() => {
      this.#freezeLapsed = true;
      this.run?.setFrozen(false);
      this.#tell({ type: 'changed' });
    }, freezeMsMax);
  }

  #reportLater(): void {
    if (this.#left) return;
    this.#report();
    this.options.clock.setTimeout(() => this.#reportLater(), reportMs);
  }

  /** Says what this tab's machine does and which faults its person declared. */
  #report(): void {
    const { run, machine } = this;
    if (!run?.seated || !machine) return;
    const condition = machine.condition === 'running' && this.frozen ? 'frozen' : machine.condition;
    const report: MachineReport = {
      type: 'machine',
      cluster: run.setting.cluster,
      condition,
      incarnation: run.machine?.incarnation ?? 0,
      faults: run.setting.voters.flatMap((peer) => faultReport(peer, this.#mesh.faults(peer))),
    };
    const bytes = encodeJson(report);
    for (const peer of this.#linked()) this.#mesh.send(peer, [{ kind: 'trace', bytes }]);
    this.#tell({ type: 'machine', from: this.id, report });
  }

  #say(to: MemberId, message: RoomMessage): void {
    this.#mesh.send(to, [{ kind: 'room', bytes: encodeJson(message) }]);
  }

  #tellAll(message: RoomMessage): void {
    for (const peer of this.#linked()) this.#say(peer, message);
  }

  #tell(news: SessionNews): void {
    for (const listener of this.#listeners) listener(news);
  }
}

/** Per mille on the wire; nothing for a link without faults. */
function faultReport(peer: ReplicaId, faults: LinkFaults): MachineReport['faults'] {
  const { cutIn, cutOut, delayMs, jitterMs, loss, duplicate, reorder } = faults;
  const cut = cutIn && cutOut ? 'both' : cutIn ? 'in' : cutOut ? 'out' : null;
  if (!cut && delayMs + jitterMs + loss + duplicate + reorder === 0) return [];
  const perMille = (share: number): number => Math.round(share * 1_000);
  return [
    {
      peer,
      cut,
      delayMs: Math.round(delayMs),
      jitterMs: Math.round(jitterMs),
      loss: perMille(loss),
      duplicate: perMille(duplicate),
      reorder: perMille(reorder),
    },
  ];
}
