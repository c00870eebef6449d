/** Where this tab is: at the front door, on its way in, in a room, or before a sentence that says what to do. */
import type { MemberId } from '#protocols/core/ids.ts';
import type { ProtocolName } from '#protocols/registry.ts';
import { parseCode, type DoorError } from '#signaling/messages.ts';
import { aloneRoom, openAlone } from '../room/alone.ts';
import { peersOf } from '../room/door-record.ts';
import type { EnterNews, Visit } from '../room/enter.ts';
import type { PeerPlace } from '../room/meeting.ts';
import { createSeat, forget, openSeat, requestPersistence, resumeSeat } from '../room/seats.ts';
import { wipe, type Seat, type SeatOutcome } from '../room/seats.ts';
import { askHolder, onAskedFor } from '../room/handover.ts';
import type { SignalingState } from '../room/signaling-client.ts';
import { Stay, chooseGroup } from '../room/stay.ts';
import type { TabState } from '../tab/lifecycle.ts';
import { seatOfTab } from '../tab/seat-index.ts';
import { inviteUrl, meetingAt, roomHash } from './addresses.ts';
import { forgetEverything, keepName, lastName, seatOffers, seatToWatch } from './browser-seats.ts';
import { MeetingChoice } from './meeting-choice.svelte.ts';
import { troubleOf, troubleOfSeat, type Place, type Trouble } from './place.ts';
import { RoomScreen } from './room-screen.svelte.ts';
import { TabLife } from './tab-life.svelte.ts';
import { signalingView } from './signaling-words.ts';
import type { SeatOffer, SignalingView } from './types.ts';

export class App {
  place = $state.raw<Place>({ at: 'home' });
  /** One, or all of a room of one page. */
  screens = $state.raw<readonly RoomScreen[]>([]);
  /** Which of them is looked at. */
  chosen = $state(0);
  seatOffers = $state.raw<readonly SeatOffer[]>([]);
  problem = $state('');
  busy = $state(false);
  forgotten = $state(false);
  readonly meeting = new MeetingChoice();
  /** Called with the code of the room that was entered, and the address within the page that leads to it. */
  onEntered: (code: string, hash: string) => void = () => undefined;
  #stay: Stay | null = null;
  #seat: Seat | null = null;
  #visits: readonly Visit[] = [];
  #stopListening: () => void = () => undefined;
  #signaling: SignalingView = { state: 'none', text: '' };

  /** What becomes of this tab while it is open. */
  readonly life = new TabLife({
    stay: () => this.#stay,
    vanish: () => this.#vanish(),
    enterAgain: () => void this.#enterAgain(),
  });

  /** The screen that is looked at. */
  get screen(): RoomScreen | null {
    return this.screens[this.chosen] ?? null;
  }

  get lastName(): string {
    return lastName();
  }

  /** The front door. Leaves the room this tab is in, if any. */
  async goHome(): Promise<void> {
    this.#leave('left the room');
    this.place = { at: 'home' };
    this.meeting.reset();
    this.seatOffers = await seatOffers();
  }

  /** Opens a room; its code comes from the server, or from the facilitator's key. */
  async startRoom(name: string): Promise<void> {
    if (!this.#canMeet()) return;
    this.busy = true;
    await this.#sit(await createSeat({ room: '', name, role: 'facilitator' }));
  }

  /** Somebody new, in the room with this code as typed. */
  async join(typed: string, name: string): Promise<void> {
    const code = parseCode(typed);
    if (!code) {
      this.problem = 'A room code has six letters and digits, like K7PQ2X. Check it and try again.';
      return;
    }
    if (!this.#canMeet()) return;
    this.busy = true;
    await this.#sit(await createSeat({ room: code, name, role: 'member' }));
  }

  /**
   * Whoever opens a link to a room: back to this tab's seat, else to a seat of this browser, else asked for a name.
   * `meets`: where, by the link; `null`: where the seat was before, or by the page's own server.
   */
  async arrive(code: string, meets: PeerPlace | null): Promise<void> {
    if (this.#visits.some((visit) => visit.code === code)) return;
    if (await this.#stay?.choose(code)) return;
    this.meeting.place = meets;
    if (this.meeting.problem !== null) return this.#trouble('problem', this.meeting.problem);
    this.#leave('went to another room');
    this.place = { at: 'entering' };
    const resumed = await resumeSeat(code);
    if (resumed.ok) return this.#sit(resumed);
    if (resumed.why === 'held') return this.#trouble('duplicatedTab');
    if (resumed.why === 'lost') return this.#trouble('lostStorage', resumed.error);
    if (resumed.why === 'failed') return this.#trouble('problem', resumed.error);
    this.seatOffers = await seatOffers(code);
    if (this.seatOffers.length > 0) return this.#trouble('seatOffers');
    this.place = { at: 'name', code };
  }

  /** Back to a seat that this browser holds. */
  async resume(id: MemberId): Promise<void> {
    this.busy = true;
    this.meeting.place = null;
    await this.#sit(await openSeat(id));
  }

  /** Moves this tab's seat here from the tab that holds it. */
  async takeOver(code: string): Promise<void> {
    this.place = { at: 'entering' };
    const id = seatOfTab(code);
    if (id) await askHolder(id, 'let go');
    await this.arrive(code, this.meeting.place);
  }

  /** Two replicas with this tab's key: both run where the seat is held, since a link knows one of a name. */
  async beTwin(code: string): Promise<void> {
    const id = seatOfTab(code);
    if (id) await askHolder(id, 'twin');
    this.#trouble('twin');
  }

  /** A seat of its own for a tab that could have had another's. */
  askName(code: string): void {
    this.place = { at: 'name', code };
  }

  /** All replicas of a room in this page. */
  async alone(protocol: ProtocolName): Promise<void> {
    if (this.#visits.some((visit) => visit.code === aloneRoom)) return;
    this.#leave('went to another room');
    this.place = { at: 'entering' };
    const opened = await openAlone(protocol, 'wifi');
    if (!opened.ok) return this.#trouble('problem', opened.error);
    this.#show(opened.visits);
    this.screen?.send({ op: 'put', key: 'hello', value: 'world' });
    this.onEntered(aloneRoom, '');
  }

  /** Into the room of a group, as a screen for everybody: nothing is asked. */
  async watch(code: string, meets: PeerPlace | null): Promise<void> {
    if (this.#visits.some((visit) => visit.code === code)) return;
    this.meeting.place = meets;
    this.#leave('went to another room');
    this.place = { at: 'entering' };
    await this.#sit(await seatToWatch(code), 'to watch');
  }

  choose(index: number): void {
    this.chosen = index;
    for (const [i, screen] of this.screens.entries()) screen.show(i === index);
  }

  /** The crashed replica's disk is thrown away: its person comes back as a stranger. */
  async wipe(): Promise<void> {
    const seat = this.#seat;
    const code = this.#visits[0]?.code;
    if (!seat || !code) return;
    this.#visits[0]?.session.conduct.loseDisk();
    this.#leave('its disk was wiped');
    this.place = { at: 'entering' };
    const wiped = await wipe(seat);
    if (wiped.ok && wiped.seat.room !== code) await chooseGroup(wiped.seat, code);
    await this.#sit(wiped, 'came back wiped');
  }

  /** Deletes every key and log of this browser. */
  async forget(): Promise<void> {
    this.busy = true;
    this.problem = await forgetEverything();
    this.busy = false;
    this.forgotten = this.problem === '';
    this.seatOffers = await seatOffers();
  }

  #canMeet(): boolean {
    this.problem = this.meeting.problem ?? '';
    return this.problem === '';
  }

  async #sit(
    outcome: SeatOutcome,
    how: 'as usual' | 'came back wiped' | 'to watch' = 'as usual',
  ): Promise<void> {
    this.problem = '';
    if (!outcome.ok) return this.#trouble(...troubleOfSeat(outcome));
    this.#seat = outcome.seat;
    if (how !== 'to watch') keepName(outcome.seat.name);
    outcome.seat.onGone((why) => this.#lost(why));
    this.#stopListening = onAskedFor(outcome.seat.id, (wish) => {
      if (wish === 'twin') return this.screen?.session.conduct.beTwins();
      this.#leave('its seat moved to another tab');
      this.#trouble('problem', 'This replica moved to another tab, as you asked there.');
    });
    const { seat } = outcome;
    this.meeting.place ??= await peersOf(seat);
    const meets = meetingAt(this.meeting.place);
    if (!meets.ok) return this.#trouble('problem', meets.error);
    const { meeting } = meets;
    const tab = (): TabState => this.life.tab;
    const [wantsSeat, cameBackWiped] = [how !== 'to watch', how === 'came back wiped'];
    const options = { seat, meeting, wantsSeat, cameBackWiped, tab };
    this.#stay = new Stay(options, (news) => this.#take(news));
    await this.#stay.go();
  }

  #take(news: EnterNews): void {
    switch (news.type) {
      case 'inside':
        this.#show([news.visit]);
        return this.onEntered(news.visit.code, roomHash(news.visit.code, this.meeting.place));
      case 'door':
        return this.#onDoor(news.state);
      case 'removed':
        this.#leave('the facilitator removed it');
        return this.#trouble('removed');
      case 'failed':
        return this.screen?.setProblem(news.why);
      case 'slept':
        return this.life.slept(news.ms);
    }
  }

  #onDoor(state: SignalingState): void {
    this.#signaling = signalingView(state);
    for (const screen of this.screens) screen.setSignaling(this.#signaling);
    if (this.screens.length > 0) return;
    if (state.state === 'reconnecting') {
      this.problem = `${state.why || 'The server does not answer yet.'} Trying again.`;
    }
    if (state.state === 'refused') void this.#onRefused(state.error, state.why);
  }

  async #onRefused(error: DoorError, why: string): Promise<void> {
    const seat = this.#seat;
    this.#leave('could not enter');
    // Made for this try: it was never in the room, so nobody shall be offered to come back to it.
    if (seat?.pageIncarnation === 1) await forget(seat.id);
    this.#trouble(troubleOf[error] ?? 'problem', why);
  }

  #show(visits: readonly Visit[]): void {
    this.busy = false;
    this.problem = '';
    this.#visits = visits;
    for (const screen of this.screens) screen.close();
    this.screens = visits.map(
      (visit) => new RoomScreen(visit, inviteUrl(visit.code, this.meeting.place)),
    );
    this.choose(0);
    for (const screen of this.screens) screen.setSignaling(this.#signaling);
    this.place = { at: 'room', code: visits[0]?.code ?? '' };
    void requestPersistence().then((storage) => {
      for (const screen of this.screens) screen.setStorage(storage);
    });
  }

  #lost(why: string): void {
    this.#leave('its seat was taken away');
    this.#trouble('lostStorage', why);
  }

  #leave(reason: string): void {
    this.#stopListening();
    for (const screen of this.screens) screen.close();
    if (this.#stay) this.#stay.leave(reason);
    else for (const visit of this.#visits) visit.leave(reason);
    this.screens = [];
    this.#visits = [];
    this.#stay = null;
    this.busy = false;
  }

  #vanish(): void {
    this.#stay?.vanish();
    for (const visit of this.#visits) if (visit.code === aloneRoom) visit.leave('closed');
  }

  /** The browser kept the page while it was left, and shows it again: what was said goodbye to is entered anew. */
  async #enterAgain(): Promise<void> {
    if (!this.#stay && this.#visits.length === 0) return;
    const code = this.#visits[0]?.code ?? aloneRoom;
    if (code === aloneRoom) return location.reload();
    this.#leave('comes back');
    await this.arrive(code, this.meeting.place);
  }

  #trouble(trouble: Trouble, detail = ''): void {
    this.busy = false;
    this.place = { at: 'trouble', trouble, detail };
  }
}
