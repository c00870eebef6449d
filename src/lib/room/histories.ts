/**
 * Gathers what the clients of a room were answered: each tab is asked for its own, a bounded part at a time, over the
 * links' room control, which no fault cuts. An answer shows where the other clock stands.
 */
import * as v from 'valibot';
import {
  clientIdSchema,
  commandSchema,
  integerSchema,
  resultSchema,
  readModes,
} from '#protocols/core/client.ts';
import type { ClientId, MemberId } from '#protocols/core/ids.ts';
import { clusterSchema } from '../host/wire.ts';
import {
  operationsMax,
  pageMax,
  type HistoryPage,
  type RecordedOperation,
} from '../tab/client-history.ts';
import type { Gathered, Sighting } from './joint-history.ts';

/** How long a tab may take for one part, in ms. */
const partMsMax = 5_000;
/** Names of clients in one answer: each tab and each of its reloads is one. */
export const clientsMax = 512;

/** Asks for the sender's view of the history of an epoch, from operation `first` on. */
export const historyWantedSchema = v.strictObject({
  type: v.literal('historyWanted'),
  cluster: clusterSchema,
  first: integerSchema,
});

const operationSchema = v.pipe(
  v.strictObject({
    command: commandSchema,
    served: v.picklist(['log', ...readModes]),
    calledAt: integerSchema,
    answeredAt: v.nullable(integerSchema),
    result: v.nullable(resultSchema),
  }),
  v.check(({ calledAt, answeredAt, result }) => {
    if (answeredAt === null) return result === null;
    return result !== null && answeredAt >= calledAt;
  }, 'answered before the call, or with nothing'),
);

/** A part of the sender's own history, and whose commands its replica has executed. */
export const historySchema = v.strictObject({
  type: v.literal('history'),
  cluster: clusterSchema,
  client: clientIdSchema,
  clients: v.pipe(v.array(clientIdSchema), v.maxLength(clientsMax)),
  now: integerSchema,
  even: v.boolean(),
  first: integerSchema,
  total: v.pipe(integerSchema, v.maxValue(operationsMax)),
  endedAt: v.nullable(integerSchema),
  operations: v.pipe(v.array(operationSchema), v.maxLength(pageMax)),
});
export type HistoryReport = v.InferOutput<typeof historySchema>;

/** All that could be had. */
export interface RoomHistory {
  readonly histories: readonly Gathered[];
  /** Members that are here and did not answer, or whose clock stood still. */
  readonly silent: readonly MemberId[];
  readonly uneven: readonly MemberId[];
  /** Whether somebody asked more than is kept. */
  readonly full: boolean;
  /** Clients whose commands were executed and whose history nobody has: tabs that are closed, or were loaded again. */
  readonly lost: readonly ClientId[];
}

export interface HistorySource {
  readonly self: MemberId;
  /** The own report, from operation `first` on. */
  own(first: number): Promise<HistoryReport>;
  ask(member: MemberId, first: number): void;
}

export class Histories {
  readonly #source: HistorySource;
  readonly #waiting = new Map<MemberId, (report: HistoryReport) => void>();

  constructor(source: HistorySource) {
    this.#source = source;
  }

  /** A part that `from` sent, asked for or not. */
  take(from: MemberId, report: HistoryReport): void {
    this.#waiting.get(from)?.(report);
  }

  /** @param told how many of them have answered. */
  async gather(
    members: readonly MemberId[],
    told: (answered: number) => void,
  ): Promise<RoomHistory> {
    let answered = 0;
    const own = await this.#whole(this.#source.self, (first) => this.#source.own(first));
    const others = await Promise.all(
      members.map(async (member) => {
        const whole = await this.#whole(member, (first) => this.#part(member, first));
        told(++answered);
        return whole;
      }),
    );
    const wholes = [own, ...others].flatMap((whole) => whole ?? []);
    const known = new Set(wholes.map(({ client }) => client));
    const executed = new Set(wholes.flatMap(({ clients }) => clients));
    return {
      histories: wholes,
      silent: members.filter((_, i) => !others[i]),
      uneven: wholes.flatMap(({ even, member }) => (even ? [] : member)),
      full: wholes.some(({ full }) => full),
      lost: [...executed].filter((client) => !known.has(client)),
    };
  }

  /** `null` when it cannot be had. */
  async #whole(member: MemberId, part: (first: number) => Promise<HistoryReport | null>) {
    const operations: RecordedOperation[] = [];
    for (;;) {
      const askedAt = (await this.#source.own(operationsMax)).now;
      const report = await part(operations.length);
      if (!report) return null;
      const heardAt = (await this.#source.own(operationsMax)).now + 1;
      const { client, clients, even, now, total } = report;
      const isOwn = member === this.#source.self;
      const sighting: Sighting | null = isOwn ? null : { now, askedAt, heardAt };
      operations.push(...report.operations);
      if (report.operations.length > 0 && operations.length < total) continue;
      const until = report.endedAt ?? now;
      const full = report.endedAt !== null;
      return { member, client, clients, even, full, until, operations, sighting };
    }
  }

  #part(member: MemberId, first: number): Promise<HistoryReport | null> {
    return new Promise((resolve) => {
      const late = setTimeout(() => settle(null), partMsMax);
      const settle = (report: HistoryReport | null): void => {
        clearTimeout(late);
        this.#waiting.delete(member);
        resolve(report);
      };
      this.#waiting.set(member, (report) => {
        if (report.first === first) settle(report);
      });
      this.#source.ask(member, first);
    });
  }
}

/** What this tab says of its own client. */
export function historyReport(
  cluster: string,
  client: ClientId,
  clients: readonly ClientId[],
  { operations, ...page }: HistoryPage,
): HistoryReport {
  return {
    type: 'history',
    cluster,
    client,
    clients: clients.slice(0, clientsMax),
    ...page,
    operations: [...operations],
  };
}
