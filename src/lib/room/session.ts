/**
 * One member in one room: what it hears over its links, its part in the epoch, and its levers. Everything a screen
 * shows and every button of it ends here; what carries the links (WebRTC, or a loopback in one page) does not matter.
 */
import type { MemberId } from '#protocols/core/ids.ts';
import { timingOf } from '#protocols/core/timing.ts';
import { encodeJson } from '../host/wire.ts';
import type { FaultyMesh, LinkFaults } from '../mesh/faults.ts';
import type { LinkStatus, Section } from '../mesh/transport.ts';
import type { MachineState } from '../tab/replica-machine.ts';
import type { FromReplica } from '../tab/worker-messages.ts';
import type { Charter, SignedCharter } from './charter.ts';
import { Conduct } from './conduct.ts';
import { DeviceTalk, type DeviceReport } from './device.ts';
import { EpochRun } from './epoch-run.ts';
import { Freeze } from './freeze.ts';
import { genesisDigest, type Genesis } from './genesis.ts';
import { Gossip } from './gossip.ts';
import { declaredFaults, machineReport, reportMs, storeReport } from './reports.ts';
import { Inquiry } from './inquiry.ts';
import type { SessionNews } from './session-news.ts';
import type { SessionOptions } from './session-options.ts';
import { TraceMail } from './trace-mail.ts';

export class RoomSession {
  readonly id: MemberId;
  readonly options: SessionOptions;
  readonly mesh: FaultyMesh;
  readonly gossip: Gossip;
  /** Who lies, by their own word and by evidence. */
  readonly conduct: Conduct;
  /** Frames and messages refused at this tab's door, by member. */
  readonly refused = new Map<MemberId, number>();
  run: EpochRun | null = null;
  machine: MachineState | null = null;
  /** Whether one order explains what the clients of this epoch saw. */
  inquiry: Inquiry | null = null;
  readonly #listeners = new Set<(news: SessionNews) => void>();
  readonly #traces: TraceMail;
  readonly #freeze: Freeze;
  #adopted: Charter | null = null;
  #left = false;
  readonly #changed = (): void => this.#tell({ type: 'changed' });

  constructor(options: SessionOptions) {
    const { mesh, clock, seat } = options;
    [this.options, this.id, this.mesh] = [options, seat.id, mesh];
    this.#traces = new TraceMail(mesh, clock);
    this.conduct = new Conduct({
      self: this.id,
      say: (to, message) => this.gossip.say(to, message),
      tellAll: (message) => this.gossip.tellAll(message),
      tell: (news) => this.#tell(news),
    });
    this.gossip = new Gossip({
      ...options,
      adopted: (signed) => this.#adopt(signed),
      declared: (from, cluster, faults) => {
        if (cluster === this.run?.setting.cluster) this.#tell({ type: 'faults', from, faults });
      },
      histories: (from, said) => void this.inquiry?.take(from, said),
      conduct: (from, message) => this.conduct.receive(from, message),
      known: () => this.conduct.known(),
      changed: this.#changed,
    });
    this.#freeze = new Freeze(clock, (frozen) => {
      this.run?.setFrozen(frozen);
      this.report();
      this.#changed();
    });
    mesh.onSections((from, sections) => this.#receive(from, sections));
    mesh.onLink((status) => this.#onLink(status));
  }

  /** Takes up what the seat remembers of the room; the facilitator of a new room writes its first charter. */
  async begin(): Promise<void> {
    const { keeper } = this.gossip;
    await keeper.load();
    if (this.isFacilitator && !keeper.newest) await keeper.order(() => ({}));
    this.#reportLater();
    const over = (): boolean => this.#left || this.run !== null;
    const tell = (device: DeviceReport): void => this.gossip.tellDevice(device);
    new DeviceTalk({ ...this.options, tell, over }).begin();
  }

  get isFacilitator(): boolean {
    return this.id === this.options.facilitator;
  }

  get charter(): Charter | null {
    return this.gossip.keeper.newest?.charter ?? null;
  }

  /** Whether the room's time stands still for this tab. */
  get frozen(): boolean {
    return this.#freeze.frozen;
  }

  /** Calls `listener` with all news until what it returns is called. */
  listen(listener: (news: SessionNews) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  setWantsSeat(wantsSeat: boolean): void {
    this.gossip.setWantsSeat(wantsSeat);
    this.#changed();
  }

  /** A member that the door announced or lost. */
  noteMember(id: MemberId, news: { name?: string; present: boolean }): void {
    const linked = this.mesh.links().some(({ peer, state }) => peer === id && state === 'up');
    const present = news.present || linked;
    if (this.gossip.members.note(id, { ...news, present })) this.#tell({ type: 'changed' });
  }

  /** Terminates the replica's worker in mid-step. */
  crash(): void {
    this.run?.machine?.crash();
  }

  /** Starts the replica again from its disk. */
  async restart(): Promise<void> {
    await this.run?.restart();
  }

  setFaults(peer: MemberId, faults: Partial<LinkFaults>): void {
    this.mesh.setFaults(peer, faults);
    this.#declare();
  }

  /** Cuts every link of this tab to a member of the cluster, both ways. */
  cutAll(): void {
    const others = this.run?.membership.members.filter((member) => member !== this.id) ?? [];
    for (const peer of others) this.mesh.setFaults(peer, { cutIn: true, cutOut: true });
    this.#declare();
  }

  /** Ends every fault of this tab's links. */
  heal(): void {
    this.mesh.heal();
    this.#declare();
  }

  /** Says what this tab's machine does and which faults its person declared. */
  report(): void {
    const { run, machine, frozen, mesh } = this;
    if (!run?.machine || !machine) return;
    const report = machineReport(run, machine, { frozen, mesh, pace: this.options.pace() });
    const bytes = encodeJson(report);
    for (const peer of this.gossip.linked()) this.mesh.send(peer, [{ kind: 'trace', bytes }]);
    this.#tell({ type: 'machine', from: this.id, report });
  }

  /** Says goodbye and stops everything. */
  leave(reason: string): void {
    if (this.#left) return;
    this.#left = true;
    this.run?.close();
    this.mesh.leave(reason);
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
    if (await this.gossip.receive(from, bytes)) this.#refuse(from);
  }

  #onTrace(from: MemberId, bytes: Uint8Array): void {
    const { run } = this;
    if (!run) return;
    const decoded = run.intake.decode(bytes);
    if (!decoded.ok) return this.#refuse(from);
    const said = decoded.value;
    if (said.cluster !== run.setting.cluster) return;
    if (said.type === 'steps') {
      run.membership.learn(said.summary);
      this.conduct.compare(from, said.summary);
      this.#tell({ type: 'steps', from, batch: said });
    } else if (said.type === 'machine') this.#tell({ type: 'machine', from, report: said });
    else if (!run.seated) this.#tell({ ...said, from });
  }

  #refuse(from: MemberId): void {
    this.refused.set(from, (this.refused.get(from) ?? 0) + 1);
    this.#changed();
  }

  #onLink(status: LinkStatus): void {
    const { peer, state } = status;
    if (state === 'up') {
      this.gossip.greet(peer);
      this.gossip.members.note(peer, { present: true });
    }
    if (state === 'down') this.gossip.members.note(peer, { present: false });
    if (state !== 'connecting') this.gossip.linksChanged();
    this.#tell({ type: 'link', status });
    this.#changed();
  }

  #adopt({ charter }: SignedCharter): void {
    if (this.#left) return;
    const before = this.#adopted;
    this.#adopted = charter;
    if (before && charter.heals > before.heals) this.heal();
    if (charter.genesis) this.#enter(charter.genesis.genesis);
    if (!charter.lies && this.conduct.isLying) this.conduct.behave([]);
    this.#freeze.order(charter.frozen);
    this.#tell({ type: 'charter', charter, before });
    this.#changed();
  }

  #enter(genesis: Genesis): void {
    if (this.run && genesisDigest(this.run.genesis) === genesisDigest(genesis)) return;
    this.run?.close();
    this.machine = null;
    this.mesh.setFlight(timingOf(genesis.profile).flightTicks);
    const run = new EpochRun(genesis, this.options.seat, this.gossip.wantsSeat, {
      send: (dispatches) => {
        for (const { to, sections } of dispatches) {
          for (const member of to) this.mesh.send(member, sections);
        }
      },
      trace: (bytes) => this.#publish(bytes),
      machine: (state) => {
        this.machine = state;
        this.report();
        this.#changed();
      },
      store: (shown) => this.#onStore(run, shown),
      ended: (end) => void this.gossip.end(run.setting.cluster, end),
      settled: (settled) => this.#tell({ type: 'settled', settled }),
      refused: (from) => this.#refuse(from),
      ...this.conduct.events,
    });
    this.run = run;
    this.inquiry = new Inquiry(this.id, this.gossip, run);
    this.conduct.begin(run);
    run.setFrozen(this.frozen);
    const { carried } = genesis;
    void run.begin((stopped) =>
      carried ? this.gossip.bases.obtain(carried.state, stopped) : Promise.resolve(null),
    );
    this.#tell({ type: 'epoch', run });
  }

  /** Hands a batch of trace to everybody's screens, this tab's own at once. */
  #publish(bytes: Uint8Array): void {
    this.#traces.post(this.gossip.linked(), bytes);
    this.#onTrace(this.id, bytes);
    this.run?.machine?.traceTaken();
  }

  #onStore(run: EpochRun, shown: Extract<FromReplica, { type: 'store' }>): void {
    if (this.inquiry) this.inquiry.executed = shown.clients;
    if (!run.seated) return;
    this.#tell({ ...shown, from: this.id });
    const { members } = run.membership;
    const watching = this.gossip.linked().filter((peer) => !members.includes(peer));
    if (watching.length === 0) return;
    const bytes = encodeJson(storeReport(run, shown));
    for (const peer of watching) this.mesh.send(peer, [{ kind: 'trace', bytes }]);
  }

  #declare(): void {
    const { run } = this;
    if (run) this.gossip.declare(run.setting.cluster, declaredFaults(run, this.mesh));
    this.report();
  }

  #reportLater(): void {
    if (this.#left) return;
    this.report();
    this.options.clock.setTimeout(() => this.#reportLater(), reportMs);
  }

  #tell(news: SessionNews): void {
    for (const listener of this.#listeners) listener(news);
  }
}
