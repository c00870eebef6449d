/**
 * A tab's stay: in the room that it entered, and while that is split in the room of its group, where it is seen. The big
 * room is not left meanwhile: one link to its facilitator is kept up, over which everybody is called back.
 */
import type { Json } from '#protocols/core/replica.ts';
import { setSeatOfTab } from '../tab/seat-index.ts';
import { Entrance, type EnterNews, type EnterOptions, type Visit } from './enter.ts';
import type { Seat } from './seats.ts';
import type { SignalingState } from './signaling-client.ts';
import { placeIn, type GroupPlace } from './split.ts';

export type StayOptions = Omit<EnterOptions, 'code' | 'group'>;

const chosenRecord = 'group';

/** The group that somebody goes to whom the draw does not know. */
export async function chooseGroup(seat: Seat, code: string): Promise<void> {
  await seat.put(chosenRecord, code satisfies Json);
}

export class Stay {
  readonly #options: StayOptions;
  /** `inside` comes again with every other room that is to be shown. */
  readonly #tell: (news: EnterNews) => void;
  readonly #home: Entrance;
  #visit: Visit | null = null;
  #door: SignalingState = { state: 'closed' };
  #chosen: string | null = null;
  #group: { readonly code: string; readonly entrance: Entrance } | null = null;
  #shown: Visit | null = null;
  #left = false;

  constructor(options: StayOptions, tell: (news: EnterNews) => void) {
    this.#options = options;
    this.#tell = tell;
    const { room } = options.seat;
    const home = { ...options, code: room === '' ? null : room, group: null };
    this.#home = new Entrance(home, (news) => this.#onHome(news));
  }

  async go(): Promise<void> {
    const kept = await this.#options.seat.get(chosenRecord);
    if (kept.ok && typeof kept.value === 'string') this.#chosen = kept.value;
    await this.#home.go();
  }

  /** To the group with this code, for somebody whom the draw does not know; `false` if there is none. */
  async choose(code: string): Promise<boolean> {
    const session = this.#visit?.session;
    const groups = session?.charter?.split?.groups ?? [];
    if (session?.isFacilitator || !groups.some((group) => group.code === code)) return false;
    await chooseGroup(this.#options.seat, code);
    this.#chosen = code;
    this.#follow();
    return true;
  }

  /** Tells everybody how this tab runs. */
  report(): void {
    for (const entrance of this.#entrances()) entrance.report();
  }

  /** What does not answer at once is made anew. */
  probe(): void {
    for (const entrance of this.#entrances()) entrance.probe();
  }

  /** The network is another one: everything is made anew. */
  restart(): void {
    for (const entrance of this.#entrances()) entrance.restart();
  }

  /** The page is going. */
  vanish(): void {
    for (const entrance of this.#entrances()) entrance.vanish();
  }

  /** Leaves every room, or gives up entering one, and gives the seat back. */
  leave(reason: string): void {
    if (this.#left) return;
    this.#left = true;
    for (const entrance of this.#entrances()) entrance.leave(reason);
    this.#options.seat.close();
  }

  #entrances(): readonly Entrance[] {
    return this.#group ? [this.#group.entrance, this.#home] : [this.#home];
  }

  #onHome(news: EnterNews): void {
    switch (news.type) {
      case 'inside':
        this.#visit = news.visit;
        news.visit.session.listen((heard) => {
          if (heard.type === 'charter') this.#follow();
        });
        return this.#follow();
      case 'door':
        this.#door = news.state;
        if (!this.#group) this.#tell(news);
        return;
      default:
        return this.#tell(news);
    }
  }

  /** Goes where the charter of the big room says. */
  #follow(): void {
    const visit = this.#visit;
    if (!visit || this.#left) return;
    const { session } = visit;
    const who = { home: visit.code, member: session.id, chosen: this.#chosen };
    const split = session.charter?.split;
    const place = split && !session.isFacilitator ? placeIn(split, who) : null;
    if (place?.group.code !== this.#group?.code) {
      this.#group?.entrance.leave(place ? 'it was drawn into another group' : 'it was called back');
      this.#group = null;
      this.#home.narrow(place ? session.options.facilitator : null);
      if (place) this.#enter(place);
    }
    if (!place && this.#shown !== visit) {
      this.#show(visit);
      this.#tell({ type: 'door', state: this.#door });
    }
  }

  #enter(place: GroupPlace): void {
    const { code } = place.group;
    setSeatOfTab(code, this.#options.seat.id);
    const entrance = new Entrance({ ...this.#options, code, group: place }, (news) => {
      if (this.#group?.entrance !== entrance) return;
      if (news.type === 'inside') this.#onGroup(news.visit, place);
      else if (news.type !== 'slept') this.#tell(news);
    });
    this.#group = { code, entrance };
    void entrance.go();
  }

  #onGroup(visit: Visit, { group }: GroupPlace): void {
    const { session } = visit;
    for (const { id, name } of group.members) {
      if (id !== session.id) session.noteMember(id, { name, present: false });
    }
    this.#show(visit);
  }

  #show(visit: Visit): void {
    this.#shown = visit;
    this.#tell({ type: 'inside', visit });
  }
}
