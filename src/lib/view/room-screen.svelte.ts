/**
 * The screen of one member in one room: everything drawn, published at most once a frame, and every button. What is
 * known of others comes from their traces alone, so that a screen that is cut off stays honest.
 */
import { flushSync } from 'svelte';
import type { MemberId } from '#protocols/core/ids.ts';
import type { Operation } from '#protocols/core/replica.ts';
import { timingOf } from '#protocols/core/timing.ts';
import type { Visit } from '../room/enter.ts';
import { reportMs } from '../room/reports.ts';
import type { RoomSession } from '../room/session.ts';
import type { SessionNews } from '../room/session-news.ts';
import { CommandBook, withoutWay } from './commands.ts';
import { conductOf } from './conduct.ts';
import { EventBook } from './event-book.ts';
import { Flights } from './flights.ts';
import { Measured } from './measured.ts';
import { Orders } from './orders.ts';
import { officeOf } from './office.ts';
import { headerOf, lobbyMembersOf, nameOf, seatsOf } from './pictures.ts';
import { vitalsOf, whyNotStart } from './pictures.ts';
import { leversOf } from './forecast.ts';
import { screens } from './protocols.ts';
import { SeatFolds } from './seat-fold.ts';
import { splitOf } from './split.ts';
import { Storyteller } from './storyteller.ts';
import type { ClientCommand, LeverId, LeverView, LinkFaultView, RoomView } from './types.ts';
import type { RoomHeader, SignalingView } from './types.ts';

/** Publications are at least this far apart, in ms: heartbeats come more often than eyes need. */
const publishMs = 120;
/** And so many times as far apart as the last one took: a slow device draws less often, and its replica does not wait. */
const publishShare = 8;

export class RoomScreen {
  /** Replaced whole at each publication. */
  view = $state.raw<RoomView | null>(null);
  readonly session: RoomSession;
  /** The facilitator's buttons. */
  readonly orders: Orders;
  readonly #visit: Visit;
  readonly #inviteUrl: string;
  readonly #folds = new SeatFolds();
  readonly #book = new EventBook();
  readonly #commands = new CommandBook();
  readonly #flights = new Flights();
  readonly #storyteller: Storyteller;
  readonly #measured = new Measured();
  readonly #stop: (() => void)[] = [];
  #signaling: SignalingView = { state: 'none', text: '' };
  #store: readonly (readonly [string, string])[] = [];
  #storeOf: MemberId | null = null;
  #problem = '';
  #storage = '';
  #due: ReturnType<typeof setTimeout> | null = null;
  #publishedAt = 0;
  /** Milliseconds that the last publication kept the page busy. */
  #cost = 0;
  #shown = true;

  constructor(visit: Visit, inviteUrl: string) {
    this.#visit = visit;
    this.session = visit.session;
    this.#inviteUrl = inviteUrl;
    this.orders = new Orders(visit, (problem) => this.setProblem(problem));
    this.#storyteller = new Storyteller(this.#book, (id) => this.#name(id));
    this.#stop.push(this.session.listen((news) => this.#take(news)));
    const again = setInterval(() => this.#soon(), reportMs / 2);
    this.#stop.push(() => clearInterval(again));
    const { charter, run } = this.session;
    if (run) this.#measured.begin(run.setting);
    if (charter && run) this.#storyteller.newEpoch(charter);
    this.#soon();
  }

  /** Ends the screen; the session goes on unless it is left. */
  close(): void {
    for (const stop of this.#stop) stop();
    if (this.#due) clearTimeout(this.#due);
  }

  /** Shows or hides this screen; what it knows stays up to date. */
  show(shown: boolean): void {
    this.#shown = shown;
    this.#soon();
  }

  setSignaling(signaling: SignalingView): void {
    this.#signaling = signaling;
    this.#soon();
  }

  setStorage(storage: string): void {
    this.#storage = storage;
    this.#soon();
  }

  /** Shows a sentence that the person must see, until the next order succeeds. */
  setProblem(problem: string): void {
    this.#problem = problem;
    this.#soon();
  }

  /** Pulls a lever of the own replica; `restartWiped` and `openAnother` belong to the page. */
  pull(lever: Exclude<LeverId, 'restartWiped' | 'openAnother'>): void {
    const { session } = this;
    switch (lever) {
      case 'crash':
        return session.crash();
      case 'restart':
        return void session.restart();
      case 'pause':
        return session.run?.machine?.pause();
      case 'wake':
        return session.run?.machine?.wake();
      case 'cutAll':
        return session.cutAll();
      case 'healMine':
        return session.heal();
    }
  }

  /** Asks something of the own replica; the event list says what became of it. */
  operate(operation: Operation): void {
    this.session.run?.machine?.operate(operation);
  }

  /** Asks whether one order explains what everybody's clients saw; `local`: reads by `local` too. */
  inquire(local: boolean): void {
    const told = () => this.#soon();
    void this.#measured.inquire(this.session.inquiry, {
      local,
      told,
      name: (id) => this.#name(id),
    });
  }

  setFault({ peer, cut, delayMs, jitterMs, loss, duplicate, reorder }: LinkFaultView): void {
    const cutIn = cut === 'both' || cut === 'in';
    const cutOut = cut === 'both' || cut === 'out';
    this.session.setFaults(peer, { cutIn, cutOut, delayMs, jitterMs, loss, duplicate, reorder });
    this.#now();
  }

  send(command: ClientCommand): void {
    const { run } = this.session;
    const id =
      command.op === 'get' && command.read !== 'log'
        ? run?.query(command.key, command.read)
        : run?.submit(withoutWay(command));
    if (id === undefined) return this.setProblem('There is no epoch yet: nothing can be written.');
    this.#commands.sent(id, command);
    this.#soon();
  }

  #take(news: SessionNews): void {
    const now = performance.now();
    switch (news.type) {
      case 'steps':
        if (!this.#takeSteps(news, now)) return;
        break;
      case 'machine': {
        const fold = this.#folds.of(news.from);
        const { condition, faults, pace } = fold;
        fold.takeReport(news.report, now);
        this.#storyteller.machine(news.from, condition, fold.condition);
        this.#storyteller.pace(news.from, pace, fold.pace);
        this.#storyteller.faults(news.from, faults, fold.faults);
        break;
      }
      case 'faults': {
        const fold = this.#folds.of(news.from);
        const { faults } = fold;
        fold.takeFaults(news.faults);
        this.#storyteller.faults(news.from, faults, fold.faults);
        break;
      }
      case 'charter':
        this.#storyteller.charter(
          news.before,
          news.charter,
          this.#name(this.session.options.facilitator),
        );
        break;
      case 'epoch': {
        this.#folds.clear();
        this.#measured.begin(news.run.setting);
        this.#store = [];
        this.#commands.forgetWaiting();
        const { charter } = this.session;
        if (charter) this.#storyteller.newEpoch(charter);
        break;
      }
      case 'store':
        this.#store = news.entries;
        this.#storeOf = news.from;
        break;
      case 'settled':
        this.#commands.settled(news.settled);
        break;
      case 'declared':
      case 'convicted':
      case 'doubt':
      case 'forked':
        this.#storyteller.conduct(news);
        break;
      case 'link':
        this.#storyteller.link(news.status);
        break;
      case 'changed':
        break;
    }
    this.#soon();
  }

  /** `false` when it is of a life that is over. */
  #takeSteps({ from, batch }: Extract<SessionNews, { type: 'steps' }>, now: number): boolean {
    const { run } = this.session;
    if (!run) return false;
    const { protocol, timing } = run.setting;
    const screen = screens[protocol];
    const fold = this.#folds.of(from);
    if (!fold.takeSteps(batch, screen.arcTimers, now)) return false;
    this.#storyteller.steps(from, batch, screen);
    const lost = (to: MemberId): boolean =>
      fold.isCutTowards(to) || this.#folds.of(to).isDeafTo(from);
    const { mark } = screen;
    this.#flights.take(from, batch, { now, flightMs: timing.flightTicks, lost, mark });
    return true;
  }

  /** One publication, in the next frame that is not too close to the last. */
  #soon(): void {
    if (this.#due !== null || !this.#shown) return;
    const pause = Math.max(publishMs, publishShare * this.#cost);
    const wait = Math.max(0, this.#publishedAt + pause - performance.now());
    this.#due = setTimeout(() => this.#now(), wait);
  }

  /** What a person does is on the screen at once: what they do next may build on it. */
  #now(): void {
    if (this.#due !== null) clearTimeout(this.#due);
    this.#due = null;
    this.#publishedAt = performance.now();
    flushSync(() => this.#publish());
    this.#cost = performance.now() - this.#publishedAt;
  }

  #publish(): void {
    const { session } = this;
    const now = performance.now();
    const seats = seatsOf(session, this.#folds, now);
    const { mayOrder, group } = this.#visit;
    const context = { signaling: this.#signaling, problem: this.#problem, mayOrder, group };
    const urls = { inviteUrl: this.#inviteUrl, tabUrl: `#/r/${session.options.code}` };
    const header = { ...headerOf(session, seats, context), ...urls };
    this.view = {
      header,
      seats,
      flights: this.#flights.at(now),
      events: this.#book.lines,
      commands: this.#commands.lines,
      store: this.#store.map(([key, value]) => ({ key, value })),
      storeOf: this.#storeOf && this.#storeOf !== session.id ? this.#name(this.#storeOf) : '',
      levers: this.#levers(header),
      office: officeOf(session, seats),
      faults: this.#folds.of(session.id).faults,
      members: lobbyMembersOf(session),
      counts: this.#measured.counts(this.#folds, seats.length, now),
      inquiry: this.#measured.inquiry,
      conduct: conductOf(session),
      vitals: vitalsOf(session, this.#folds, this.#storage),
      startDisabledBecause: whyNotStart(session),
      split: splitOf(session, this.#signaling),
    };
  }

  #levers({ voters, quorum, alive }: RoomHeader): readonly LeverView[] {
    const { run, machine, frozen, id } = this.session;
    if (!run?.seated) return [];
    return leversOf({
      voters,
      quorum,
      alive,
      machine,
      leads: this.#folds.of(id).summary?.role === 'leader',
      faulty: this.#folds.of(id).faults.length > 0,
      frozen,
      facilitator: this.session.isFacilitator,
      electionMsMax: timingOf(run.genesis.profile).electionTicksMax,
      words: screens[run.setting.protocol].words,
    });
  }

  #name(id: MemberId): string {
    return nameOf(this.session, id);
  }
}
