/**
 * Asks whether one order explains what the clients of the room were answered in this epoch: gathers their histories,
 * and has a worker look for it.
 */
import type { ClientId, MemberId } from '#protocols/core/ids.ts';
import type { Served } from '#protocols/core/client.ts';
import type { Verdict } from '#protocols/core/linearizability.ts';
import { judge } from '../tab/judge.ts';
import type { EpochRun } from './epoch-run.ts';
import type { Gossip } from './gossip.ts';
import { Histories, historyReport, type HistoryReport, type RoomHistory } from './histories.ts';
import { jointHistory } from './joint-history.ts';
import type { HistoryMessage } from './messages.ts';

export type Progress =
  | { readonly step: 'gathering'; readonly answered: number; readonly members: number }
  | { readonly step: 'checking'; readonly checked: number; readonly keys: number };

export interface Finding extends Omit<RoomHistory, 'histories'> {
  readonly verdict: Verdict;
  /** Of each client, how many operations were looked at. */
  readonly clients: number;
  readonly operations: number;
  readonly keys: number;
  /** The most that a time of another tab is uncertain by, in ms. */
  readonly errorMs: number;
}

/** How long it may take until somebody gives the state that the epoch began with, in ms. */
const stateMsMax = 10_000;
const why = 'nobody here has the state that this epoch began with';
const nobodyKnows = { verdict: { verdict: 'unknown', key: '', why }, keys: 0 } as const;

export class Inquiry {
  /** Whose commands the own replica has executed. */
  executed: readonly ClientId[] = [];
  readonly #self: MemberId;
  readonly #gossip: Gossip;
  readonly #run: EpochRun;
  readonly #histories: Histories;

  constructor(self: MemberId, gossip: Gossip, run: EpochRun) {
    this.#self = self;
    this.#gossip = gossip;
    this.#run = run;
    const { cluster } = run.setting;
    this.#histories = new Histories({
      self,
      own: (first) => this.#own(first),
      ask: (member, first) => gossip.say(member, { type: 'historyWanted', cluster, first }),
    });
  }

  /** A question of another member, or the answer to one's own. */
  async take(from: MemberId, said: HistoryMessage): Promise<void> {
    if (said.cluster !== this.#run.setting.cluster) return;
    if (said.type === 'history') this.#histories.take(from, said);
    else this.#gossip.say(from, await this.#own(said.first));
  }

  /** @param judged how the reads were served that are held to be linearizable. */
  async ask(judged: ReadonlySet<Served>, told: (progress: Progress) => void): Promise<Finding> {
    const members = this.#gossip.members
      .present()
      .flatMap(({ id }) => (id === this.#self ? [] : id));
    const gathering = (answered: number) =>
      told({ step: 'gathering', answered, members: members.length });
    gathering(0);
    const { histories, ...gathered } = await this.#histories.gather(members, gathering);
    const operations = jointHistory(histories, judged);
    const initial = await this.#initial();
    const { verdict, keys } = initial
      ? await judge({ operations, initial }, (checked, keys) => {
          told({ step: 'checking', checked, keys });
        })
      : nobodyKnows;
    const errors = histories.map(({ sighting }) =>
      sighting ? sighting.heardAt - sighting.askedAt : 0,
    );
    const size = { clients: histories.length, operations: operations.length, keys };
    return { ...gathered, ...size, verdict, errorMs: Math.max(...errors) };
  }

  /** What the epoch began with; `null` when nobody here has it. */
  async #initial(): Promise<ReadonlyMap<string, string> | null> {
    const { carried } = this.#run.genesis;
    if (!carried) return new Map();
    const late = AbortSignal.timeout(stateMsMax);
    const given = this.#gossip.bases.obtain(carried.state, late);
    const none = new Promise<null>((resolve) =>
      late.addEventListener('abort', () => resolve(null)),
    );
    const state = await Promise.race([given, none]);
    return state && new Map(state.store);
  }

  async #own(first: number): Promise<HistoryReport> {
    const { setting, client } = this.#run;
    return historyReport(setting.cluster, client, this.executed, await this.#run.history(first));
  }
}
