/** A room of real tabs: gathered, under load, brought to rest, and held to account. */
import type { ProfileName } from '#protocols/core/timing.ts';
import type { ProtocolName } from '#protocols/registry.ts';
import type { Evidence, Status } from './probe/types.ts';
import { sleep, until, type Tab } from './tab.ts';

/** Waiting times in ms. The machine may be busy with other things. */
const linkMsMax = 240_000;
const restMsMax = 120_000;
/** A screen is shown the store at most every 250 ms. */
const storeMs = 1_000;

export interface Load {
  /** Writes of each tab's client kept in flight. */
  readonly inFlight: number;
  /** Mean pause in ms before the next one in an answered one's place. */
  readonly thinkMs: number;
}

/** Keys of each tab: few enough that a screen is shown the whole store. */
const keysPerTab = 32;

export class Room {
  private constructor(readonly tabs: readonly Tab[]) {}

  /** Brings `tabs` together in a room, links them all with each other, and starts an epoch in which each has a seat. */
  static async gather(
    tabs: readonly Tab[],
    profile: ProfileName,
    protocol: ProtocolName = 'raft',
  ): Promise<Room> {
    const [facilitator, ...others] = tabs;
    if (!facilitator) throw new Error('a room needs a tab');
    const code = await facilitator.createRoom();
    for (const tab of others) await tab.joinRoom(code);
    for (const tab of tabs) {
      const full = async () => (await tab.linked()) === tabs.length - 1;
      await until(`${tab.name} is linked with everybody`, full, linkMsMax);
    }
    await facilitator.startEpoch(profile, protocol);
    const room = new Room(tabs);
    await room.atRest();
    return room;
  }

  statuses(): Promise<Status[]> {
    return Promise.all(this.tabs.map((tab) => tab.status()));
  }

  async startWriting({ inFlight, thinkMs }: Load): Promise<void> {
    for (const tab of this.tabs) {
      await tab.write({ tag: tab.name, inFlight, thinkMs, keys: keysPerTab });
    }
  }

  /** Every replica runs and follows one leader. */
  async steady(): Promise<Status> {
    return this.until('every replica follows one leader', async () => {
      const all = await this.statuses();
      const leader = all.find(({ role }) => role === 'leader');
      const agreed = all.every((s) => s.term === leader?.term && s.leader === leader.id);
      return leader && agreed ? leader : null;
    });
  }

  /** Nothing is under way: every replica has committed all there is, every write is answered. */
  async atRest(): Promise<void> {
    const resting = async (): Promise<boolean> => {
      const all = await this.statuses();
      const last = all[0]?.lastIndex;
      return all.every(
        ({ role, commitIndex, lastIndex, submitted, answered }) =>
          role !== null && lastIndex === last && commitIndex === last && submitted === answered,
      );
    };
    await this.until('the room is at rest', resting, restMsMax);
  }

  /** As {@link until}; a failure says how every tab was then. */
  async until<T>(what: string, ask: () => Promise<T | null | false>, ms?: number): Promise<T> {
    try {
      return await until(what, ask, ms);
    } catch (error) {
      const tabs = (await this.statuses()).map((status, i) => {
        const { condition, role, term, commitIndex, lastIndex, submitted, answered } = status;
        const log = `committed ${commitIndex} of ${lastIndex}, answered ${answered} of ${submitted}`;
        return `  ${this.tabs[i]?.name}: ${condition}, ${role} of term ${term}, ${log}`;
      });
      throw new Error(`${String(error)}\n${tabs.join('\n')}`, { cause: error });
    }
  }

  /** Ends the load and every fault, starts who is down, waits for rest, and takes everybody's evidence. */
  async settle(): Promise<Evidence[]> {
    for (const tab of this.tabs) {
      await tab.stopWriting();
      await tab.heal();
      if ((await tab.status()).condition === 'crashed') await tab.restart();
    }
    await this.steady();
    await this.atRest();
    await sleep(storeMs);
    return Promise.all(this.tabs.map((tab) => tab.evidence()));
  }

  tabOf(id: string, statuses: readonly Status[]): Tab {
    const tab = this.tabs[statuses.findIndex((status) => status.id === id)];
    if (!tab) throw new Error(`nobody is ${id}`);
    return tab;
  }
}
