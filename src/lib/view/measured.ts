/** What a room measures of itself: its messages, and whether one order explains what its clients saw. */
import type { Served } from '#protocols/core/client.ts';
import { isClientId, ownerOf, type MemberId } from '#protocols/core/ids.ts';
import { tellOperations, tellViolation } from '#protocols/core/linearizability-text.ts';
import type { Verdict } from '#protocols/core/linearizability.ts';
import type { Counts } from '#protocols/core/counts.ts';
import { protocolNamed, protocolNames, type ProtocolName } from '#protocols/registry.ts';
import { sumOf } from '../host/tally.ts';
import type { Finding, Inquiry, Progress } from '../room/inquiry.ts';
import type { EpochSetting } from '../tab/worker-messages.ts';
import { doubtsOf, scopeOf } from './inquiry-words.ts';
import { Meter } from './meter.ts';
import type { SeatFolds } from './seat-fold.ts';
import type { CountsView, InquiryView, WitnessView } from './measured-types.ts';

/** Reads that promise the newest value. */
const promised: readonly Served[] = ['log', 'index', 'lease', 'quorum'];

export interface InquiryOptions {
  /** Whether reads by `local` are judged as if they had promised it, too. */
  readonly local: boolean;
  /** The view changed. */
  readonly told: () => void;
  readonly name: (id: MemberId) => string;
}

export class Measured {
  inquiry: InquiryView = { state: 'idle' };
  #protocol: ProtocolName = 'raft';
  #decided: Counts<unknown>['decided'] = () => 0;
  #meter: Meter | null = null;
  #inquiries = 0;

  /** A new epoch: nothing is counted yet, and nothing was seen. */
  begin({ protocol, timing }: EpochSetting): void {
    const { counts } = protocolNamed(protocol);
    this.#protocol = protocol;
    this.#decided = counts?.decided ?? (() => 0);
    this.#meter = counts ? new Meter(counts, timing.flightTicks) : null;
    this.#inquiries++;
    this.inquiry = { state: 'idle' };
  }

  /** `null` where the protocol counts nothing. For `n` members. */
  counts(seats: SeatFolds, n: number, now: number): CountsView | null {
    if (!this.#meter) return null;
    const folds = seats.all();
    const decisions = folds.map(({ summary }) => (summary ? this.#decided(summary) : 0));
    this.#meter.take(now, Math.max(0, ...decisions), sumOf(folds.map(({ sent }) => sent)));
    return { ...this.#meter.view(n), elsewhere: elsewhere(this.#protocol, n) };
  }

  async inquire(inquiry: Inquiry | null, { local, told, name }: InquiryOptions): Promise<void> {
    if (!inquiry || this.inquiry.state === 'working') return;
    const mine = ++this.#inquiries;
    const show = (view: InquiryView): void => {
      if (mine !== this.#inquiries) return;
      this.inquiry = view;
      told();
    };
    show({ state: 'working', text: 'Asking', share: 0 });
    try {
      const judged = new Set<Served>(local ? [...promised, 'local'] : promised);
      const finding = await inquiry.ask(judged, (progress) => show(working(progress)));
      show(done(finding, { local, name }));
    } catch {
      const title = 'The checker could not be started: is the server there?';
      show({ state: 'done', verdict: 'unknown', title, notes: [], witness: [] });
    }
  }
}

/** What a decision takes by the other protocols that run with `n`: of what they count first. */
function elsewhere(own: ProtocolName, n: number): CountsView['elsewhere'] {
  return protocolNames.flatMap((name) => {
    const { title, counts, votersMin } = protocolNamed(name);
    const [formula] = counts?.formulas ?? [];
    if (name === own || !formula || n < votersMin) return [];
    const all = Object.values(formula.perDecision(n)).reduce((sum, count) => sum + count, 0);
    return [{ title, text: formula.text, all }];
  });
}

/** Half of the way is to gather. */
function working(progress: Progress): InquiryView {
  if (progress.step === 'gathering') {
    const { answered, members } = progress;
    const text = `Asking everybody what they were answered: ${answered} of ${members}`;
    return { state: 'working', text, share: (0.5 * answered) / Math.max(1, members) };
  }
  const { checked, keys } = progress;
  const text = `Looking for an order that explains it: ${checked} of ${keys} keys`;
  return { state: 'working', text, share: 0.5 + (0.5 * checked) / keys };
}

function done(
  finding: Finding,
  { local, name }: Pick<InquiryOptions, 'local' | 'name'>,
): InquiryView {
  const { verdict } = finding;
  const doubts = doubtsOf(finding, name);
  const notes = [...doubts, ...scopeOf(finding, local)];
  const nameOf = (client: string) => (isClientId(client) ? name(ownerOf(client)) : client);
  const witness = witnessOf(verdict, nameOf);
  if (verdict.verdict === 'ok') {
    const title = 'One order explains every answer that clients were given.';
    return { state: 'done', verdict: 'ok', title, notes, witness };
  }
  if (verdict.verdict === 'unknown') {
    const title = verdict.key === '' ? verdict.why : `Key “${verdict.key}”: ${verdict.why}`;
    return { state: 'done', verdict: 'unknown', title: `Undecided. ${title}.`, notes, witness };
  }
  const certain = doubts.length === 0;
  const title = certain
    ? `${tellViolation(verdict)}.`
    : `Undecided. ${tellViolation(verdict)} that could be gathered, and somebody’s part is missing.`;
  return { state: 'done', verdict: certain ? 'violation' : 'unknown', title, notes, witness };
}

function witnessOf(verdict: Verdict, nameOf: (client: string) => string): readonly WitnessView[] {
  if (verdict.verdict !== 'violation') return [];
  const told = tellOperations(verdict);
  const first = Math.min(...told.map(({ calledAt }) => calledAt));
  return told.map(({ client, calledAt, answeredAt, command, answer, isUnexplained }, id) => ({
    id,
    who: nameOf(client),
    from: calledAt - first,
    to: answeredAt === null ? null : answeredAt - first,
    command,
    answer,
    isUnexplained,
  }));
}
