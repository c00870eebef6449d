/** A tab of a running room, as a check drives it. */
import type { LinkFaults } from '#lib/mesh/faults.ts';
import type { MemberId } from '#protocols/core/ids.ts';
import type { ProfileName } from '#protocols/core/timing.ts';
import type { ProtocolName } from '#protocols/registry.ts';
import type {
  Evidence,
  Probe,
  ProbedPage,
  Sighting,
  Status,
  WriterOptions,
} from './probe/types.ts';

/** Evaluates an expression in a page; a promise is waited for, and its value comes back as JSON would. */
export type Evaluate = (expression: string) => Promise<unknown>;

export class Tab {
  constructor(
    readonly name: string,
    private readonly evaluate: Evaluate,
  ) {}

  /** Runs `body` in the page. It may use nothing but its arguments and what the page has. */
  async inPage<A extends readonly unknown[], R>(
    body: (page: ProbedPage, ...given: A) => R,
    ...given: A
  ): Promise<Awaited<R>> {
    const list = given.map((one) => `, ${JSON.stringify(one)}`).join('');
    return (await this.evaluate(`(${String(body)})(globalThis${list})`)) as Awaited<R>;
  }

  /** Opens a room and waits for its code. */
  async createRoom(): Promise<string> {
    await this.inPage(({ synod }, name) => synod.startRoom(name), this.name);
    return this.#inside();
  }

  async joinRoom(code: string): Promise<void> {
    await this.inPage(({ synod }, room, name) => synod.join(room, name), code, this.name);
    await this.#inside();
  }

  async #inside(): Promise<string> {
    const code = await until(`${this.name} is in the room`, () =>
      this.inPage(({ synod }) => {
        if (synod.place.at === 'trouble') throw new Error(JSON.stringify(synod.place));
        return synod.place.at === 'room' ? synod.place.code : null;
      }),
    );
    await this.inPage(({ probe }) => probe.attach());
    return code;
  }

  /** How many members it has a link with that carries. */
  linked(): Promise<number> {
    return this.inPage(({ synod }) => {
      const links = synod.screen?.session.mesh.links() ?? [];
      return links.filter(({ state }) => state === 'up').length;
    });
  }

  async startEpoch(profile: ProfileName, protocol: ProtocolName): Promise<void> {
    await this.inPage(
      async ({ synod }, chosen, rules) => {
        await synod.screen?.orders.chooseProfile(chosen);
        await synod.screen?.orders.chooseProtocol(rules);
        await synod.screen?.orders.start();
      },
      profile,
      protocol,
    );
  }

  status(): Promise<Status> {
    return this.inPage(({ probe }) => probe.status());
  }

  crash(): Promise<ReturnType<Probe['crash']>> {
    return this.inPage(({ probe }) => probe.crash());
  }

  restart(): Promise<void> {
    return this.inPage(async ({ synod }) => synod.screen?.session.restart());
  }

  readJournal(): Promise<void> {
    return this.inPage(({ probe }) => probe.readJournal());
  }

  write(options: WriterOptions): Promise<void> {
    return this.inPage(({ probe }, wanted) => probe.write(wanted), options);
  }

  stopWriting(): Promise<void> {
    return this.inPage(({ probe }) => probe.stopWriting());
  }

  setFaults(peer: string, faults: Partial<LinkFaults>): Promise<void> {
    return this.inPage(
      ({ synod }, to, wanted) => synod.screen?.session.setFaults(to, wanted),
      peer as MemberId,
      faults,
    );
  }

  heal(): Promise<void> {
    return this.inPage(({ synod }) => synod.screen?.session.heal());
  }

  leaderAbove(term: number, ms: number): Promise<Sighting | null> {
    return this.inPage(({ probe }, above, wait) => probe.leaderAbove(above, wait), term, ms);
  }

  evidence(): Promise<Evidence> {
    return this.inPage(({ probe }) => probe.evidence());
  }
}

const pollMs = 25;

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

/** Asks until the answer is neither `null` nor `false`; fails with `what` it waited for. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | null | false>,
  ms = 60_000,
): Promise<T> {
  const deadline = performance.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`waited ${ms / 1_000} s in vain: ${what}`);
    await sleep(pollMs);
  }
}
