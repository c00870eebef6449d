/**
 * Who keeps to the protocol in the running epoch: what people declare of their own replicas, what evidence proves
 * against anyone, and the lies that the own replica is told to tell. A declaration convicts nobody, and evidence needs none.
 */
import type { Behaviour } from '#protocols/core/behaviour.ts';
import type { MemberId, ReplicaId } from '#protocols/core/ids.ts';
import type { ReplicaSummary } from '#protocols/core/protocol.ts';
import { transcriptLines } from '#protocols/core/transcript.ts';
import { protocolNamed } from '#protocols/registry.ts';
import type { LieShown } from '../tab/worker-messages.ts';
import { CaseBook, sidesPerReplicaMax } from './case-book.ts';
import type { SignedCharter } from './charter.ts';
import type { EpochEvents, EpochRun } from './epoch-run.ts';
import { Ledgers, type Question } from './ledgers.ts';
import type { ConductMessage, Declaration, RoomMessage } from './messages.ts';
import type { SessionNews } from './session-news.ts';

/** Lies that their teller's screen remembers. */
const liesMax = 60;

/** Messages kept that came before the charter of the epoch they are about. */
const earlyMax = 64;

/** Two of it, with one key. */
const twin: Behaviour = { what: 'G9', to: null, with: [], when: null };

const keeps: Declaration = { behaviours: [], lostDisk: false };

export interface ConductOptions {
  readonly self: MemberId;
  readonly say: (to: MemberId, message: RoomMessage) => void;
  readonly tellAll: (message: RoomMessage) => void;
  readonly tell: (news: SessionNews) => void;
}

/** One lie of the own replica; `number` counts from 1. */
export interface NumberedLie extends LieShown {
  readonly number: number;
}

export class Conduct {
  /** `null` before the first epoch, and where nobody signs what they say. */
  cases: CaseBook | null = null;
  /** Of the own replica, the newest last. */
  lies: readonly NumberedLie[] = [];
  readonly #options: ConductOptions;
  readonly #declared = new Map<MemberId, Declaration>();
  #ledgers = new Ledgers();
  #run: EpochRun | null = null;
  #early: readonly { readonly from: MemberId; readonly message: ConductMessage }[] = [];

  constructor(options: ConductOptions) {
    this.#options = options;
  }

  /** A new epoch: everybody is honest until they say or show otherwise. */
  begin(run: EpochRun): void {
    this.#run = run;
    this.#declared.clear();
    this.lies = [];
    this.#ledgers = new Ledgers();
    const { tellAll, tell } = this.#options;
    const { accountability: rules } = protocolNamed(run.setting.protocol);
    this.cases =
      rules &&
      new CaseBook({
        genesis: run.genesis,
        cluster: run.setting.cluster,
        rules,
        tellAll,
        testify: () => run.machine?.testify(null) ?? Promise.resolve(null),
        convicted: (evidence) => tell({ type: 'convicted', evidence }),
        forked: (fork) => tell({ type: 'forked', fork }),
      });
    this.#declare({});
    const early = this.#early;
    this.#early = [];
    for (const { from, message } of early) this.receive(from, message);
  }

  /** What the own replica's machine tells about conduct. */
  readonly events: Pick<EpochEvents, 'evidence' | 'executed' | 'lies'> = {
    evidence: (evidence) => this.cases?.found(evidence),
    executed: (slots) => this.#pursue(this.#ledgers.executed(slots)),
    lies: ({ lies, total }) => {
      const first = total - lies.length + 1;
      const numbered = lies.map((lie, i) => ({ ...lie, number: first + i }));
      this.lies = [...this.lies, ...numbered].slice(-liesMax);
      this.#options.tell({ type: 'changed' });
    },
  };

  declarationOf(member: MemberId): Declaration {
    return this.#declared.get(member) ?? keeps;
  }

  get isLying(): boolean {
    return this.declarationOf(this.#options.self).behaviours.length > 0;
  }

  /** Has the own replica lie in these ways, and says so to everybody; none: it is honest again. */
  behave(behaviours: readonly Behaviour[]): void {
    const machine = this.#run?.machine;
    if (!machine) return;
    machine.behave(behaviours);
    this.#declare({ behaviours: [...behaviours] });
  }

  /** A copy of this tab was opened: two replicas with one key and one memory, each heard by half of the others. */
  beTwins(): void {
    const others = this.declarationOf(this.#options.self).behaviours;
    if (others.some(({ what }) => what === twin.what)) return;
    this.behave([...others, twin]);
  }

  /** The own disk is about to be thrown away. */
  loseDisk(): void {
    this.#declare({ lostDisk: true });
  }

  /** Takes in what a member says. Returns what is wrong with it, `null` if nothing is. */
  receive(from: MemberId, message: ConductMessage): string | null {
    const run = this.#run;
    if (!run || message.cluster !== run.setting.cluster) {
      this.#early = [...this.#early.slice(1 - earlyMax), { from, message }];
      return null;
    }
    switch (message.type) {
      case 'declared':
        this.#note(from, message.declaration);
        return null;
      case 'evidence':
        return this.cases?.offer(from, message.evidence) ?? null;
      case 'certificate':
        return this.cases?.offerDecision(from, message) ?? null;
      case 'fork':
        return this.cases?.offerFork(from, message) ?? null;
      case 'slotsWanted': {
        const slots = [...this.#ledgers.from(message.first)];
        this.#options.say(from, { type: 'slots', cluster: message.cluster, slots });
        return null;
      }
      case 'slots':
        this.#pursue(this.#ledgers.answered(from, message.slots));
        return null;
      case 'certificateWanted':
        void this.#show(message.slot, (answer) => this.#options.say(from, answer));
        return null;
    }
  }

  /** Holds how far `from` says it is against what the own replica executed. */
  compare(from: ReplicaId, { executed }: ReplicaSummary): void {
    const others = this.#run?.setting.voters.filter((id) => id !== this.#options.self) ?? [];
    if (!executed || !others.includes(from)) return;
    this.#pursue(this.#ledgers.compare(from, executed));
  }

  #pursue(questions: readonly Question[]): void {
    const run = this.#run;
    if (!run || !this.cases || this.cases.fork) return;
    const { cluster } = run.setting;
    const { self, say } = this.#options;
    for (const question of questions) {
      const { replica } = question;
      if (question.about === 'slots') {
        say(replica, { type: 'slotsWanted', cluster, first: question.first });
        continue;
      }
      const { slot, times } = question;
      if (times === 2) this.#options.tell({ type: 'doubt', replica, slot });
      this.cases.inquire(slot);
      say(replica, { type: 'certificateWanted', cluster, slot });
      void this.#show(slot, (answer) => this.receive(self, answer));
    }
  }

  /** What late comers must hear. */
  known(): readonly RoomMessage[] {
    const run = this.#run;
    if (!run) return [];
    const { cluster } = run.setting;
    const declaration = this.declarationOf(this.#options.self);
    return [{ type: 'declared', cluster, declaration }, ...(this.cases?.known() ?? [])];
  }

  /** The epoch for who was not there: lines of JSON that `npm run verify` checks. `null` where nobody signs. */
  async transcript({ charter, publicKey }: SignedCharter): Promise<string | null> {
    const run = this.#run;
    const { cases } = this;
    if (!run || !cases || !charter.genesis) return null;
    const testimony = (await run.machine?.testify(null)) ?? null;
    const { self: replica } = this.#options;
    const own = (testimony?.certificates ?? []).map((votes) => ({ replica, votes }));
    const lines = transcriptLines({
      genesis: { ...charter.genesis, publicKey },
      statements: [...(testimony?.statements ?? []), ...cases.grounds],
      certificates: [...own, ...(cases.fork?.sides ?? [])],
      evidence: cases.convictions,
    });
    return `${[...lines].join('\n')}\n`;
  }

  async #show(slot: number, answer: (message: ConductMessage) => void): Promise<void> {
    const run = this.#run;
    const decided = this.#ledgers.at(slot);
    const testimony = decided && (await run?.machine?.testify(decided));
    if (!run || !testimony) return;
    const { cluster } = run.setting;
    for (const votes of testimony.certificates.slice(0, sidesPerReplicaMax)) {
      answer({ type: 'certificate', cluster, slot, votes });
    }
  }

  #declare(change: Partial<Declaration>): void {
    const { self, tellAll } = this.#options;
    const run = this.#run;
    if (!run) return;
    const declaration = { ...this.declarationOf(self), ...change };
    this.#note(self, declaration);
    tellAll({ type: 'declared', cluster: run.setting.cluster, declaration });
  }

  #note(from: MemberId, declaration: Declaration): void {
    const before = this.declarationOf(from);
    this.#declared.set(from, declaration);
    if (JSON.stringify(before) === JSON.stringify(declaration)) return;
    this.#options.tell({ type: 'declared', from, before, declaration });
  }
}
