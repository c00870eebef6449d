/** What runs in a replica's worker: the core in its host, on its disk, with its trace. */
import type { Behaviour } from '#protocols/core/behaviour.ts';
import type { Evidence } from '#protocols/core/evidence.ts';
import type { DurableState } from '#protocols/core/replica.ts';
import type { ExecutedSlot, ReplicaSummary } from '#protocols/core/protocol.ts';
import { Service } from '#protocols/core/service.ts';
import { protocolNamed } from '#protocols/registry.ts';
import type { ClientId, MemberId } from '#protocols/core/ids.ts';
import type { GenericSchema } from 'valibot';
import { Envelopes } from '../host/envelopes.ts';
import { Host } from '../host/host.ts';
import { Intake } from '../host/intake.ts';
import type { Signer, Verifier } from '../host/signer.ts';
import type { Storage } from '../host/storage.ts';
import type { TraceEvent } from '../host/trace.ts';
import { decodeRequests, requestEnvelopeSchema, type RequestEnvelope } from '../host/wire.ts';
import type { Section } from '../mesh/transport.ts';
import { readDurable, SeatDisk } from './disk.ts';
import { signerFor, verifierFor } from './epoch-keys.ts';
import { remembering } from './recollection.ts';
import { TabEnvironment } from './tab-environment.ts';
import { TracePublisher } from './trace-publisher.ts';
import { Turnable } from './turnable.ts';
import { Witness } from './witness.ts';
import { liesShownMax, storeShownMax } from './worker-messages.ts';
import type { FromReplica, LieShown, LineToReplica, ToReplica } from './worker-messages.ts';

/** How often a worker looks whether a batch of trace is due, in ms. */
const publishMs = { live: 50, lecture: 100 } as const;
/** Sorting the store for the screen is worth doing this often, in ms. */
const storeMs = 250;

type Boot = Extract<ToReplica, { type: 'boot' }>;
type Live = Exclude<ToReplica, { type: 'boot' | 'traceTaken' }>;

/** A replica that has read its disk and runs. */
interface Running {
  readonly host: Host<unknown, unknown, unknown>;
  readonly intake: Intake<unknown>;
  readonly envelopes: Envelopes<unknown>;
  readonly requests: GenericSchema<unknown, RequestEnvelope>;
  readonly environment: TabEnvironment<unknown, unknown>;
  /** `null` where nobody signs. */
  readonly witness: Witness | null;
  readonly core: Turnable;
  /** A replica like `core` at its birth. */
  readonly another: () => Turnable;
}

type CreateCore = ReturnType<typeof protocolNamed>['create'];

/** What a replica is made with; `null`: nothing is signed. */
interface Making {
  readonly create: CreateCore;
  readonly signer: Signer | null;
  readonly verifier: Verifier | null;
}

/** The honest core, or in a lab the one with the planted bug; `null` if there is no such bug. */
async function coreOf({ protocol, bug }: Boot['epoch']): Promise<CreateCore | null> {
  if (bug === null) return (context) => protocolNamed(protocol).create(context);
  const { laboratoryNamed } = await import('#protocols/laboratory.ts');
  const planted = laboratoryNamed(protocol).bugs.find(({ name }) => name === bug);
  return planted ? (context) => planted.create(context, asUsual) : null;
}

/** Snapshots when the protocol's own rule says so. */
const asUsual = { every: 0, kept: 0 } as const;

export class ReplicaProcess {
  readonly #post: (message: FromReplica) => void;
  #boot: Boot | null = null;
  #running: Running | null = null;
  /** What came while the disk was being read. */
  #early: Live[] = [];
  #tracePending = false;
  #storeDirty = true;
  #lastTraceAt = 0;
  #lastStoreAt = 0;
  #lies: LieShown[] = [];
  #liesTold = 0;
  /** The newest slot executed, and those that the page has not been told of. */
  #executed = 0;
  #untold: ExecutedSlot[] = [];

  constructor(post: (message: FromReplica) => void) {
    this.#post = post;
  }

  take(message: ToReplica): void {
    if (message.type === 'boot') void this.#start(message);
    else if (message.type === 'traceTaken') this.#tracePending = false;
    else if (this.#running) this.#handle(this.#running, message);
    else this.#early.push(message);
  }

  async #start(boot: Boot): Promise<void> {
    this.#boot = boot;
    const storage = new SeatDisk(boot.self, boot.epoch.cluster);
    const loaded = await storage.load();
    if (!loaded.ok) {
      this.#post({ type: 'halted', why: loaded.error, damaged: loaded.damaged });
      return;
    }
    const create = await coreOf(boot.epoch);
    const { signed } = protocolNamed(boot.epoch.protocol);
    const verifier = signed ? verifierFor(boot.epoch) : null;
    const signer = verifier && (await signerFor({ ...boot, verifier }));
    if (create) return this.#run(storage, loaded.durable, { create, signer, verifier });
    const why = `This version has no bug “${boot.epoch.bug}” to plant.`;
    this.#post({ type: 'halted', why, damaged: false });
  }

  #run(storage: Storage, durable: DurableState, { create, signer, verifier }: Making): void {
    const boot = this.#boot as Boot;
    const { self, epoch, incarnation } = boot;
    const protocol = protocolNamed(epoch.protocol);
    const born = (service: Service): Turnable => {
      if (boot.base) service.restore(boot.base);
      const { voters, timing, switches } = epoch;
      return new Turnable(create({ self, voters, timing, service, switches }));
    };
    const service = new Service();
    const core = born(service);
    const before = new Set(service.clients);
    const found = (evidence: Evidence) => this.#post({ type: 'evidence', evidence });
    const witness = verifier && Witness.of({ self, epoch, verifier, found });
    const hears = witness && remembering(witness, self, epoch);
    const publisher = new TracePublisher(protocol, epoch.cluster, incarnation);
    const envelopes = new Envelopes(protocol);
    const environment = new TabEnvironment<unknown, unknown>({
      self,
      cluster: epoch.cluster,
      storage,
      envelopes,
      dispatch: (dispatches) => this.#post({ type: 'send', dispatches }),
      trace: (event) => {
        publisher.add(event);
        this.#noticeApplied(event, service);
        this.#noticeExecuted(protocol.executedAbove?.(core.state, this.#executed) ?? []);
      },
      halted: (why) => this.#post({ type: 'halted', why, damaged: false }),
    });
    const host = new Host(core, environment, {
      self,
      voters: epoch.voters,
      cluster: epoch.cluster,
      incarnation,
      stallTicks: epoch.timing.electionTicksMin,
      signer,
      ...(verifier?.aggregates ? { answer: verifier.aggregates.answer } : {}),
      watch: hears?.signed ?? null,
      turned: () => intake.turned(),
    });
    environment.onAlarm = () => host.alarm();
    const intake = new Intake<unknown>({
      verifier,
      deliver: (arrival) => host.receive(arrival),
      refused: (from, error) => this.#post({ type: 'refused', from, error }),
      useOf: (message) => protocol.useOf?.(core.state, message) ?? 'needed',
      watch: hears?.letIn ?? null,
    });
    const requests = requestEnvelopeSchema(protocol.clientMessage);
    const another = (): Turnable => born(new Service());
    const ways = { host, intake, envelopes, requests, environment };
    this.#running = { ...ways, witness, core, another };
    this.#post({ type: 'booted' });
    if (boot.frozen) host.freeze();
    host.start(durable);
    for (const message of this.#early) this.#handle(this.#running, message);
    this.#early = [];
    const every = epoch.timing.flightTicks > 0 ? publishMs.lecture : publishMs.live;
    setInterval(() => {
      this.#publishStore(service, before);
      this.#publishNews();
      this.#publishTrace(publisher, () => protocol.summarize(core.state));
    }, every);
  }

  #publishTrace(
    publisher: TracePublisher<unknown, unknown, unknown>,
    summarize: () => ReplicaSummary,
  ): void {
    const silentMs = performance.now() - this.#lastTraceAt;
    if (this.#tracePending || silentMs < publisher.dueAfterMs) return;
    this.#tracePending = true;
    this.#lastTraceAt = performance.now();
    this.#post({ type: 'trace', bytes: publisher.take(summarize()) });
  }

  #handle(running: Running, message: Live): void {
    const { host, intake, environment, witness } = running;
    const { self } = this.#boot as Boot;
    switch (message.type) {
      case 'sections':
        for (const section of message.sections) this.#receive(running, message.from, section);
        return;
      case 'client':
        environment.client = message.port;
        message.port.onmessage = ({ data }: MessageEvent<LineToReplica>) =>
          intake.receive(self, { type: 'requests', requests: data });
        return;
      case 'operate':
        return host.receive({ type: 'operation', operation: message.operation });
      case 'behave':
        return void this.#behave(running, message.behaviours);
      case 'testify':
        return void witness
          ?.testify(message.slot)
          .then((testimony) => this.#post({ type: 'testimony', ...testimony }));
      case 'pause':
        return host.pause();
      case 'wake':
        return host.wake();
      case 'freeze':
        return host.freeze();
      case 'unfreeze':
        return host.unfreeze();
    }
  }

  #receive({ intake, envelopes, ...running }: Running, from: MemberId, section: Section): void {
    if (section.kind === 'consensus') {
      const decoded = envelopes.decode(section.bytes);
      if (decoded.ok) intake.receive(from, { type: 'envelope', from, envelope: decoded.value });
      else this.#post({ type: 'refused', from, error: decoded.error });
      return;
    }
    const decoded = decodeRequests(running.requests, section.bytes, from);
    if (!decoded.ok) return this.#post({ type: 'refused', from, error: decoded.error });
    const { cluster, requests } = decoded.value;
    if (cluster === this.#boot?.epoch.cluster) intake.receive(from, { type: 'requests', requests });
  }

  #behave({ core, another }: Running, behaviours: readonly Behaviour[]): Promise<void> {
    const { self, epoch } = this.#boot as Boot;
    const { voters, timing, protocol, cluster } = epoch;
    return core.behave(behaviours, async (honest) => {
      const [{ turned }, durable] = await Promise.all([
        import('./lying.ts'),
        readDurable(self, cluster),
      ]);
      const tools = { self, voters, timing, another, durable: () => durable };
      const tell = (lie: LieShown): void => {
        this.#liesTold++;
        this.#lies = [...this.#lies.slice(1 - liesShownMax), lie];
      };
      return turned(honest, { protocol, behaviours, tools, tell });
    });
  }

  #publishNews(): void {
    if (this.#lies.length > 0) {
      this.#post({ type: 'lies', lies: this.#lies, total: this.#liesTold });
      this.#lies = [];
    }
    if (this.#untold.length > 0) {
      this.#post({ type: 'executed', slots: this.#untold });
      this.#untold = [];
    }
  }

  #noticeExecuted(slots: readonly ExecutedSlot[]): void {
    this.#executed = slots.at(-1)?.n ?? this.#executed;
    this.#untold.push(...slots);
  }

  #noticeApplied(event: TraceEvent<unknown, unknown>, service: Service): void {
    for (const effect of event.effects) {
      if (effect.type !== 'apply' && effect.type !== 'restore') continue;
      this.#storeDirty = true;
      const index = service.stoppedAt;
      if (index === null || (effect.type === 'apply' && effect.index !== index)) continue;
      const digest = service.digest();
      this.#post({ type: 'ended', index, digest, snapshot: service.snapshot() });
    }
  }

  /** @param before clients of the epochs before. */
  #publishStore(service: Service, before: ReadonlySet<ClientId>): void {
    const now = performance.now();
    if (!this.#storeDirty || now - this.#lastStoreAt < storeMs) return;
    this.#lastStoreAt = now;
    this.#storeDirty = false;
    const entries = service.store.snapshot();
    const shown = entries.slice(0, storeShownMax);
    const clients = service.clients.filter((client) => !before.has(client));
    this.#post({ type: 'store', entries: shown, total: entries.length, clients });
  }
}
